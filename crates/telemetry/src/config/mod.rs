//! What is to be started.

mod endpoint;
mod exporter;
mod headers;
mod origin;
mod read;
mod sampling;
mod signals;
mod switches;
#[cfg(test)]
mod tests;
mod tls;

use opentelemetry::KeyValue;
use tower_genai_core::Profile;

pub(crate) use endpoint::Endpoint;
pub(crate) use exporter::{Compression, Exporter, OtlpConfig, Protocol};
pub(crate) use headers::Headers;
pub use origin::Origin;
pub(crate) use origin::Origins;
pub(crate) use sampling::{RootSampling, Sampling};
pub(crate) use signals::{
    Batch, LogLimits, LogsConfig, MetricsConfig, SpanLimits, Temporality, TracesConfig,
};
pub use switches::{CaptureMode, PropagatorName};
pub(crate) use tls::{ClientIdentity, Roots, TlsFiles};

use crate::env::Environment;
use crate::faults::Faults;
use read::Reader;

/// The name of a service that nobody has named, and of the scopes: `LiteLLM`'s, whose dashboards ask for it.
const DEFAULT_NAME: &str = "litellm";

/// Where the origin of the service's name is kept.
pub(crate) const SERVICE_NAME: origin::Place = ("resource", "service.name");

/// The variable that lists attributes of the resource.
pub(crate) const RESOURCE_ATTRIBUTES: &str = "OTEL_RESOURCE_ATTRIBUTES";

/// The variables that state some attributes by themselves.
pub(crate) const RESOURCE_VARIABLES: [(&str, &[&str]); 3] = [
    ("OTEL_SERVICE_NAME", &[SERVICE_NAME.1]),
    ("OTEL_ENVIRONMENT_NAME", &["deployment.environment", "deployment.environment.name"]),
    ("OTEL_MODEL_ID", &["model_id"]),
];

/// What telemetry a process sends, and where to. The default is none.
#[expect(clippy::struct_excessive_bools, reason = "each is a variable of its own")]
#[derive(Clone, Debug)]
pub struct TelemetryConfig {
    pub(crate) disabled: bool,
    pub(crate) traces: Option<TracesConfig>,
    pub(crate) metrics: Option<MetricsConfig>,
    pub(crate) logs: Option<LogsConfig>,
    /// `service.name`, which is not among the resource's attributes.
    pub(crate) service_name: String,
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
    pub(crate) profile: Profile,
    pub(crate) origins: Origins,
}

impl Default for TelemetryConfig {
    fn default() -> Self {
        Self {
            disabled: false,
            traces: None,
            metrics: None,
            logs: None,
            service_name: DEFAULT_NAME.to_owned(),
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
            profile: Profile::V1_41,
            origins: Origins::default(),
        }
    }
}

impl TelemetryConfig {
    /// Reads the [variables](crate#variables), and the files of certificates that they name.
    ///
    /// # Errors
    ///
    /// Some values cannot be used. The error lists all of them.
    pub fn from_env(environment: &impl Environment) -> Result<Self, Faults> {
        let (config, faults) = Reader::new(environment).read();
        Faults::check(faults)?;
        Ok(config)
    }

    /// The name of the service when the environment states none, in the place of `litellm`.
    #[must_use]
    pub fn with_default_service_name(mut self, name: impl Into<String>) -> Self {
        if matches!(self.origins.of(SERVICE_NAME), Origin::Default | Origin::Program) {
            self.service_name = name.into();
            self.origins.set(SERVICE_NAME, Origin::Program);
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

    /// How many characters a text attribute of a span may have, where the environment says so; longer ones are cut
    /// wherever that is. Whoever writes JSON into attributes, such as the messages of calls, keeps it this short.
    pub fn span_value_limit(&self) -> Option<usize> {
        self.traces.as_ref().and_then(|traces| traces.limits.value_length)
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
    pub const fn profile(&self) -> Profile {
        self.profile
    }

    /// Whether exporters are to log what they do, at the level `debug`. Never headers or bodies.
    pub const fn is_debug(&self) -> bool {
        self.debug
    }
}
