use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tower_genai_core::CallRecord;
use tower_genai_core::clock::{Clock, Instant};
use tower_genai_scrape::{Encoder, Family};

use super::LabelId;
use super::cache::{Cache, Handles};
use super::judge::Judge;
use super::label::LabelMask;
use super::labels::{CallLabels, Facts, is_answered};
use super::metric::Metric;
use super::series::Series;
use super::table::{Definition, Options};
use crate::catalogue::Allowed;
use crate::series::{Census, Mark, Reserved};

/// All series of calls to models.
pub(crate) struct Calls {
    metrics: Box<[Metric]>,
    cache: Cache,
    judge: Judge,
    /// Every label that a metric has, once.
    labels: Box<[LabelId]>,
    reserved: Reserved,
    options: Options,
    clock: Clock,
    began: Instant,
}

/// Who looks for the series of one call.
struct Search<'c, 'r> {
    calls: &'c Calls,
    facts: Facts<'r>,
    labels: Option<CallLabels<'r>>,
    /// What the last metric that followed no other has folded.
    lead: LabelMask,
    /// Whether the call is shown by its own labels everywhere.
    whole: bool,
}

impl Calls {
    /// `models` is how many models can have a name.
    pub(crate) fn new(
        definitions: impl IntoIterator<Item = Definition>,
        models: usize,
        reserved: Reserved,
        allowed: Allowed,
        options: Options,
        clock: Clock,
    ) -> Self {
        let metrics: Box<[_]> =
            definitions.into_iter().map(|definition| Metric::new(definition, options)).collect();
        let mut labels = Vec::new();
        for label in metrics.iter().flat_map(Metric::labels) {
            if !label.is_silent() && !labels.contains(label) {
                labels.push(*label);
            }
        }
        Self {
            metrics,
            cache: Cache::new(&labels),
            judge: Judge::new(models, allowed),
            labels: labels.into(),
            reserved,
            options,
            began: clock.now(),
            clock,
        }
    }

    /// The hash of the caller's key. One that nobody has reserved and no upstream has taken may be anybody's invention,
    /// and there is no end of such keys: it is nobody's.
    pub(crate) fn hashed_key<'r>(&self, record: &'r CallRecord) -> &'r str {
        let key = record.caller().hashed_key();
        key.filter(|key| is_answered(record) || self.reserved.hashed_keys.contains(*key)).unwrap_or_default()
    }

    /// Adds what a call adds to every metric.
    pub(crate) fn record(&self, facts: Facts<'_>) {
        let mut search = Search { calls: self, facts, labels: None, lead: LabelMask::NONE, whole: true };
        if self.cache.with(facts, |handles| search.add(handles)).is_none() {
            let handles: Handles = self.metrics.iter().map(|_| OnceLock::new()).collect();
            search.add(&handles);
            if search.whole {
                self.cache.insert(facts, handles);
            }
        }
    }

    /// Where a call can be looked at.
    fn mark(&self, facts: Facts<'_>) -> Option<Mark> {
        let record = facts.record;
        let span = record.span().filter(|span| self.options.exemplars && span.sampled)?;
        Some(Mark { span, at: record.started_at() + record.duration() })
    }

    fn count_folded(&self, label: LabelId) {
        let mut metrics = self.metrics.iter().filter(|metric| metric.labels().contains(&label));
        let first = metrics.clone().find(|metric| metric.row.counts_all);
        if let Some(metric) = first.or_else(|| metrics.next()) {
            metric.count_folded(label);
        }
    }

    pub(crate) fn families(&self) -> impl Iterator<Item = &Family> {
        self.metrics.iter().map(Metric::family)
    }

    pub(crate) fn collect(&self, encoder: &mut Encoder<'_>, room: &mut Vec<u64>) {
        if let Some(idle) = self.options.idle {
            self.expire(idle);
        }
        self.metrics.iter().for_each(|metric| metric.collect(encoder, room));
    }

    fn expire(&self, idle: Duration) {
        let now = self.clock.now().saturating_duration_since(self.began);
        let left = self.metrics.iter().map(|metric| metric.expire(now, idle));
        if left.fold(false, |any, left| any | left) {
            self.cache.clear();
        }
    }

    pub(crate) fn censuses(&self) -> impl Iterator<Item = &dyn Census> {
        self.metrics.iter().map(|metric| -> &dyn Census { metric })
    }

    /// The bounds of the metrics of the times between chunks.
    pub(crate) fn chunk_bounds(&self) -> Vec<f64> {
        self.metrics.iter().flat_map(Metric::chunk_bounds).collect()
    }
}

impl Search<'_, '_> {
    fn add(&mut self, handles: &Handles) {
        let mark = self.calls.mark(self.facts);
        for (metric, handle) in self.calls.metrics.iter().zip(handles) {
            if !metric.follows {
                self.lead = LabelMask::NONE;
            }
            let mark = if metric.layout.has_exemplars() { mark.as_ref() } else { None };
            let mut found = None;
            metric.row.measure().of(self.facts.record, |part, amount| {
                let series = match handle.get() {
                    Some(series) => series,
                    // The same for all parts.
                    None => found.get_or_insert_with(|| self.find(metric, handle)),
                };
                series.add(part, amount, &metric.layout, mark);
            });
        }
    }

    #[cold]
    fn find(&mut self, metric: &Metric, handle: &OnceLock<Arc<Series>>) -> Arc<Series> {
        let calls = self.calls;
        let whole = &mut self.whole;
        let labels = self.labels.get_or_insert_with(|| {
            calls.judge.labels(self.facts, &calls.labels, &calls.reserved, |label| {
                *whole = false;
                calls.count_folded(label);
            })
        });
        let created = self.facts.record.started_at();
        let (series, folded) = metric.find(labels, self.lead, &calls.reserved, created);
        if !metric.follows {
            self.lead = folded;
        }
        if folded.is_empty() {
            // Another thread may have found the same.
            let _ = handle.set(series.clone());
        } else {
            self.whole = false;
        }
        series
    }
}
