//! The running pipelines and their end.

use std::fmt;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider};
use tokio::time::Instant;

use crate::config::{Compression, Exporter, Protocol, TelemetryConfig, TracesConfig};
use crate::otlp::{BuildError, Closing, OtlpExporter, closing};
use crate::processor::CountingProcessor;
use crate::stats::ExportStats;

/// How long the drop of a guard that was not shut down may take.
const DROP_DEADLINE: Duration = Duration::from_secs(1);

/// Owns the background work. Keep it for as long as telemetry shall flow, then [`shutdown`](Self::shutdown).
///
/// Dropped instead, it flushes for at most one second.
#[derive(Debug)]
#[must_use = "telemetry ends when this is dropped"]
pub struct Telemetry {
    traces: Option<Traces>,
}

#[derive(Debug)]
struct Traces {
    provider: SdkTracerProvider,
    closing: Closing,
    stats: ExportStats,
}

impl Telemetry {
    /// Starts what the configuration asks for; nothing, if it asks for nothing.
    ///
    /// # Errors
    ///
    /// The exporter cannot be built: no root certificates for an `https` endpoint, or no file handles left.
    ///
    /// # Panics
    ///
    /// The SDK panics when the system has no thread left to give.
    pub fn start(config: TelemetryConfig) -> Result<Self, StartError> {
        let TelemetryConfig { traces, metrics, logs, service_name, resource, .. } = config;
        if metrics.is_some() || logs.is_some() {
            return Err(StartError(BuildError::Exporter));
        }
        let traces = traces.map(|traces| Traces::start(&traces, service_name, resource)).transpose()?;
        Ok(Self { traces })
    }

    /// What makes spans; `None` when none are exported.
    pub fn tracer_provider(&self) -> Option<&SdkTracerProvider> {
        self.traces.as_ref().map(|traces| &traces.provider)
    }

    /// The counters of the trace pipeline; they stay readable after the shutdown.
    pub fn trace_stats(&self) -> Option<&ExportStats> {
        self.traces.as_ref().map(|traces| &traces.stats)
    }

    /// Flushes, stops and joins the background work within the deadline.
    ///
    /// Blocks the thread; call it from `spawn_blocking` where other tasks must go on.
    ///
    /// # Errors
    ///
    /// Spans were lost on the way out, because the collector did not take them in time.
    pub fn shutdown(mut self, deadline: Duration) -> Result<(), ShutdownError> {
        self.traces.take().map_or(Ok(()), |traces| traces.shutdown(deadline))
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        if let Some(traces) = self.traces.take() {
            // What was lost has been counted and logged.
            let _ = traces.shutdown(DROP_DEADLINE);
        }
    }
}

impl Traces {
    fn start(
        config: &TracesConfig,
        service_name: String,
        attributes: Vec<KeyValue>,
    ) -> Result<Self, StartError> {
        let Exporter::Otlp(otlp) = &config.exporter else { return Err(StartError(BuildError::Exporter)) };
        let tls = otlp.tls.roots.is_some() || otlp.tls.client.is_some();
        if otlp.protocol != Protocol::HttpProtobuf || otlp.compression != Compression::None || tls {
            return Err(StartError(BuildError::Exporter));
        }
        let stats = ExportStats::default();
        let (closing, listener) = closing();
        let exporter =
            OtlpExporter::new(otlp, config.batch.timeout, listener, stats.clone()).map_err(StartError)?;
        let batch = BatchConfigBuilder::default()
            .with_max_queue_size(config.batch.queue)
            .with_max_export_batch_size(config.batch.size)
            .with_scheduled_delay(config.batch.delay)
            .build();
        let processor = BatchSpanProcessor::new(exporter, batch);
        let provider = SdkTracerProvider::builder()
            .with_sampler(config.sampling.sampler())
            .with_span_limits(config.limits.counts())
            .with_resource(resource(service_name, attributes))
            .with_span_processor(CountingProcessor::new(processor, config.batch.queue, stats.clone()))
            .build();
        Ok(Self { provider, closing, stats })
    }

    fn shutdown(self, deadline: Duration) -> Result<(), ShutdownError> {
        let lost_before = lost(&self.stats);
        // The export under way, or the last one, ends a little before the deadline; what is left is the join.
        if let Some(time) = Instant::now().checked_add(deadline.mul_f64(0.9)) {
            self.closing.at(time);
        }
        let joined = self.provider.shutdown_with_timeout(deadline).is_ok();
        if joined {
            // Spans that came while the queue was emptied for the last time. A thread that still runs counts its own.
            self.stats.abandon();
        }
        let lost_spans = lost(&self.stats) - lost_before;
        if joined && lost_spans == 0 { Ok(()) } else { Err(ShutdownError { lost_spans, joined }) }
    }
}

fn lost(stats: &ExportStats) -> u64 {
    crate::stats::DropReason::ALL.iter().map(|reason| stats.dropped(*reason)).sum()
}

fn resource(service_name: String, attributes: Vec<KeyValue>) -> Resource {
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(attributes)
        .with_service_name(service_name)
        .build()
}

/// A pipeline cannot be started.
#[derive(Debug)]
pub struct StartError(BuildError);

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            BuildError::Tls(endpoint, cause) => write!(f, "traces cannot be sent to {endpoint}: {cause}"),
            BuildError::Exporter => {
                f.write_str("telemetry cannot be exported that way: traces over http/protobuf can")
            }
            BuildError::Runtime(cause) => write!(f, "the trace exporter cannot be started: {cause}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.0 {
            BuildError::Exporter | BuildError::Tls(..) => None,
            BuildError::Runtime(cause) => Some(cause),
        }
    }
}

/// Not everything could be sent before the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShutdownError {
    lost_spans: u64,
    joined: bool,
}

impl ShutdownError {
    /// Spans that were lost during the shutdown.
    pub const fn lost_spans(&self) -> u64 {
        self.lost_spans
    }
}

impl fmt::Display for ShutdownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} spans were lost at shutdown", self.lost_spans)?;
        if !self.joined {
            f.write_str(", and the exporter's thread did not end in time")?;
        }
        Ok(())
    }
}

impl std::error::Error for ShutdownError {}
