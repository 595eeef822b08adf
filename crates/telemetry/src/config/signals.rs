//! One pipeline each.

use std::time::Duration;

use super::{Exporter, Sampling};

/// The pipeline of spans.
#[derive(Clone, Debug)]
pub(crate) struct TracesConfig {
    pub(crate) exporter: Exporter,
    pub(crate) sampling: Sampling,
    pub(crate) limits: SpanLimits,
    pub(crate) batch: Batch,
}

/// The pipeline of metrics.
#[derive(Clone, Debug)]
pub(crate) struct MetricsConfig {
    pub(crate) exporter: Exporter,
    /// Between the starts of two exports.
    pub(crate) interval: Duration,
    /// For one export.
    pub(crate) timeout: Duration,
    pub(crate) temporality: Temporality,
}

/// The pipeline of log records, which events are.
#[derive(Clone, Debug)]
pub(crate) struct LogsConfig {
    pub(crate) exporter: Exporter,
    pub(crate) limits: LogLimits,
    pub(crate) batch: Batch,
}

/// How items wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) delay: Duration,
    pub(crate) queue: usize,
    pub(crate) size: usize,
    /// For one batch; of this and the exporter's own, the shorter counts.
    pub(crate) timeout: Duration,
}

/// How much a span may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SpanLimits {
    pub(crate) attributes: u32,
    pub(crate) events: u32,
    pub(crate) links: u32,
    pub(crate) attributes_per_event: u32,
    pub(crate) attributes_per_link: u32,
    /// Characters of a text attribute; longer ones are cut.
    pub(crate) value_length: Option<usize>,
}

/// How much a log record may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LogLimits {
    pub(crate) attributes: u32,
    /// Characters of a text attribute; longer ones are cut.
    pub(crate) value_length: Option<usize>,
}

/// What a sum or a histogram counts from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Temporality {
    /// From the start.
    #[default]
    Cumulative,
    /// From the last export, but for up-down counters.
    Delta,
    /// Delta for synchronous counters and histograms, cumulative for the rest.
    LowMemory,
}

impl Temporality {
    /// As the OpenTelemetry specification writes it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Cumulative => "cumulative",
            Self::Delta => "delta",
            Self::LowMemory => "lowmemory",
        }
    }
}

impl SpanLimits {
    /// What the SDK keeps itself; the length of values it does not.
    pub(crate) const fn counts(&self) -> opentelemetry_sdk::trace::SpanLimits {
        opentelemetry_sdk::trace::SpanLimits {
            max_events_per_span: self.events,
            max_attributes_per_span: self.attributes,
            max_links_per_span: self.links,
            max_attributes_per_event: self.attributes_per_event,
            max_attributes_per_link: self.attributes_per_link,
        }
    }
}

impl Default for SpanLimits {
    /// The specification's.
    fn default() -> Self {
        Self {
            attributes: 128,
            events: 128,
            links: 128,
            attributes_per_event: 128,
            attributes_per_link: 128,
            value_length: None,
        }
    }
}

impl Default for LogLimits {
    /// The specification's.
    fn default() -> Self {
        Self { attributes: 128, value_length: None }
    }
}
