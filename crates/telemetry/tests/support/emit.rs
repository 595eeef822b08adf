//! Something of each signal.

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::logs::{AnyValue, LogRecord as _, Logger, LoggerProvider, Severity};
use opentelemetry::metrics::MeterProvider;
use opentelemetry::trace::{Span as _, SpanKind, Tracer, TracerProvider};
use tower_genai_telemetry::{Telemetry, TelemetryConfig};

/// All three signals, with the variables.
pub(crate) fn start_all(variables: &[(&str, &str)]) -> Telemetry {
    let mut all = vec![
        ("LITELLM_OTEL_INTEGRATION_ENABLE_METRICS", "true"),
        ("LITELLM_OTEL_INTEGRATION_ENABLE_EVENTS", "true"),
    ];
    all.extend_from_slice(variables);
    Telemetry::start(TelemetryConfig::from_env(&all.as_slice()).unwrap()).unwrap()
}

pub(crate) fn make_span(telemetry: &Telemetry) {
    let tracer = telemetry.tracer_provider().unwrap().tracer("litellm");
    let mut span = tracer
        .span_builder("chat gpt-4o-mini")
        .with_kind(SpanKind::Client)
        .with_attributes([KeyValue::new("gen_ai.usage.input_tokens", 12)])
        .start(&tracer);
    span.add_event("first", vec![KeyValue::new("text", "äöü")]);
    span.end();
}

pub(crate) fn count(telemetry: &Telemetry) {
    let meter = telemetry.meter_provider().unwrap().meter("litellm");
    meter.u64_counter("calls").build().add(3, &[KeyValue::new("model", "gpt-4o-mini")]);
    let durations = meter.f64_histogram("duration").with_unit("s").with_boundaries(vec![0.5, 1.0]).build();
    durations.record(0.75, &[]);
}

pub(crate) fn log(telemetry: &Telemetry) {
    let logger = telemetry.logger_provider().unwrap().logger("litellm");
    let mut record = logger.create_log_record();
    record.set_event_name("gen_ai.client.inference.operation.details");
    record.set_severity_number(Severity::Info);
    record.set_body(AnyValue::from("said"));
    record.add_attribute("gen_ai.usage.input_tokens", 12);
    record.add_attribute("text", "äöü");
    logger.emit(record);
}

pub(crate) fn make_everything(telemetry: &Telemetry) {
    make_span(telemetry);
    count(telemetry);
    log(telemetry);
}

pub(crate) const SECOND: Duration = Duration::from_secs(1);
