//! What is to be started.

mod endpoint;
#[allow(dead_code, reason = "what the variables cannot ask for yet")]
mod exporter;
mod headers;
mod reader;
#[allow(dead_code, reason = "what the variables cannot ask for yet")]
mod signals;
mod switches;
#[cfg(test)]
mod tests;
#[allow(dead_code, reason = "what the variables cannot ask for yet")]
mod tls;

use opentelemetry::KeyValue;

pub(crate) use endpoint::Endpoint;
pub(crate) use exporter::{Compression, Exporter, OtlpConfig, Protocol};
pub(crate) use headers::Headers;
#[allow(unused_imports, reason = "what the variables cannot ask for yet")]
pub(crate) use signals::{
    Batch, LogLimits, LogsConfig, MetricsConfig, SpanLimits, Temporality, TracesConfig,
};
pub use switches::{CaptureMode, ConventionsProfile, PropagatorName};
#[allow(unused_imports, reason = "what the variables cannot ask for yet")]
pub(crate) use tls::{ClientIdentity, Roots, TlsFiles};

use crate::env::Environment;
use crate::faults::Faults;
use reader::Reader;

/// The name of a service that nobody has named, and of the scopes: `LiteLLM`'s, whose dashboards ask for it.
const DEFAULT_NAME: &str = "litellm";

/// What telemetry a process sends, and where to. The default is none.
#[expect(clippy::struct_excessive_bools, reason = "each is a variable of its own")]
#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    pub(crate) traces: Option<TracesConfig>,
    pub(crate) metrics: Option<MetricsConfig>,
    pub(crate) logs: Option<LogsConfig>,
    /// `service.name`, which is not among the resource's attributes.
    pub(crate) service_name: String,
    pub(crate) service_name_is_stated: bool,
    pub(crate) resource: Vec<KeyValue>,
    pub(crate) tracer_name: String,
    pub(crate) meter_name: String,
    pub(crate) logger_name: String,
    pub(crate) debug: bool,
    pub(crate) propagators: Vec<PropagatorName>,
    pub(crate) ignore_context: bool,
    pub(crate) capture: CaptureMode,
    pub(crate) emit_events: bool,
    pub(crate) emit_metrics: bool,
    pub(crate) profile: ConventionsProfile,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            traces: None,
            metrics: None,
            logs: None,
            service_name: DEFAULT_NAME.to_owned(),
            service_name_is_stated: false,
            resource: Vec::new(),
            tracer_name: DEFAULT_NAME.to_owned(),
            meter_name: DEFAULT_NAME.to_owned(),
            logger_name: DEFAULT_NAME.to_owned(),
            debug: false,
            propagators: vec![PropagatorName::TraceContext, PropagatorName::Baggage],
            ignore_context: false,
            capture: CaptureMode::NoContent,
            emit_events: false,
            emit_metrics: false,
            profile: ConventionsProfile::V1_41,
        }
    }
}

impl TelemetryConfig {
    /// Reads the variables in the [table](crate#variables).
    ///
    /// # Errors
    ///
    /// Some values cannot be used. The error lists all of them.
    pub fn from_env(environment: &impl Environment) -> Result<Self, Faults> {
        let mut reader = Reader::new(environment);
        let config = if reader.disabled() {
            Self::default()
        } else {
            let mut config = Self { traces: reader.traces(), resource: reader.resource(), ..Self::default() };
            config.name_service(reader.text("OTEL_SERVICE_NAME"));
            config
        };
        Faults::check(reader.into_faults())?;
        Ok(config)
    }

    /// The specific variable wins over the attribute of the resource.
    fn name_service(&mut self, stated: Option<String>) {
        let is_name = |attribute: &KeyValue| attribute.key.as_str() == "service.name";
        let attribute = self.resource.iter().rfind(|attribute| is_name(attribute));
        if let Some(name) = stated.or_else(|| attribute.map(|attribute| attribute.value.to_string())) {
            self.service_name = name;
            self.service_name_is_stated = true;
        }
        self.resource.retain(|attribute| !is_name(attribute));
    }

    /// The name of the service when the environment states none, in the place of `litellm`.
    #[must_use]
    pub fn with_default_service_name(mut self, name: impl Into<String>) -> Self {
        if !self.service_name_is_stated {
            self.service_name = name.into();
        }
        self
    }

    /// Whether [`Telemetry::start`](crate::Telemetry::start) would start anything.
    pub const fn is_enabled(&self) -> bool {
        self.traces.is_some() || self.metrics.is_some() || self.logs.is_some()
    }

    /// Where traces go to, without query; `None` when they are not sent to a collector.
    pub fn traces_endpoint(&self) -> Option<String> {
        match &self.traces.as_ref()?.exporter {
            Exporter::Otlp(otlp) => Some(otlp.endpoint.to_string()),
            Exporter::Console | Exporter::InMemory => None,
        }
    }

    /// `service.name`.
    pub fn service_name(&self) -> &str {
        &self.service_name
    }

    /// The scope of spans.
    pub fn tracer_name(&self) -> &str {
        &self.tracer_name
    }

    /// The scope of metrics.
    pub fn meter_name(&self) -> &str {
        &self.meter_name
    }

    /// The scope of events.
    pub fn logger_name(&self) -> &str {
        &self.logger_name
    }

    /// Which formats of trace context to read and to write, in this order; none leaves the headers as they are.
    pub fn propagators(&self) -> &[PropagatorName] {
        &self.propagators
    }

    /// Whether callers' trace contexts are to be ignored: every trace begins here.
    pub const fn ignores_context(&self) -> bool {
        self.ignore_context
    }

    /// Where the messages of calls may be written to.
    pub const fn capture(&self) -> CaptureMode {
        self.capture
    }

    /// Whether there are to be events.
    pub const fn emits_events(&self) -> bool {
        self.emit_events
    }

    /// Whether there are to be metrics through a meter.
    pub const fn emits_metrics(&self) -> bool {
        self.emit_metrics
    }

    /// Which edition of the conventions names spans, events and metrics.
    pub const fn profile(&self) -> ConventionsProfile {
        self.profile
    }

    /// Whether exporters are to log what they do, at the level `debug`. Never headers or bodies.
    pub const fn is_debug(&self) -> bool {
        self.debug
    }
}
