use tower_genai_core::clock::{Clock, Instant};
use tower_genai_scrape::{Bounds, Encoder, Family};

use super::stopwatch::OwnTime;
use crate::names::{self, label};
use crate::series::{Histogram, Layout};

static FAMILY: Family = Family::histogram(
    names::OVERHEAD,
    "Time a request took while no upstream was at work on it: before and between (request) and after (response).",
    &[label::PHASE],
)
.with_unit("seconds");

/// The series of our own time.
pub(crate) struct Overhead {
    layout: Layout,
    request: Histogram,
    response: Histogram,
    clock: Clock,
}

impl Overhead {
    pub(crate) fn new(bounds: Bounds, clock: Clock) -> Self {
        let layout = Layout::seconds(bounds);
        Self { request: Histogram::new(&layout), response: Histogram::new(&layout), layout, clock }
    }

    pub(super) fn now(&self) -> Instant {
        self.clock.now()
    }

    pub(super) fn record(&self, own: OwnTime) {
        self.request.observe(&self.layout, own.request.as_secs_f64(), None);
        self.response.observe(&self.layout, own.response.as_secs_f64(), None);
    }

    pub(crate) const fn family() -> &'static Family {
        &FAMILY
    }

    pub(crate) fn collect(&self, encoder: &mut Encoder<'_>, room: &mut Vec<u64>) {
        if !encoder.declares(&FAMILY) {
            return;
        }
        let mut samples = encoder.family(&FAMILY);
        self.request.show(&mut samples, &["request"], &self.layout, None, room);
        self.response.show(&mut samples, &["response"], &self.layout, None, room);
    }
}
