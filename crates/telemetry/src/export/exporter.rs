//! A destination as the SDK sees it.

use std::fmt;
use std::future::{Future, ready};
use std::sync::Arc;
use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::logs::tonic::group_logs_by_resource_and_scope;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::logs::{LogBatch, LogExporter};
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::trace::{SpanData, SpanExporter};

use super::destination::{BuildError, Destination};
use super::limits::cut_record;
use super::log::FailureLog;
use super::{ExportError, FailureLogs, Request, Sent, ValueLimit};
use crate::config::{self, LogLimits};
use crate::pipeline::Closed;
use crate::stats::{DropReason, ExportStats};

/// Turns batches into OTLP's messages, hands them over on the thread that calls, and counts what became of them.
pub(crate) struct Exporter {
    destination: Destination,
    resource: ResourceAttributesWithSchema,
    limits: Limits,
    closed: Closed,
    stats: ExportStats,
    log: Arc<FailureLog>,
}

/// What is cut before it is exported.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Limits {
    pub(crate) spans: ValueLimit,
    pub(crate) records: LogLimits,
}

impl Exporter {
    /// `timeout` is for one batch; of it and the collector's own, the shorter counts.
    ///
    /// # Errors
    ///
    /// The destination cannot be reached with what there is, or it is one that stays in memory.
    pub(crate) fn new(
        config: &config::Exporter,
        timeout: Duration,
        limits: Limits,
        closed: Closed,
        stats: ExportStats,
        logs: &mut FailureLogs,
    ) -> Result<Self, BuildError> {
        let (destination, log) = match config {
            config::Exporter::Otlp(otlp) => {
                Destination::otlp(otlp, otlp.timeout.min(timeout), closed.clone(), stats.clone(), logs)?
            }
            config::Exporter::Console | config::Exporter::InMemory => Destination::console(logs),
        };
        Ok(Self {
            destination,
            resource: ResourceAttributesWithSchema::default(),
            limits,
            closed,
            stats,
            log,
        })
    }

    /// Exports a collection of `points` data points.
    pub(crate) fn export_metrics(&self, metrics: &ResourceMetrics, points: usize) -> OTelSdkResult {
        self.deliver(points, || ExportMetricsServiceRequest::from(metrics))
    }

    fn export_spans(&self, mut batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.stats.dequeue(spans);
        self.deliver(spans, || {
            for span in &mut batch {
                self.limits.spans.cut_span(span);
            }
            let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
            ExportTraceServiceRequest { resource_spans }
        })
    }

    fn export_records(&self, batch: &LogBatch<'_>) -> OTelSdkResult {
        let records = batch.iter().count();
        self.stats.dequeue(records);
        self.deliver(records, || {
            let mut resource_logs = group_logs_by_resource_and_scope(batch, &self.resource);
            let scopes = resource_logs.iter_mut().flat_map(|resource| &mut resource.scope_logs);
            for record in scopes.flat_map(|scope| &mut scope.log_records) {
                cut_record(record, self.limits.records);
            }
            ExportLogsServiceRequest { resource_logs }
        })
    }

    fn deliver<R: Request>(&self, items: usize, request: impl FnOnce() -> R) -> OTelSdkResult {
        let items = items as u64;
        let sent = if self.closed.is_over() {
            Sent::failed(ExportError::Shutdown, items)
        } else {
            self.destination.send(request(), items)
        };
        let (signal, place) = (self.stats.signal(), self.destination.place());
        let lost = sent.lost.min(items);
        let rejected = sent.rejected.min(items - lost);
        self.stats.export(items - lost - rejected);
        if rejected > 0 {
            self.stats.lose(DropReason::Rejected, rejected);
        }
        match sent.error {
            None => {
                self.log.succeeded(signal, &place);
                if rejected > 0 {
                    self.log.rejected(signal, &place, rejected);
                }
                Ok(())
            }
            Some(error) => {
                self.stats.fail(error.reason());
                let reason = match error {
                    ExportError::Shutdown => DropReason::Shutdown,
                    _ => DropReason::ExportFailed,
                };
                self.stats.lose(reason, lost);
                self.log.failed(signal, &place, &error, self.destination.hint(&error), lost);
                Err(OTelSdkError::InternalFailure(error.to_string()))
            }
        }
    }
}

impl SpanExporter for Exporter {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        ready(self.export_spans(batch))
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

impl LogExporter for Exporter {
    fn export(&self, batch: LogBatch<'_>) -> impl Future<Output = OTelSdkResult> + Send {
        ready(self.export_records(&batch))
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

impl fmt::Debug for Exporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exporter")
            .field("destination", &self.destination)
            .field("limits", &self.limits)
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}
