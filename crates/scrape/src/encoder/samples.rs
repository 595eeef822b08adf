use std::fmt;

use super::{Counted, Value};
use crate::{Family, Histogram, Kind};

/// A format: writes one family after the other.
pub(super) trait Write: fmt::Debug {
    /// Begins a family, after the one before.
    fn begin(&mut self, family: &Family);

    /// Writes a counter's or a gauge's sample.
    fn value(&mut self, family: &Family, labels: &[&str], counted: &Counted<'_>);

    /// Writes a histogram's samples.
    fn histogram(&mut self, family: &Family, labels: &[&str], histogram: &Histogram<'_>);

    /// Ends the last family, if there is one.
    fn end(&mut self);

    /// Whether nobody waits for the page any more.
    fn is_given_up(&self) -> bool;
}

/// Takes the samples of one family down.
///
/// The family's head is written before its first sample: a family without samples leaves no trace on the page.
#[derive(Debug)]
pub struct Samples<'e> {
    writer: &'e mut dyn Write,
    family: &'e Family,
    state: State,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Untouched,
    Begun,
    Ignored,
}

impl<'e> Samples<'e> {
    pub(super) fn new(writer: &'e mut dyn Write, family: &'e Family, wanted: bool) -> Self {
        Self { writer, family, state: if wanted { State::Untouched } else { State::Ignored } }
    }

    /// Whether anything of the family is written: not when the scraper asked for other families only, or has left.
    /// A source may then save itself the work.
    pub fn is_wanted(&self) -> bool {
        self.state != State::Ignored && !self.writer.is_given_up()
    }

    /// Writes the sample of a counter or gauge. `labels` are the values of the family's labels, in their order.
    ///
    /// ```
    /// # use tower_genai_scrape::{Encoder, Family, Name, Value};
    /// # static SPENT: Family = Family::counter(Name::new("spent_usd_total"), "Money spent.", &["team"]);
    /// # fn collect(encoder: &mut Encoder<'_>) {
    /// let mut spent = encoder.family(&SPENT);
    /// spent.value(&["search"], Value::Decimal("0.150000000000000001"));
    /// # }
    /// ```
    pub fn value<'v>(&mut self, labels: &[&str], value: impl Into<Value<'v>>) {
        self.counted(labels, &Counted::new(value));
    }

    /// Writes the sample of a counter with what is known about it. A gauge has no exemplar and no beginning.
    pub fn counted(&mut self, labels: &[&str], counted: &Counted<'_>) {
        if self.begin(self.family.kind() != Kind::Histogram, labels) {
            self.writer.value(self.family, labels, counted);
        }
    }

    /// Writes the buckets, the sum and the count of a histogram.
    pub fn histogram(&mut self, labels: &[&str], histogram: &Histogram<'_>) {
        if self.begin(self.family.kind() == Kind::Histogram, labels) {
            self.writer.histogram(self.family, labels, histogram);
        }
    }

    /// Writes the head once; false when there is nothing to write at all.
    fn begin(&mut self, kind_fits: bool, labels: &[&str]) -> bool {
        let family = self.family;
        debug_assert!(kind_fits, "{} is a {}", family.name(), family.kind().as_str());
        debug_assert_eq!(labels.len(), family.labels().len(), "labels of {}", family.name());
        if !kind_fits || !self.is_wanted() {
            return false;
        }
        if self.state == State::Untouched {
            self.state = State::Begun;
            self.writer.begin(family);
        }
        true
    }
}
