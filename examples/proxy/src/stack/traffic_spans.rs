use tower_genai_core::{Head, Observer, Watch};
use tower_genai_trace::TraceObserver;

use crate::place::Place;

/// Spans of the traffic, and none of the operator's pages: a scrape every few seconds would bury the calls.
pub(super) struct TrafficSpans(pub(super) TraceObserver);

impl Observer for TrafficSpans {
    fn name(&self) -> &'static str {
        self.0.name()
    }

    fn begin(&self, head: &mut Head<'_>) -> Option<Box<dyn Watch>> {
        if matches!(head.parts.extensions.get(), Some(Place::Page(_))) {
            return None;
        }
        self.0.begin(head)
    }
}
