use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tower_genai_core::{CallRecord, DrainResult};
use tower_genai_scrape::{Encoder, Family};

use crate::names::{self, label};

static FAMILY: Family = Family::counter(
    names::DRAINS,
    "Replies whose clients left before the end, by what became of the rest.",
    &[label::RESULT],
);

/// What became of the replies that a drain layer was to read on, in the order of [`DrainResult::ALL`].
#[derive(Default)]
pub(crate) struct Drains([AtomicU64; DrainResult::ALL.len()]);

impl Drains {
    pub(crate) const fn family() -> &'static Family {
        &FAMILY
    }

    fn each(&self) -> impl Iterator<Item = (DrainResult, &AtomicU64)> {
        DrainResult::ALL.into_iter().zip(&self.0)
    }

    pub(crate) fn record(&self, record: &CallRecord) {
        let Some(result) = record.drain() else { return };
        self.each().filter(|(of, _)| *of == result).for_each(|(_, count)| {
            count.fetch_add(1, Relaxed);
        });
    }

    pub(crate) fn collect(&self, encoder: &mut Encoder<'_>) {
        if !encoder.declares(&FAMILY) {
            return;
        }
        let mut samples = encoder.family(&FAMILY);
        for (result, count) in self.each() {
            samples.value(&[result.as_str()], count.load(Relaxed));
        }
    }
}
