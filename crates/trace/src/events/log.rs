//! Where events go, whatever the types of the provider.

use std::time::SystemTime;

use opentelemetry::logs::{AnyValue, LogRecord, Logger, Severity};
use opentelemetry::{Array, Key, SpanId, TraceFlags, TraceId, Value};
use tower_genai_core::SpanRef;

/// One event on its way out.
pub(super) struct Event {
    pub(super) name: &'static str,
    pub(super) severity: Severity,
    pub(super) at: SystemTime,
    pub(super) span: Option<SpanRef>,
    pub(super) attributes: Vec<(Key, AnyValue)>,
}

pub(super) trait EventLog: Send + Sync {
    /// Whether anybody wants events of that name.
    fn wants(&self, name: &'static str, severity: Severity) -> bool;

    fn emit(&self, event: Event);
}

pub(super) struct LoggerLog<L>(pub(super) L);

/// What the SDK calls the module a record comes from.
const TARGET: &str = "tower_genai";

impl<L: Logger + Send + Sync> EventLog for LoggerLog<L> {
    fn wants(&self, name: &'static str, severity: Severity) -> bool {
        self.0.event_enabled(severity, TARGET, Some(name))
    }

    fn emit(&self, event: Event) {
        let mut record = self.0.create_log_record();
        record.set_event_name(event.name);
        record.set_timestamp(event.at);
        record.set_severity_number(event.severity);
        record.set_severity_text(event.severity.name());
        if let Some(span) = event.span {
            let flags = if span.sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
            record.set_trace_context(
                TraceId::from_bytes(span.trace_id),
                SpanId::from_bytes(span.span_id),
                Some(flags),
            );
        }
        record.add_attributes(event.attributes);
        self.0.emit(record);
    }
}

/// A span's attribute value as a log record's.
pub(super) fn any(value: Value) -> AnyValue {
    match value {
        Value::Bool(truth) => truth.into(),
        Value::I64(number) => number.into(),
        Value::F64(number) => number.into(),
        Value::String(text) => text.into(),
        Value::Array(Array::Bool(all)) => all.into_iter().collect(),
        Value::Array(Array::I64(all)) => all.into_iter().collect(),
        Value::Array(Array::F64(all)) => all.into_iter().collect(),
        Value::Array(Array::String(all)) => all.into_iter().collect(),
        // OpenTelemetry has no other values yet.
        other => other.as_str().into_owned().into(),
    }
}
