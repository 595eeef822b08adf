use std::time::SystemTime;

use crate::{Bounds, Value};

/// What a histogram has counted under one label set.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Histogram<'v> {
    /// The bounds of the buckets.
    pub bounds: &'v Bounds,
    /// How many observations fell into each bucket, **not** added up: as many as there are bounds, and one more for
    /// those above the last bound.
    pub counts: &'v [u64],
    /// The sum of what was observed.
    pub sum: Value<'v>,
    /// An observation of each bucket to look at; as long as `counts`, or empty.
    pub exemplars: &'v [Option<Exemplar<'v>>],
    /// The same observations in buckets of their own making.
    pub native: Option<&'v NativeHistogram>,
    /// When the counting began.
    pub created: Option<SystemTime>,
}

impl<'v> Histogram<'v> {
    /// A histogram of classic buckets. `counts` has one more than there are bounds.
    pub fn new(bounds: &'v Bounds, counts: &'v [u64], sum: impl Into<Value<'v>>) -> Self {
        Self { bounds, counts, sum: sum.into(), exemplars: &[], native: None, created: None }
    }

    /// Adds an observation of each bucket to look at, as many as there are counts.
    #[must_use]
    pub const fn with_exemplars(mut self, exemplars: &'v [Option<Exemplar<'v>>]) -> Self {
        self.exemplars = exemplars;
        self
    }

    /// Adds the same observations as a native histogram.
    #[must_use]
    pub const fn with_native(mut self, native: &'v NativeHistogram) -> Self {
        self.native = Some(native);
        self
    }

    /// Says when the counting began.
    #[must_use]
    pub const fn with_created(mut self, created: SystemTime) -> Self {
        self.created = Some(created);
        self
    }
}

/// One observation that can be looked at elsewhere, such as in a trace.
///
/// OpenMetrics allows its labels 128 characters, names and values together; an exemplar with more is left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Exemplar<'v> {
    /// Where to look: `trace_id` and `span_id`.
    pub labels: &'v [(&'v str, &'v str)],
    /// What was observed.
    pub value: f64,
    /// When.
    pub at: SystemTime,
}

impl Exemplar<'_> {
    /// The most that the labels may have, by OpenMetrics 1.0.
    const MOST_CHARS: usize = 128;

    pub(crate) fn fits(&self) -> bool {
        let chars = |text: &str| text.chars().count();
        let total: usize = self.labels.iter().map(|(name, value)| chars(name) + chars(value)).sum();
        total <= Self::MOST_CHARS && self.value.is_finite()
    }
}

/// Observations in exponential buckets: bucket `i` holds what is in `(base^(i-1), base^i]`, where `base` is
/// `2^(2^-schema)`. See the specification of [native histograms].
///
/// [native histograms]: https://prometheus.io/docs/specs/native_histograms/
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct NativeHistogram {
    /// How finely the buckets are cut, from -4 to 8.
    pub schema: i32,
    /// What is at most this far from zero counts as zero.
    pub zero_threshold: f64,
    /// How many observations count as zero.
    pub zero_count: u64,
    /// The buckets of positive observations that hold any, by ascending index.
    pub buckets: Vec<(i32, u64)>,
}

impl NativeHistogram {
    /// A histogram without observations.
    pub fn new(schema: i32, zero_threshold: f64) -> Self {
        Self { schema: schema.clamp(-4, 8), zero_threshold, zero_count: 0, buckets: Vec::new() }
    }

    /// How many observations there are.
    pub fn count(&self) -> u64 {
        self.zero_count + self.buckets.iter().map(|(_, count)| count).sum::<u64>()
    }
}
