use tower_genai_core::CallLayer;
use tower_genai_telemetry::{CaptureMode, Telemetry, TelemetryConfig};
use tower_genai_trace::content::Capture;
use tower_genai_trace::events::EventObserver;
use tower_genai_trace::meter::MeterObserver;
use tower_genai_trace::opentelemetry::InstrumentationScope;
use tower_genai_trace::opentelemetry::logs::LoggerProvider;
use tower_genai_trace::opentelemetry::metrics::MeterProvider;
use tower_genai_trace::opentelemetry::trace::TracerProvider;
use tower_genai_trace::{Outgoing, Propagation, PropagatorError, TraceObserver, Trust};

use super::patterns::Patterns;
use crate::config::ContentConfig;

/// What tells OpenTelemetry about the traffic, as the environment wants it.
#[derive(Debug)]
pub(crate) struct TelemetryObservers {
    /// Without an exporter there are no spans, and traces pass through as they are, though not to strangers.
    pub(super) spans: Option<TraceObserver>,
    events: Option<EventObserver>,
    meter: Option<MeterObserver>,
    redact: Option<Patterns>,
    trust: Trust,
}

impl TelemetryObservers {
    /// `trust` is what the configuration says; the environment can only take it away.
    ///
    /// # Errors
    ///
    /// The environment names a propagator that the layers do not have.
    pub(crate) fn new(
        config: &TelemetryConfig,
        telemetry: &Telemetry,
        content: &ContentConfig,
        trust: Trust,
    ) -> Result<Self, PropagatorError> {
        let capture = capture(config.capture(), content);
        let profile = config.profile();
        let propagation = Propagation::from_names(config.propagators().iter().map(|name| name.as_str()))?;
        let unread = config.ignores_context() || config.propagators().is_empty();
        let trust = if unread { Trust::Ignore } else { trust };
        let spans = telemetry.tracer_provider().map(|provider| {
            TraceObserver::from_tracer(provider.tracer_with_scope(scope(config.tracer_name())))
                .propagation(propagation)
                .trust(trust)
                .profile(profile)
                .capture(within(capture, config.span_value_limit()))
        });
        let logs = telemetry.logger_provider().filter(|_| config.emits_events());
        let events = logs.map(|provider| {
            EventObserver::from_logger(provider.logger_with_scope(scope(config.logger_name())))
                .profile(profile)
                .capture(capture)
        });
        let metrics = telemetry.meter_provider().filter(|_| config.emits_metrics());
        let meter = metrics.map(|provider| {
            MeterObserver::from_meter(&provider.meter_with_scope(scope(config.meter_name())), profile)
        });
        let redact = (!content.redact.is_empty()).then(|| Patterns::new(&content.redact));
        Ok(Self { spans, events, meter, redact, trust })
    }

    /// Has the calls of the layer told.
    pub(super) fn observe_calls(&self, layer: CallLayer, outgoing: Outgoing) -> CallLayer {
        let mut layer = match &self.spans {
            Some(spans) => layer.with(spans.clone().outgoing(outgoing)),
            None => layer.with(outgoing.trust(self.trust)),
        };
        if let Some(events) = &self.events {
            layer = layer.with(events.clone());
        }
        if let Some(meter) = &self.meter {
            layer = layer.with(meter.clone());
        }
        if let Some(redact) = &self.redact {
            layer = layer.redact(redact.clone());
        }
        layer
    }
}

/// Where to what is said in calls goes, as the environment wants it.
fn capture(mode: CaptureMode, content: &ContentConfig) -> Capture {
    let default = Capture::default();
    Capture {
        span: mode.in_spans(),
        event: mode.in_events(),
        max_bytes: content.max_bytes.unwrap_or(default.max_bytes),
    }
}

/// What would be longer than an attribute may be is cut where it is yet JSON afterwards. A character has a byte at least.
fn within(capture: Capture, limit: Option<usize>) -> Capture {
    capture.max_bytes(limit.map_or(capture.max_bytes, |limit| capture.max_bytes.min(limit)))
}

fn scope(name: &str) -> InstrumentationScope {
    InstrumentationScope::builder(name.to_owned()).with_version(env!("CARGO_PKG_VERSION")).build()
}
