//! Telemetry that stays in the process, for tests.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{LogProcessor, SdkLogRecord};
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};

use crate::export::ValueLimit;
use crate::stats::{DropReason, ExportStats};

/// Items that are kept at most.
const CAPACITY: usize = 65_536;

/// Keeps what it is given, at once and without a thread. Clones keep the same.
#[derive(Debug)]
pub(crate) struct Memory<T> {
    items: Arc<Mutex<Vec<T>>>,
    limit: ValueLimit,
    stats: ExportStats,
}

impl<T> Memory<T> {
    pub(super) fn new(limit: ValueLimit, stats: ExportStats) -> Self {
        Self { items: Arc::default(), limit, stats }
    }

    fn keep(&self, item: impl FnOnce() -> T) {
        let mut items = self.items.lock().unwrap_or_else(PoisonError::into_inner);
        if items.len() < CAPACITY {
            items.push(item());
            self.stats.export(1);
        } else {
            self.stats.lose(DropReason::QueueFull, 1);
        }
    }
}

impl<T: Clone> Memory<T> {
    /// Everything, in the order in which it ended.
    pub(crate) fn items(&self) -> Vec<T> {
        self.items.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl<T> Clone for Memory<T> {
    fn clone(&self) -> Self {
        Self { items: Arc::clone(&self.items), limit: self.limit, stats: self.stats.clone() }
    }
}

impl SpanProcessor for Memory<SpanData> {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, mut span: SpanData) {
        if span.span_context.is_sampled() {
            self.limit.cut_span(&mut span);
            self.keep(|| span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

impl LogProcessor for Memory<(SdkLogRecord, InstrumentationScope)> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        self.keep(|| (record.clone(), scope.clone()));
    }

    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}
