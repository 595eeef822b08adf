use std::fmt;

use crate::Kind;

/// The metrics that were put together cannot be shown on one page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    faults: Vec<Fault>,
}

impl Error {
    pub(crate) fn unless_empty(faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self { faults }) }
    }

    /// Everything that was found wrong; at least one fault.
    pub fn faults(&self) -> &[Fault] {
        &self.faults
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the metrics cannot be scraped together: ")?;
        for (index, fault) in self.faults.iter().enumerate() {
            write!(f, "{}{fault}", if index == 0 { "" } else { "; " })?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// One thing that is wrong with the metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Two families of different sources would write samples of the same name.
    Duplicate {
        /// The name both would write.
        sample: String,
        /// The family that came first, and where it came from.
        first: String,
        /// The family that came later, and where it came from.
        second: String,
    },
    /// The name of a metric has characters that a name may not have.
    InvalidName {
        /// The name.
        name: String,
    },
    /// A counter's name does not end in `_total`, or another metric's does.
    TotalSuffix {
        /// The name.
        name: String,
        /// What the metric is.
        kind: Kind,
    },
    /// The name of a metric does not end in its unit.
    UnitNotInName {
        /// The name.
        name: String,
        /// The unit.
        unit: String,
    },
    /// The name of a label is reserved, used twice, or has characters that a name may not have.
    InvalidLabel {
        /// The metric.
        name: String,
        /// The label.
        label: String,
    },
    /// A registry failed to write itself; one of its collectors must be at fault.
    Registry {
        /// Which of the registries, the first being 1.
        number: usize,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate { sample, first, second } => {
                write!(f, "`{sample}` is written by {first} and by {second}; rename one or add only one")
            }
            Self::InvalidName { name } => {
                write!(f, "`{name}` is no metric name; use letters, digits, `_` and `:`, and no digit first")
            }
            Self::TotalSuffix { name, kind: Kind::Counter } => {
                write!(f, "the counter `{name}` must end in `_total`")
            }
            Self::TotalSuffix { name, kind } => {
                write!(f, "the {} `{name}` must not end in `_total`, which marks counters", kind.as_str())
            }
            Self::UnitNotInName { name, unit } => {
                write!(f, "the name `{name}` must end in its unit, `_{unit}`")
            }
            Self::InvalidLabel { name, label } => write!(
                f,
                "`{label}` of `{name}` is no label name; use letters, digits and `_`, no digit first, no `__` \
                 first, no `le` on histograms, and each name once"
            ),
            Self::Registry { number } => write!(f, "registry {number} could not be encoded"),
        }
    }
}
