//! The SDK's batch processors, with their losses counted.

use std::time::Duration;

use opentelemetry::logs::Severity;
use opentelemetry::{Context, InstrumentationScope};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::logs::{BatchLogProcessor, LogProcessor, SdkLogRecord};
use opentelemetry_sdk::trace::{BatchSpanProcessor, Span, SpanData, SpanProcessor};

use crate::stats::ExportStats;

/// Counts the items into and out of the queue, which the SDK (0.33) tells nobody about.
///
/// A place is given back by the exporter, when the batch has left the queue: there are never more items in the queue
/// than places taken, so that the SDK's own queue never overflows unseen.
#[derive(Debug)]
pub(super) struct Counting<P> {
    inner: P,
    capacity: usize,
    stats: ExportStats,
}

impl<P> Counting<P> {
    pub(super) const fn new(inner: P, capacity: usize, stats: ExportStats) -> Self {
        Self { inner, capacity, stats }
    }
}

impl SpanProcessor for Counting<BatchSpanProcessor> {
    fn on_start(&self, span: &mut Span, cx: &Context) {
        self.inner.on_start(span, cx);
    }

    fn on_end(&self, span: SpanData) {
        // A span that is recorded without being sampled is for processors, not for exporters.
        if span.span_context.is_sampled() && self.stats.enqueue(self.capacity) {
            self.inner.on_end(span);
        }
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}

impl LogProcessor for Counting<BatchLogProcessor> {
    fn emit(&self, record: &mut SdkLogRecord, scope: &InstrumentationScope) {
        if self.stats.enqueue(self.capacity) {
            self.inner.emit(record, scope);
        }
    }

    fn event_enabled(&self, level: Severity, target: &str, name: Option<&str>) -> bool {
        self.inner.event_enabled(level, target, name)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.inner.force_flush()
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        self.inner.shutdown_with_timeout(timeout)
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.inner.set_resource(resource);
    }
}
