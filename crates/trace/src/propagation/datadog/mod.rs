//! Datadog's headers, and what of them travels in the `dd` member of a trace state.

mod member;
mod tags;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, TraceState};
use opentelemetry::{SpanId, TraceFlags, TraceId};

use self::member::Member;
use super::Said;

const TRACE_ID: HeaderName = HeaderName::from_static("x-datadog-trace-id");
const PARENT_ID: HeaderName = HeaderName::from_static("x-datadog-parent-id");
const PRIORITY: HeaderName = HeaderName::from_static("x-datadog-sampling-priority");
const ORIGIN: HeaderName = HeaderName::from_static("x-datadog-origin");
const TAGS: HeaderName = HeaderName::from_static("x-datadog-tags");

pub(super) fn read(headers: &HeaderMap) -> Option<Said> {
    let said = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let (low, span_id) = (decimal(said(TRACE_ID)?)?, decimal(said(PARENT_ID)?)?);
    let tags = said(TAGS).filter(|tags| tags.len() <= tags::MAX_BYTES).unwrap_or_default();
    let high = tags::upper_half(tags).unwrap_or_default();
    // Without a priority the trace is not sampled, as without a decision in the other formats.
    let priority = said(PRIORITY).and_then(|priority| priority.parse().ok());
    let member = Member { priority, origin: said(ORIGIN), tags };
    let span = SpanContext::new(
        TraceId::from(u128::from(high) << 64 | u128::from(low)),
        SpanId::from(span_id),
        if priority.is_some_and(|priority: i16| priority > 0) {
            TraceFlags::SAMPLED
        } else {
            TraceFlags::NOT_SAMPLED
        },
        true,
        // What the types cannot hold is not worth the parent.
        member.into_state().unwrap_or(TraceState::NONE),
    );
    (low != 0 && span.is_valid()).then_some(Said::Span(span))
}

/// `details` are what the caller said about itself: its origin, and its tags.
pub(super) fn write(span: &SpanContext, headers: &mut HeaderMap, details: bool) {
    if !span.is_valid() {
        return;
    }
    let (high, low) = halves(span.trace_id());
    headers.insert(TRACE_ID, low.into());
    headers.insert(PARENT_ID, u64::from_be_bytes(span.span_id().to_bytes()).into());
    let member = span.trace_state().get(member::KEY).unwrap_or_default();
    // A priority says more than a flag, as long as it says the same.
    let priority = member::priority(member).filter(|priority| (*priority > 0) == span.is_sampled());
    headers.insert(PRIORITY, priority.unwrap_or(i16::from(span.is_sampled())).into());
    let member = if details { member } else { "" };
    replace(headers, ORIGIN, member::origin(member));
    replace(headers, TAGS, tags::format(high, member));
}

fn halves(trace_id: TraceId) -> (u64, u64) {
    let trace_id = u128::from_be_bytes(trace_id.to_bytes());
    ((trace_id >> 64) as u64, (trace_id << 64 >> 64) as u64)
}

fn replace(headers: &mut HeaderMap, name: HeaderName, text: Option<String>) {
    match text.and_then(|text| HeaderValue::from_maybe_shared(bytes::Bytes::from(text)).ok()) {
        Some(value) => headers.insert(name, value),
        None => headers.remove(name),
    };
}

/// Digits only: what else Rust's own parser takes is no id.
fn decimal(digits: &str) -> Option<u64> {
    digits.parse().ok().filter(|_| digits.bytes().all(|byte| byte.is_ascii_digit()))
}
