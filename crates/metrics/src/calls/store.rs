use std::sync::OnceLock;

use tower_genai_scrape::{Encoder, Family};

use super::LabelId;
use super::cache::{Cache, Handles};
use super::judge::Judge;
use super::label::LabelMask;
use super::labels::{CallLabels, Facts};
use super::metric::Metric;
use super::table::Definition;
use crate::series::{Census, Reserved};

/// All series of calls to models.
pub(crate) struct Calls {
    metrics: Box<[Metric]>,
    cache: Cache,
    judge: Judge,
    /// Every label that a metric has, once.
    labels: Box<[LabelId]>,
    reserved: Reserved,
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
    ) -> Self {
        let metrics: Box<[_]> = definitions.into_iter().map(Metric::new).collect();
        let mut labels = Vec::new();
        for label in metrics.iter().flat_map(Metric::labels) {
            if !label.is_silent() && !labels.contains(label) {
                labels.push(*label);
            }
        }
        Self {
            metrics,
            cache: Cache::new(&labels),
            judge: Judge::new(models),
            labels: labels.into(),
            reserved,
        }
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
        self.metrics.iter().for_each(|metric| metric.collect(encoder, room));
    }

    pub(crate) fn censuses(&self) -> impl Iterator<Item = &dyn Census> {
        self.metrics.iter().map(|metric| -> &dyn Census { metric })
    }
}

impl Search<'_, '_> {
    fn add(&mut self, handles: &Handles) {
        for (metric, handle) in self.calls.metrics.iter().zip(handles) {
            if !metric.row.follows {
                self.lead = LabelMask::NONE;
            }
            metric.row.measure().of(self.facts.record, |part, amount| {
                if let Some(series) = handle.get() {
                    series.add(part, amount, &metric.layout);
                } else {
                    self.find(metric, handle, |series| series.add(part, amount, &metric.layout));
                }
            });
        }
    }

    #[cold]
    fn find(
        &mut self,
        metric: &Metric,
        handle: &OnceLock<std::sync::Arc<super::series::Series>>,
        then: impl FnOnce(&super::series::Series),
    ) {
        let calls = self.calls;
        let whole = &mut self.whole;
        let labels = self.labels.get_or_insert_with(|| {
            calls.judge.labels(self.facts, &calls.labels, &calls.reserved, |label| {
                *whole = false;
                calls.count_folded(label);
            })
        });
        let (series, folded) = metric.find(labels, self.lead, &calls.reserved);
        then(&series);
        if !metric.row.follows {
            self.lead = folded;
        }
        if folded.is_empty() {
            // Another thread may have found the same.
            let _ = handle.set(series);
        } else {
            self.whole = false;
        }
    }
}
