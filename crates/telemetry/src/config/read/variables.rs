//! What the variables are called.

use crate::signal::Signal;

/// How an exporter is told about, for all signals or for one.
pub(super) struct ExporterVariables {
    pub(super) endpoint: &'static [&'static str],
    pub(super) headers: &'static [&'static str],
    pub(super) protocol: &'static [&'static str],
    pub(super) timeout: &'static [&'static str],
    pub(super) compression: &'static [&'static str],
    pub(super) certificate: &'static [&'static str],
    pub(super) client_certificate: &'static [&'static str],
    pub(super) client_key: &'static [&'static str],
    pub(super) insecure: &'static [&'static str],
}

/// The standard's names come first.
pub(super) const GENERAL: ExporterVariables = ExporterVariables {
    endpoint: &["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_ENDPOINT"],
    headers: &["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_HEADERS"],
    protocol: &["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER"],
    timeout: &["OTEL_EXPORTER_OTLP_TIMEOUT"],
    compression: &["OTEL_EXPORTER_OTLP_COMPRESSION"],
    certificate: &["OTEL_EXPORTER_OTLP_CERTIFICATE"],
    client_certificate: &["OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"],
    client_key: &["OTEL_EXPORTER_OTLP_CLIENT_KEY"],
    insecure: &["OTEL_EXPORTER_OTLP_INSECURE"],
};

const TRACES: ExporterVariables = ExporterVariables {
    endpoint: &["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_TRACES_ENDPOINT"],
    headers: &["OTEL_EXPORTER_OTLP_TRACES_HEADERS"],
    protocol: &["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL"],
    timeout: &["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT"],
    compression: &["OTEL_EXPORTER_OTLP_TRACES_COMPRESSION"],
    certificate: &["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE"],
    client_certificate: &["OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE"],
    client_key: &["OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY"],
    insecure: &["OTEL_EXPORTER_OTLP_TRACES_INSECURE"],
};

const METRICS: ExporterVariables = ExporterVariables {
    endpoint: &["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"],
    headers: &["OTEL_EXPORTER_OTLP_METRICS_HEADERS"],
    protocol: &["OTEL_EXPORTER_OTLP_METRICS_PROTOCOL"],
    timeout: &["OTEL_EXPORTER_OTLP_METRICS_TIMEOUT"],
    compression: &["OTEL_EXPORTER_OTLP_METRICS_COMPRESSION"],
    certificate: &["OTEL_EXPORTER_OTLP_METRICS_CERTIFICATE"],
    client_certificate: &["OTEL_EXPORTER_OTLP_METRICS_CLIENT_CERTIFICATE"],
    client_key: &["OTEL_EXPORTER_OTLP_METRICS_CLIENT_KEY"],
    insecure: &["OTEL_EXPORTER_OTLP_METRICS_INSECURE"],
};

const LOGS: ExporterVariables = ExporterVariables {
    endpoint: &["OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"],
    headers: &["OTEL_EXPORTER_OTLP_LOGS_HEADERS"],
    protocol: &["OTEL_EXPORTER_OTLP_LOGS_PROTOCOL"],
    timeout: &["OTEL_EXPORTER_OTLP_LOGS_TIMEOUT"],
    compression: &["OTEL_EXPORTER_OTLP_LOGS_COMPRESSION"],
    certificate: &["OTEL_EXPORTER_OTLP_LOGS_CERTIFICATE"],
    client_certificate: &["OTEL_EXPORTER_OTLP_LOGS_CLIENT_CERTIFICATE"],
    client_key: &["OTEL_EXPORTER_OTLP_LOGS_CLIENT_KEY"],
    insecure: &["OTEL_EXPORTER_OTLP_LOGS_INSECURE"],
};

/// How items wait.
pub(super) struct BatchVariables {
    pub(super) delay: &'static str,
    pub(super) timeout: &'static str,
    pub(super) queue: &'static str,
    pub(super) size: &'static str,
}

pub(super) const SPAN_BATCH: BatchVariables = BatchVariables {
    delay: "OTEL_BSP_SCHEDULE_DELAY",
    timeout: "OTEL_BSP_EXPORT_TIMEOUT",
    queue: "OTEL_BSP_MAX_QUEUE_SIZE",
    size: "OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
};

pub(super) const LOG_BATCH: BatchVariables = BatchVariables {
    delay: "OTEL_BLRP_SCHEDULE_DELAY",
    timeout: "OTEL_BLRP_EXPORT_TIMEOUT",
    queue: "OTEL_BLRP_MAX_QUEUE_SIZE",
    size: "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",
};

impl Signal {
    pub(super) const fn variables(self) -> &'static ExporterVariables {
        match self {
            Self::Traces => &TRACES,
            Self::Metrics => &METRICS,
            Self::Logs => &LOGS,
        }
    }

    /// What names the kind of exporter.
    pub(super) const fn exporter_variable(self) -> &'static str {
        match self {
            Self::Traces => "OTEL_TRACES_EXPORTER",
            Self::Metrics => "OTEL_METRICS_EXPORTER",
            Self::Logs => "OTEL_LOGS_EXPORTER",
        }
    }
}
