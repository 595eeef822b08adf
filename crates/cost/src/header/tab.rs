use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;
use tower_genai_core::{CallRecord, CostStatus, Head, Usd, Watch};

/// What the calls of one request cost, as far as they have ended; an extension of the request.
///
/// There are several when a retry or a hedge stands between this layer and those that record each attempt.
#[derive(Clone, Debug, Default)]
pub(super) struct Tab(Arc<Mutex<Sum>>);

#[derive(Debug, Default)]
enum Sum {
    #[default]
    Nothing,
    Known(Usd),
    /// A part of it is unknown, and so the whole.
    Unknown,
}

impl Tab {
    fn add(&self, record: &CallRecord) {
        let mut sum = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let cost = match (record.cost(), record.cost_status()) {
            (Some(cost), _) => Some(cost.total()),
            // An attempt that failed has used nothing.
            (None, Some(CostStatus::NoUsage)) => return,
            (None, _) => None,
        };
        *sum = match (&*sum, cost) {
            (Sum::Nothing, Some(cost)) => Sum::Known(cost),
            (Sum::Known(sum), Some(cost)) => sum.checked_add(cost).map_or(Sum::Unknown, Sum::Known),
            (Sum::Unknown, _) | (_, None) => Sum::Unknown,
        };
    }

    /// The value to show, if there is one.
    pub(super) fn value(&self) -> Option<HeaderValue> {
        match &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            // A decimal is visible ASCII.
            Sum::Known(cost) => HeaderValue::try_from(cost.to_string()).ok(),
            Sum::Nothing | Sum::Unknown => None,
        }
    }
}

/// Writes the cost of a call where the layer looks for it.
struct Writer(Tab);

impl Watch for Writer {
    fn on_end(&mut self, record: &CallRecord) {
        self.0.add(record);
    }
}

/// The state of a pricing observer for a request whose client is told the cost.
pub(crate) fn watch(head: &Head<'_>) -> Option<Box<dyn Watch>> {
    let tab = head.parts.extensions.get::<Tab>()?;
    Some(Box::new(Writer(tab.clone())))
}
