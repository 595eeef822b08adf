use std::fmt;
use std::sync::Arc;

use tower_genai_core::{Attempt, CallRecord, Exchange, Head, Observer, Watch};

use crate::metrics::Store;
use crate::overhead::OverheadWatch;

/// Counts what it is shown in its [`Metrics`](crate::Metrics).
#[derive(Clone)]
pub struct MetricsObserver {
    store: Arc<Store>,
}

impl MetricsObserver {
    pub(crate) const fn new(store: Arc<Store>) -> Self {
        Self { store }
    }
}

impl Observer for MetricsObserver {
    fn name(&self) -> &'static str {
        "metrics"
    }

    fn chunk_bounds(&self) -> Vec<f64> {
        self.store.chunk_bounds()
    }

    fn begin(&self, head: &mut Head<'_>) -> Option<Box<dyn Watch>> {
        self.store.pick(head);
        // A response within a session is no exchange of its own.
        if head.session().is_some() {
            return None;
        }
        self.store.begin(head);
        let watch = OverheadWatch::begin(&self.store, head)?;
        Some(Box::new(watch))
    }

    fn on_exchange(&self, exchange: &Exchange) {
        self.store.exchange(exchange);
    }

    fn on_attempt(&self, attempt: &Attempt) {
        self.store.exchange(&attempt.exchange);
    }

    fn on_end(&self, record: &CallRecord) {
        self.store.call(record);
    }
}

impl fmt::Debug for MetricsObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsObserver").finish_non_exhaustive()
    }
}
