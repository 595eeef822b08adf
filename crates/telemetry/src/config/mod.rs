//! What is to be started.

mod endpoint;
mod headers;
mod reader;
#[cfg(test)]
mod tests;

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::{Sampler, SpanLimits};

pub(crate) use endpoint::Endpoint;
pub(crate) use headers::Headers;

use crate::env::Environment;
use crate::faults::Faults;
use reader::Reader;

/// What telemetry a process sends, and where to. The default is none.
#[derive(Clone, Debug, Default)]
pub struct TelemetryConfig {
    pub(crate) traces: Option<TracesConfig>,
    pub(crate) service_name: Option<String>,
    pub(crate) resource: Vec<KeyValue>,
}

/// The trace pipeline.
#[derive(Clone, Debug)]
pub(crate) struct TracesConfig {
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: Headers,
    /// For one batch, retries included.
    pub(crate) timeout: Duration,
    pub(crate) sampler: Sampler,
    pub(crate) limits: SpanLimits,
    pub(crate) batch: Batch,
}

/// How spans wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Batch {
    pub(crate) delay: Duration,
    pub(crate) queue: usize,
    pub(crate) size: usize,
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
            Self {
                traces: reader.traces(),
                service_name: reader.text("OTEL_SERVICE_NAME"),
                resource: reader.resource(),
            }
        };
        Faults::check(reader.into_faults())?;
        Ok(config)
    }

    /// The name of the service when the environment states none, in the place of `unknown_service:...`.
    #[must_use]
    pub fn with_default_service_name(mut self, name: impl Into<String>) -> Self {
        let stated =
            self.service_name.is_some() || self.resource.iter().any(|kv| kv.key.as_str() == "service.name");
        if !stated {
            self.service_name = Some(name.into());
        }
        self
    }

    /// Whether [`Telemetry::start`](crate::Telemetry::start) would start anything.
    pub const fn is_enabled(&self) -> bool {
        self.traces.is_some()
    }

    /// Where traces go to, without query.
    pub fn traces_endpoint(&self) -> Option<String> {
        self.traces.as_ref().map(|traces| traces.endpoint.to_string())
    }

    /// `service.name`, when it is stated.
    pub fn service_name(&self) -> Option<&str> {
        self.service_name.as_deref()
    }
}
