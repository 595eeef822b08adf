use opentelemetry::InstrumentationScope;
use opentelemetry::trace::TracerProvider;
use tower_genai_telemetry::{Telemetry, TelemetryConfig};
use tower_genai_trace::opentelemetry;
use tower_genai_trace::{Propagation, PropagatorError, TraceObserver, Trust};

/// What tells OpenTelemetry about the traffic, as the environment wants it.
#[derive(Debug)]
pub(crate) struct TelemetryObservers {
    /// Without an exporter there are no spans, and traces pass through as they are.
    pub(super) spans: Option<TraceObserver>,
}

impl TelemetryObservers {
    /// # Errors
    ///
    /// The environment names a propagator that the layers do not have.
    pub(crate) fn new(config: &TelemetryConfig, telemetry: &Telemetry) -> Result<Self, PropagatorError> {
        let propagation = Propagation::from_names(config.propagators().iter().map(|name| name.as_str()))?;
        let trust = if config.ignores_context() { Trust::Ignore } else { Trust::Trust };
        let spans = telemetry.tracer_provider().map(|provider| {
            TraceObserver::from_tracer(provider.tracer_with_scope(scope(config.tracer_name())))
                .propagation(propagation)
                .trust(trust)
                .profile(config.profile())
        });
        Ok(Self { spans })
    }
}

fn scope(name: &str) -> InstrumentationScope {
    InstrumentationScope::builder(name.to_owned()).with_version(env!("CARGO_PKG_VERSION")).build()
}
