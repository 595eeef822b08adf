//! From the SDK's providers to the exporters: queues, their bounds and their ends.

mod closing;
mod counting;
mod logs;
mod memory;
mod metrics;
mod reader;
mod traces;

pub(crate) use closing::{Closed, Closing, closing};
pub(crate) use logs::Logs;
pub(crate) use memory::Memory;
pub(crate) use metrics::Metrics;
pub(crate) use traces::Traces;

use opentelemetry_sdk::Resource;
use std::time::Duration;

use crate::config::Exporter;
use crate::export::FailureLogs;
use crate::stats::ExportStats;

/// What all pipelines are built with.
pub(crate) struct Setup {
    pub(crate) resource: Resource,
    pub(crate) logs: FailureLogs,
}

/// A signal's way out.
pub(crate) trait Pipeline: Sync {
    fn stats(&self) -> &ExportStats;

    /// The export under way, or the last one, is given up at this time.
    fn close(&self, time: tokio::time::Instant);

    /// Flushes, and joins the thread if that is possible in time: `true`.
    fn stop(&self, deadline: Duration) -> bool;
}

/// The value of the `destination` label.
const fn destination(exporter: &Exporter) -> &'static str {
    match exporter {
        Exporter::Otlp(_) => "otlp",
        Exporter::Console => "console",
        Exporter::InMemory => "in_memory",
    }
}
