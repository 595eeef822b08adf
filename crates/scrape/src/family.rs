use std::borrow::Cow;

use crate::name::Name;
use crate::service::Fault;

/// What kind of number a family holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Kind {
    /// A number that only rises.
    Counter,
    /// A number that rises and falls.
    Gauge,
    /// Counts of observations by size.
    Histogram,
}

impl Kind {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Self::Counter, Self::Gauge, Self::Histogram].into_iter().find(|kind| kind.as_str() == text)
    }

    /// What a family's name may be followed by in its samples.
    pub(crate) const fn suffixes(self) -> &'static [&'static str] {
        match self {
            Self::Counter => &["", "_total", "_created"],
            Self::Gauge => &[""],
            Self::Histogram => &["", "_bucket", "_count", "_sum", "_created"],
        }
    }
}

/// A metric family: one name, its meaning, and the names of its labels.
///
/// ```
/// use tower_genai_scrape::{Family, Name};
///
/// static REQUESTS: Family = Family::counter(Name::new("shop_requests_total"), "Requests answered.", &["method"]);
/// static LATENCY: Family =
///     Family::histogram(Name::new("shop_latency_seconds"), "Time to answer.", &["method"]).with_unit("seconds");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    name: Cow<'static, str>,
    help: Cow<'static, str>,
    unit: Option<&'static str>,
    kind: Kind,
    labels: Labels,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Labels {
    Fixed(&'static [&'static str]),
    Owned(Vec<String>),
}

impl Family {
    /// A counter. Its name ends in `_total`.
    pub const fn counter(name: Name, help: &'static str, labels: &'static [&'static str]) -> Self {
        Self::fixed(Kind::Counter, name, help, labels)
    }

    /// A gauge.
    pub const fn gauge(name: Name, help: &'static str, labels: &'static [&'static str]) -> Self {
        Self::fixed(Kind::Gauge, name, help, labels)
    }

    /// A histogram. Its label names do not contain `le`.
    pub const fn histogram(name: Name, help: &'static str, labels: &'static [&'static str]) -> Self {
        Self::fixed(Kind::Histogram, name, help, labels)
    }

    /// A family that is only known at run time.
    pub fn new<L: Into<String>>(
        kind: Kind,
        name: impl Into<String>,
        help: impl Into<String>,
        labels: impl IntoIterator<Item = L>,
    ) -> Self {
        Self {
            name: Cow::Owned(name.into()),
            help: Cow::Owned(help.into()),
            unit: None,
            kind,
            labels: Labels::Owned(labels.into_iter().map(Into::into).collect()),
        }
    }

    const fn fixed(kind: Kind, name: Name, help: &'static str, labels: &'static [&'static str]) -> Self {
        Self {
            name: Cow::Borrowed(name.as_str()),
            help: Cow::Borrowed(help),
            unit: None,
            kind,
            labels: Labels::Fixed(labels),
        }
    }

    /// The same family with a unit: a word that its name ends in (before `_total`), such as `seconds` or `bytes`.
    #[must_use]
    pub const fn with_unit(mut self, unit: &'static str) -> Self {
        self.unit = Some(unit);
        self
    }

    /// The name, as queries use it; a counter's ends in `_total`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What the family means.
    pub fn help(&self) -> &str {
        &self.help
    }

    /// The unit, when it has one.
    pub const fn unit(&self) -> Option<&'static str> {
        self.unit
    }

    /// What kind of number it holds.
    pub const fn kind(&self) -> Kind {
        self.kind
    }

    /// The names of its labels.
    pub fn labels(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.labels.len()).map(|index| self.labels.get(index))
    }

    /// The name of the family in OpenMetrics: a counter's without its `_total`.
    pub(crate) fn base(&self) -> &str {
        match self.kind {
            Kind::Counter => self.name.strip_suffix("_total").unwrap_or(&self.name),
            Kind::Gauge | Kind::Histogram => &self.name,
        }
    }

    /// Every way in which the family breaks the rules of the formats.
    pub(crate) fn faults(&self, faults: &mut Vec<Fault>) {
        let name = || self.name.to_string();
        if !is_metric_name(&self.name) {
            faults.push(Fault::InvalidName { name: name() });
        }
        if (self.kind == Kind::Counter) != self.name.ends_with("_total") {
            faults.push(Fault::TotalSuffix { name: name(), kind: self.kind });
        }
        if let Some(unit) = self.unit {
            let suffixed = self.base().strip_suffix(unit).is_some_and(|stem| stem.ends_with('_'));
            if !suffixed {
                faults.push(Fault::UnitNotInName { name: name(), unit: unit.to_string() });
            }
        }
        for (index, label) in self.labels().enumerate() {
            let reserved = label.starts_with("__") || (self.kind == Kind::Histogram && label == "le");
            if reserved || !is_label_name(label) || self.labels().take(index).any(|earlier| earlier == label)
            {
                faults.push(Fault::InvalidLabel { name: name(), label: label.to_owned() });
            }
        }
    }
}

impl Labels {
    const fn len(&self) -> usize {
        match self {
            Self::Fixed(names) => names.len(),
            Self::Owned(names) => names.len(),
        }
    }

    fn get(&self, index: usize) -> &str {
        match self {
            Self::Fixed(names) => names[index],
            Self::Owned(names) => &names[index],
        }
    }
}

fn is_metric_name(name: &str) -> bool {
    starts_well(name) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':'))
}

fn is_label_name(name: &str) -> bool {
    starts_well(name) && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

fn starts_well(name: &str) -> bool {
    name.bytes().next().is_some_and(|byte| !byte.is_ascii_digit())
}
