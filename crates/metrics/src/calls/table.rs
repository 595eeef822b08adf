use std::borrow::Cow;

use tower_genai_core::{CallRecord, ChunkTimes, Usd};
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
    /// Its observations can be looked at in traces.
    pub(crate) exemplars: bool,
}

/// What kind of number a metric is, and what a call adds to it.
#[derive(Debug)]
pub(crate) enum Kind {
    Counter(Measure),
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
    /// The times between chunks, counted already. Metrics of them are there only where they are asked for.
    Chunks(fn(&CallRecord) -> Option<&ChunkTimes>),
    /// Numbers of things, each told by its place among the values of the label [`LabelId::Part`].
    Counts(&'static [&'static str], Parts),
}

/// Tells the parts of a call with their amounts; a part may be told several times.
pub(super) type Parts = fn(&CallRecord, &mut dyn FnMut(usize, u64));

/// What is added to one series.
#[derive(Clone, Copy, Debug)]
pub(super) enum Amount<'r> {
    Count(u64),
    Money(Usd),
    Seconds(f64),
    Chunks(&'r ChunkTimes),
}

impl Amount<'_> {
    pub(super) fn float(self) -> f64 {
        match self {
            Self::Count(count) => count as f64,
            Self::Money(usd) => usd.to_f64(),
            Self::Seconds(seconds) => seconds,
            Self::Chunks(chunks) => chunks.sum().as_secs_f64(),
        }
    }

    /// What a counter of things counts.
    pub(super) const fn whole(self) -> u64 {
        match self {
            Self::Count(count) => count,
            Self::Money(_) | Self::Seconds(_) | Self::Chunks(_) => 0,
        }
    }
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
    /// See [`Row::follows`]; not when the metric that it would follow is not shown.
    pub(crate) follows: bool,
}

/// What holds for all metrics.
#[derive(Clone, Copy, Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub(crate) struct Options {
    /// Sampled calls are marked on the metrics that can be looked at.
    pub(crate) exemplars: bool,
    /// Histograms have exponential buckets as well.
    pub(crate) native: bool,
    /// Times between chunks are measured.
    pub(crate) chunks: bool,
    /// Our own time is measured.
    pub(crate) overhead: bool,
    /// Series to which nothing has been added for so long are taken away.
    pub(crate) idle: Option<std::time::Duration>,
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
            follows: row.follows,
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
        Self { name, help, unit: None, labels, kind, follows: false, counts_all: false, exemplars: false }
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

    /// See [`exemplars`](Self::exemplars).
    pub(crate) const fn with_exemplars(mut self) -> Self {
        self.exemplars = true;
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
            Self::Count(_) | Self::Money(_) | Self::Seconds(_) | Self::Chunks(_) => &[""],
        }
    }

    /// Tells what a call adds, part by part.
    pub(super) fn of<'r>(&self, record: &'r CallRecord, mut add: impl FnMut(usize, Amount<'r>)) {
        let amount = match self {
            Self::Count(of) => of(record).map(Amount::Count),
            Self::Money(of) => of(record).map(Amount::Money),
            Self::Seconds(of) => of(record).map(Amount::Seconds),
            Self::Chunks(of) => of(record).map(Amount::Chunks),
            Self::Counts(_, of) => return of(record, &mut |part, count| add(part, Amount::Count(count))),
        };
        if let Some(amount) = amount {
            add(0, amount);
        }
    }
}
