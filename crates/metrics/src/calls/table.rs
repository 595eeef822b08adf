use std::borrow::Cow;

use tower_genai_core::{CallRecord, Usd};
use tower_genai_scrape::{Bounds, Name};

use super::LabelId;
use crate::buckets::Buckets;

/// A naming: its metrics in the order in which they are shown.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) rows: &'static [Row],
    /// What stands for a value that nobody knows.
    pub(crate) missing: &'static str,
}

/// A metric.
#[derive(Debug)]
pub(crate) struct Row {
    pub(crate) name: Name,
    pub(crate) help: &'static str,
    pub(crate) unit: Option<&'static str>,
    pub(crate) labels: &'static [(LabelId, &'static str)],
    pub(crate) kind: Kind,
    /// Label values that the row before folded (and those before it that it follows itself) are folded here too: so
    /// that what one call adds to several metrics is found under the same model in all of them.
    pub(crate) follows: bool,
    /// Every call enters it, so that values that are folded before any metric sees them are told once, for this one.
    pub(crate) counts_all: bool,
}

/// What kind of number a metric is, and what a call adds to it.
#[derive(Debug)]
pub(crate) enum Kind {
    Counter(Measure),
    #[allow(dead_code, reason = "not every naming has any")]
    Gauge(Measure),
    Histogram(BoundsOf, Measure),
}

/// What a call adds to a metric.
#[derive(Debug)]
pub(crate) enum Measure {
    /// A number of things.
    Count(fn(&CallRecord) -> Option<u64>),
    /// Money, summed exactly.
    Money(fn(&CallRecord) -> Option<Usd>),
    /// A time in seconds.
    Seconds(fn(&CallRecord) -> Option<f64>),
    /// Numbers of things, each told by its place among the values of the label [`LabelId::Part`].
    Counts(&'static [&'static str], Parts),
}

/// Tells the parts of a call with their amounts; a part may be told several times.
pub(super) type Parts = fn(&CallRecord, &mut dyn FnMut(usize, u64));

/// What is added to one series.
#[derive(Clone, Copy, Debug)]
pub(super) enum Amount {
    Count(u64),
    Money(Usd),
    Seconds(f64),
}

/// Where a histogram's bounds come from, unless they are configured for it alone.
#[derive(Debug)]
pub(crate) enum BoundsOf {
    /// From those that several metrics share.
    Shared(fn(&Buckets) -> &Bounds),
    /// From the naming.
    #[allow(dead_code, reason = "not every naming has its own")]
    Fixed(&'static [f64]),
}

/// A metric as it is configured.
#[derive(Clone, Debug)]
pub(crate) struct Definition {
    pub(crate) row: &'static Row,
    pub(crate) labels: Vec<(LabelId, Cow<'static, str>)>,
    pub(crate) missing: &'static str,
    /// Only histograms have any.
    pub(crate) bounds: Bounds,
    pub(crate) budget: usize,
}

impl Table {
    /// All metrics of the naming, as they are unless configured otherwise.
    pub(crate) fn definitions(
        &'static self,
        buckets: &Buckets,
        budget: usize,
    ) -> impl Iterator<Item = Definition> {
        self.rows.iter().map(move |row| Definition {
            row,
            labels: row.labels.iter().map(|(id, name)| (*id, Cow::Borrowed(*name))).collect(),
            missing: self.missing,
            bounds: match &row.kind {
                Kind::Histogram(BoundsOf::Shared(of), _) => of(buckets).clone(),
                Kind::Histogram(BoundsOf::Fixed(bounds), _) => Bounds::sorted(bounds.iter().copied()),
                Kind::Counter(_) | Kind::Gauge(_) => Bounds::sorted([]),
            },
            budget,
        })
    }
}

impl Row {
    pub(crate) const fn new(
        name: Name,
        help: &'static str,
        labels: &'static [(LabelId, &'static str)],
        kind: Kind,
    ) -> Self {
        Self { name, help, unit: None, labels, kind, follows: false, counts_all: false }
    }

    pub(crate) const fn unit(mut self, unit: &'static str) -> Self {
        self.unit = Some(unit);
        self
    }

    /// See [`follows`](Self::follows).
    pub(crate) const fn following(mut self) -> Self {
        self.follows = true;
        self
    }

    /// See [`counts_all`](Self::counts_all).
    pub(crate) const fn of_all_calls(mut self) -> Self {
        self.counts_all = true;
        self
    }

    pub(crate) const fn measure(&self) -> &Measure {
        match &self.kind {
            Kind::Counter(measure) | Kind::Gauge(measure) | Kind::Histogram(_, measure) => measure,
        }
    }
}

impl Measure {
    /// The values of the label [`LabelId::Part`].
    pub(crate) const fn parts(&self) -> &'static [&'static str] {
        match self {
            Self::Counts(parts, _) => parts,
            Self::Count(_) | Self::Money(_) | Self::Seconds(_) => &[""],
        }
    }

    /// Tells what a call adds, part by part.
    pub(super) fn of(&self, record: &CallRecord, mut add: impl FnMut(usize, Amount)) {
        let amount = match self {
            Self::Count(of) => of(record).map(Amount::Count),
            Self::Money(of) => of(record).map(Amount::Money),
            Self::Seconds(of) => of(record).map(Amount::Seconds),
            Self::Counts(_, of) => return of(record, &mut |part, count| add(part, Amount::Count(count))),
        };
        if let Some(amount) = amount {
            add(0, amount);
        }
    }
}
