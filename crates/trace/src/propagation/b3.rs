//! B3, in one header or in several: <https://github.com/openzipkin/b3-propagation>.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceState};
use opentelemetry::{Context, SpanId, TraceFlags, TraceId};

use super::{Debugged, Denied, Said};
use crate::hex;

const SINGLE: HeaderName = HeaderName::from_static("b3");
const TRACE_ID: HeaderName = HeaderName::from_static("x-b3-traceid");
const SPAN_ID: HeaderName = HeaderName::from_static("x-b3-spanid");
const PARENT_ID: HeaderName = HeaderName::from_static("x-b3-parentspanid");
const SAMPLED: HeaderName = HeaderName::from_static("x-b3-sampled");
const FLAGS: HeaderName = HeaderName::from_static("x-b3-flags");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Decision {
    Deny,
    Accept,
    Debug,
}

/// Both forms are read whichever is written; the single header comes first, as the specification has it.
pub(super) fn read(headers: &HeaderMap) -> Option<Said> {
    single(headers).or_else(|| multi(headers))
}

fn single(headers: &HeaderMap) -> Option<Said> {
    let mut fields = headers.get(SINGLE)?.as_bytes().trim_ascii().split(|byte| *byte == b'-');
    let first = fields.next()?;
    let Some(span_id) = fields.next() else {
        return (decision(first)? == Decision::Deny).then_some(Said::Denied);
    };
    let decision = match fields.next() {
        Some(field) => Some(decision(field)?),
        None => None,
    };
    // The caller's own parent is of no use here, but has to be one.
    if let Some(parent) = fields.next() {
        hex::lower::<8>(parent)?;
    }
    if fields.next().is_some() {
        return None;
    }
    span(first, span_id, decision)
}

fn multi(headers: &HeaderMap) -> Option<Said> {
    let said = |name: HeaderName| headers.get(name).map(|value| value.as_bytes().trim_ascii());
    let debug = said(FLAGS).is_some_and(|flags| flags == b"1");
    let decision = match said(SAMPLED) {
        _ if debug => Some(Decision::Debug),
        // As written before there was a specification.
        Some(b"0" | b"false") => Some(Decision::Deny),
        Some(b"1" | b"true") => Some(Decision::Accept),
        Some(_) => return None,
        None => None,
    };
    match (said(TRACE_ID), said(SPAN_ID)) {
        (Some(trace_id), Some(span_id)) => span(trace_id, span_id, decision),
        (None, None) if decision == Some(Decision::Deny) => Some(Said::Denied),
        _ => None,
    }
}

fn decision(field: &[u8]) -> Option<Decision> {
    match field {
        b"0" => Some(Decision::Deny),
        b"1" => Some(Decision::Accept),
        b"d" => Some(Decision::Debug),
        _ => None,
    }
}

/// Without a decision the trace is not sampled, as OpenTelemetry's other implementations have it.
fn span(trace_id: &[u8], span_id: &[u8], decision: Option<Decision>) -> Option<Said> {
    let trace_id = match trace_id.len() {
        16 => {
            let mut long = [0; 16];
            long[8..].copy_from_slice(&hex::lower::<8>(trace_id)?);
            long
        }
        _ => hex::lower(trace_id)?,
    };
    let sampled = matches!(decision, Some(Decision::Accept | Decision::Debug));
    let span = SpanContext::new(
        TraceId::from_bytes(trace_id),
        SpanId::from_bytes(hex::lower(span_id)?),
        if sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED },
        true,
        TraceState::NONE,
    );
    let debug = decision == Some(Decision::Debug);
    span.is_valid().then_some(if debug { Said::Debugged(span) } else { Said::Span(span) })
}

pub(super) fn write_single(context: &Context, headers: &mut HeaderMap) {
    let Some(Written { trace_id, span_id, decision }) = written(context) else {
        if context.get::<Denied>().is_some() {
            headers.insert(SINGLE, HeaderValue::from_static("0"));
        }
        return;
    };
    remove_multi(headers);
    let mut text = [b'-'; 32 + 1 + 16 + 1 + 1];
    text[..32].copy_from_slice(&trace_id);
    text[33..49].copy_from_slice(&span_id);
    text[50] = match decision {
        Decision::Deny => b'0',
        Decision::Accept => b'1',
        Decision::Debug => b'd',
    };
    insert(headers, SINGLE, &text);
}

pub(super) fn write_multi(context: &Context, headers: &mut HeaderMap) {
    let Some(Written { trace_id, span_id, decision }) = written(context) else {
        if context.get::<Denied>().is_some() {
            headers.insert(SAMPLED, HeaderValue::from_static("0"));
        }
        return;
    };
    headers.remove(SINGLE);
    remove_multi(headers);
    insert(headers, TRACE_ID, &trace_id);
    insert(headers, SPAN_ID, &span_id);
    match decision {
        Decision::Deny => headers.insert(SAMPLED, HeaderValue::from_static("0")),
        Decision::Accept => headers.insert(SAMPLED, HeaderValue::from_static("1")),
        // It implies that the trace is sampled, which must then not be said as well.
        Decision::Debug => headers.insert(FLAGS, HeaderValue::from_static("1")),
    };
}

struct Written {
    trace_id: [u8; 32],
    span_id: [u8; 16],
    decision: Decision,
}

fn written(context: &Context) -> Option<Written> {
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return None;
    }
    let (mut trace_id, mut span_id) = ([0; 32], [0; 16]);
    hex::write(&span.trace_id().to_bytes(), &mut trace_id);
    hex::write(&span.span_id().to_bytes(), &mut span_id);
    let decision = match (context.get::<Debugged>(), span.is_sampled()) {
        (Some(_), _) => Decision::Debug,
        (None, true) => Decision::Accept,
        (None, false) => Decision::Deny,
    };
    Some(Written { trace_id, span_id, decision })
}

fn remove_multi(headers: &mut HeaderMap) {
    for name in [TRACE_ID, SPAN_ID, PARENT_ID, SAMPLED, FLAGS] {
        headers.remove(name);
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, text: &[u8]) {
    if let Ok(value) = HeaderValue::from_bytes(text) {
        headers.insert(name, value);
    }
}
