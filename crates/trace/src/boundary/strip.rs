//! What others said, taken out of a request.

use http::{HeaderMap, HeaderName};
use smallvec::SmallVec;

/// Takes out where the trace has been, but for the `traceparent`.
pub(super) fn spans(headers: &mut HeaderMap) {
    strip(headers, is_trace);
}

/// Takes out what a span's own headers say about where the trace has been.
pub(crate) fn history(headers: &mut HeaderMap) {
    strip(headers, |name| matches!(name, "tracestate" | "x-datadog-tags" | "x-datadog-origin"));
}

/// Takes out baggage.
pub(crate) fn baggage(headers: &mut HeaderMap) {
    strip(headers, is_baggage);
}

fn strip(headers: &mut HeaderMap, out: impl Fn(&str) -> bool) {
    let found: SmallVec<[HeaderName; 8]> =
        headers.keys().filter(|name| out(name.as_str())).cloned().collect();
    for name in found {
        headers.remove(name);
    }
}

/// In any of the formats.
fn is_baggage(name: &str) -> bool {
    match name.as_bytes().first() {
        Some(b'b') => name == "baggage",
        Some(b'u') => name.starts_with("uberctx-"),
        Some(b'o') => name.starts_with("ot-baggage-"),
        Some(b'j') => name == "jaeger-baggage",
        _ => false,
    }
}

fn is_trace(name: &str) -> bool {
    match name.as_bytes().first() {
        Some(b't') => name == "tracestate",
        Some(b'b') => name == "b3",
        Some(b'u') => name == "uber-trace-id",
        Some(b'j') => name == "jaeger-debug-id",
        Some(b'o') => name.starts_with("ot-tracer-"),
        Some(b'x') => name.starts_with("x-b3-") || name.starts_with("x-datadog-"),
        _ => false,
    }
}
