use std::fmt;

use super::format::Format;

const NONE: &str = "none";

/// The formats that have a name, in the order in which an error lists them.
const NAMED: [Format; 6] = [
    Format::TraceContext,
    Format::Baggage,
    Format::B3Single,
    Format::B3Multi,
    Format::Jaeger,
    Format::Datadog,
];

pub(super) const fn of(format: &Format) -> &'static str {
    match format {
        Format::TraceContext => "tracecontext",
        Format::Baggage => "baggage",
        Format::B3Single => "b3",
        Format::B3Multi => "b3multi",
        Format::Jaeger => "jaeger",
        Format::Datadog => "datadog",
        Format::Custom(_) => "custom",
    }
}

pub(super) fn formats<I>(names: I) -> Result<Vec<Format>, PropagatorError>
where
    I: IntoIterator,
    I::Item: AsRef<str>,
{
    let (mut formats, mut seen, mut unknown) = (Vec::new(), Vec::new(), Vec::new());
    for name in names {
        let name = name.as_ref().trim();
        if seen.iter().any(|known: &String| known == name) {
            continue;
        }
        seen.push(name.to_owned());
        match NAMED.into_iter().find(|format| of(format) == name) {
            Some(format) => formats.push(format),
            None if name == NONE => {}
            None => unknown.push(name.to_owned()),
        }
    }
    if !unknown.is_empty() {
        return Err(PropagatorError::Unknown(unknown));
    }
    if seen.len() > 1 && seen.iter().any(|name| name == NONE) {
        return Err(PropagatorError::NoneBesideOthers);
    }
    Ok(formats)
}

/// Why [`Propagation::from_names`](super::Propagation::from_names) makes nothing of its names.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PropagatorError {
    /// These are the names of no propagator.
    Unknown(Vec<String>),
    /// `none` says that there are no propagators, and there are others beside it.
    NoneBesideOthers,
}

impl fmt::Display for PropagatorError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown(names) => {
                f.write_str(if names.len() == 1 { "unknown propagator " } else { "unknown propagators " })?;
                for (index, name) in names.iter().enumerate() {
                    write!(f, "{}`{name}`", if index == 0 { "" } else { ", " })?;
                }
                f.write_str("; there are ")?;
                for format in &NAMED {
                    write!(f, "`{}`, ", of(format))?;
                }
                write!(f, "and `{NONE}`")
            }
            Self::NoneBesideOthers => f.write_str("the propagator `none` stands alone, not beside others"),
        }
    }
}

impl std::error::Error for PropagatorError {}
