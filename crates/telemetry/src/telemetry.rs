//! The running pipelines and their end.

use std::time::Duration;

use opentelemetry::{InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::logs::{SdkLogRecord, SdkLoggerProvider};
use opentelemetry_sdk::metrics::SdkMeterProvider;
use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::resource::TelemetryResourceDetector;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanData};
use tokio::time::Instant;

use crate::config::TelemetryConfig;
use crate::error::{ShutdownError, StartError};
use crate::export::{BuildError, FailureLogs};
use crate::pipeline::{Logs, Memory, Metrics, Pipeline, Setup, Traces};
use crate::signal::Signal;
use crate::stats::TelemetryStats;

/// How long the drop of a guard that was not shut down may take.
const DROP_DEADLINE: Duration = Duration::from_secs(1);

/// Owns the background work. Keep it for as long as telemetry shall flow, then [`shutdown`](Self::shutdown).
///
/// Dropped instead, it flushes for at most one second.
#[derive(Debug)]
#[must_use = "telemetry ends when this is dropped"]
pub struct Telemetry {
    traces: Option<Traces>,
    metrics: Option<Metrics>,
    logs: Option<Logs>,
    stats: TelemetryStats,
}

impl Telemetry {
    /// Starts what the configuration asks for; nothing, if it asks for nothing.
    ///
    /// # Errors
    ///
    /// An exporter is not part of this build, or cannot be built: no root certificates for an `https` endpoint, a
    /// client's key that does not fit its certificate, or no threads or file handles left. The error names all signals
    /// that this is true of.
    ///
    /// # Panics
    ///
    /// The SDK panics when the system has no thread left to give for spans or log records.
    pub fn start(config: TelemetryConfig) -> Result<Self, StartError> {
        let TelemetryConfig { traces, metrics, logs, service_name, resource, .. } = config;
        let setup = &mut Setup { resource: describe(service_name, resource), logs: FailureLogs::default() };
        let mut problems = Vec::new();
        let mut keep = |signal, problem: BuildError| problems.push((signal, problem));
        let traces = traces.map(|traces| Traces::start(&traces, setup).map_err(|e| keep(Signal::Traces, e)));
        let metrics =
            metrics.map(|metrics| Metrics::start(&metrics, setup).map_err(|e| keep(Signal::Metrics, e)));
        let logs = logs.map(|logs| Logs::start(&logs, setup).map_err(|e| keep(Signal::Logs, e)));
        let mut telemetry = Self {
            traces: traces.and_then(Result::ok),
            metrics: metrics.and_then(Result::ok),
            logs: logs.and_then(Result::ok),
            stats: TelemetryStats::default(),
        };
        StartError::check(problems)?;
        telemetry.stats = telemetry.pipelines().map(|pipeline| pipeline.stats().clone()).collect();
        Ok(telemetry)
    }

    /// What makes spans; `None` when none are exported.
    pub fn tracer_provider(&self) -> Option<&SdkTracerProvider> {
        self.traces.as_ref().map(|traces| &traces.provider)
    }

    /// What makes instruments; `None` when no metrics are exported.
    pub fn meter_provider(&self) -> Option<&SdkMeterProvider> {
        self.metrics.as_ref().map(|metrics| &metrics.provider)
    }

    /// What makes log records; `None` when none are exported.
    pub fn logger_provider(&self) -> Option<&SdkLoggerProvider> {
        self.logs.as_ref().map(|logs| &logs.provider)
    }

    /// The counters of all pipelines; they stay readable after the shutdown.
    pub const fn stats(&self) -> &TelemetryStats {
        &self.stats
    }

    /// The spans that have ended, in this order, when they stay in memory; else none. At most 65,536 are kept.
    pub fn in_memory_spans(&self) -> Vec<SpanData> {
        let memory = self.traces.as_ref().and_then(|traces| traces.memory.as_ref());
        memory.map(Memory::items).unwrap_or_default()
    }

    /// What the instruments say now, when metrics stay in memory. With delta temporality each call begins anew.
    pub fn in_memory_metrics(&self) -> Option<ResourceMetrics> {
        self.metrics.as_ref().and_then(Metrics::collect)
    }

    /// The log records with their scopes, in their order, when they stay in memory; else none. At most 65,536 are kept.
    pub fn in_memory_logs(&self) -> Vec<(SdkLogRecord, InstrumentationScope)> {
        let memory = self.logs.as_ref().and_then(|logs| logs.memory.as_ref());
        memory.map(Memory::items).unwrap_or_default()
    }

    /// Flushes, stops and joins the background work of all signals within the deadline.
    ///
    /// Blocks the thread; call it from `spawn_blocking` where other tasks must go on.
    ///
    /// # Errors
    ///
    /// Something was lost on the way out, because the collector did not take it in time.
    pub fn shutdown(mut self, deadline: Duration) -> Result<(), ShutdownError> {
        self.stop(deadline)
    }

    fn pipelines(&self) -> impl Iterator<Item = &dyn Pipeline> {
        let traces = self.traces.as_ref().map(|traces| traces as &dyn Pipeline);
        let metrics = self.metrics.as_ref().map(|metrics| metrics as &dyn Pipeline);
        let logs = self.logs.as_ref().map(|logs| logs as &dyn Pipeline);
        [traces, metrics, logs].into_iter().flatten()
    }

    fn stop(&mut self, deadline: Duration) -> Result<(), ShutdownError> {
        let lost_before: Vec<_> = self.pipelines().map(|pipeline| pipeline.stats().lost()).collect();
        if let Some(time) = Instant::now().checked_add(deadline.saturating_sub(reserve(deadline))) {
            self.pipelines().for_each(|pipeline| pipeline.close(time));
        }
        let joined = self.stop_all(deadline);
        let mut lost = [0; Signal::ALL.len()];
        for (pipeline, before) in self.pipelines().zip(lost_before) {
            lost[pipeline.stats().signal() as usize] = pipeline.stats().lost() - before;
        }
        (self.traces, self.metrics, self.logs) = (None, None, None);
        if joined && lost.iter().all(|lost| *lost == 0) {
            Ok(())
        } else {
            Err(ShutdownError { lost, joined })
        }
    }

    /// Whether all threads were joined.
    fn stop_all(&self, deadline: Duration) -> bool {
        let stop = |pipeline: &dyn Pipeline| {
            let joined = pipeline.stop(deadline);
            if joined {
                // What came while the queue was emptied for the last time. A thread that still runs counts its own.
                pipeline.stats().abandon();
            }
            joined
        };
        // All at once: they share the deadline.
        std::thread::scope(|scope| {
            let mut pipelines: Vec<_> = self.pipelines().collect();
            let last = pipelines.pop();
            let mut joined = true;
            let mut others = Vec::new();
            for pipeline in pipelines {
                let thread = std::thread::Builder::new().name("otel-shutdown".to_owned());
                match thread.spawn_scoped(scope, move || stop(pipeline)) {
                    Ok(handle) => others.push(handle),
                    // No thread left: one after the other.
                    Err(_) => joined &= stop(pipeline),
                }
            }
            joined &= last.is_none_or(stop);
            others.into_iter().fold(joined, |joined, other| joined & other.join().unwrap_or(false))
        })
    }
}

impl Drop for Telemetry {
    fn drop(&mut self) {
        // What was lost has been counted and logged.
        let _ = self.stop(DROP_DEADLINE);
    }
}

/// The exports under way, or the last ones, end so long before the deadline; what is left is for the threads to end, on
/// a machine that may be busy.
fn reserve(deadline: Duration) -> Duration {
    let least = Duration::from_millis(100).min(deadline / 2);
    (deadline / 5).clamp(least, Duration::from_secs(1))
}

fn describe(service_name: String, attributes: Vec<KeyValue>) -> Resource {
    Resource::builder_empty()
        .with_detector(Box::new(TelemetryResourceDetector))
        .with_attributes(attributes)
        .with_service_name(service_name)
        .build()
}
