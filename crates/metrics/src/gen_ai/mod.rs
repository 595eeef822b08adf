//! Series of calls to models.

mod accounts;
mod drains;
mod labels;
mod latency;

use tower_genai_core::CallRecord;
use tower_genai_scrape::{Encoder, Family};

use crate::buckets::Buckets;
use crate::series::{Census, Reserved};
use accounts::Accounts;
use drains::Drains;
use labels::Judge;
use latency::Latency;

/// All series of calls to models.
///
/// They are of two kinds: histograms, with labels of few values, and counters, which also say who called.
pub(crate) struct GenAi {
    judge: Judge,
    latency: Latency,
    accounts: Accounts,
    drains: Drains,
}

impl GenAi {
    pub(crate) fn new(buckets: &Buckets, budget: usize) -> Self {
        Self {
            judge: Judge::new(budget),
            latency: Latency::new(buckets, budget),
            accounts: Accounts::new(budget),
            drains: Drains::default(),
        }
    }

    pub(crate) fn record(&self, record: &CallRecord, reserved: &Reserved) {
        let labels = self.judge.labels(record, reserved, |label| self.accounts.count_folded(label));
        self.latency.record(record, &labels, reserved);
        self.accounts.record(record, &labels, reserved);
        self.drains.record(record);
    }

    pub(crate) fn families() -> impl Iterator<Item = &'static Family> {
        latency::FAMILIES.iter().chain(&accounts::FAMILIES).chain([&drains::FAMILY])
    }

    pub(crate) fn collect(&self, encoder: &mut Encoder<'_>, room: &mut Vec<u64>) {
        self.latency.collect(encoder, room);
        self.accounts.collect(encoder);
        self.drains.collect(encoder);
    }

    pub(crate) fn censuses(&self) -> impl Iterator<Item = &dyn Census> {
        self.latency.censuses().into_iter().chain(self.accounts.censuses())
    }
}
