//! `traceparent`: `00-<32 hex digits>-<16 hex digits>-<2 hex digits>`.

use http::HeaderValue;
use opentelemetry::trace::SpanContext;
use opentelemetry::{SpanId, TraceFlags, TraceId};

use crate::hex;

/// Length of a `traceparent` of version `00`.
const LENGTH: usize = 55;

/// The flags that have a meaning today: sampled and random trace id.
const KNOWN_FLAGS: TraceFlags = TraceFlags::new(0x03);

pub(super) struct Parent {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    pub(super) flags: TraceFlags,
}

pub(super) fn parse(header: &[u8]) -> Option<Parent> {
    let text = header.trim_ascii();
    let (fields, rest) = text.split_at_checked(LENGTH)?;
    let [version] = hex::lower(&fields[..2])?;
    let ends = match version {
        0x00 => rest.is_empty(),
        0xff => false,
        _ => rest.is_empty() || rest[0] == b'-',
    };
    if !ends || [fields[2], fields[35], fields[52]] != *b"---" {
        return None;
    }
    let trace_id = TraceId::from_bytes(hex::lower(&fields[3..35])?);
    let span_id = SpanId::from_bytes(hex::lower(&fields[36..52])?);
    let [flags] = hex::lower(&fields[53..])?;
    if trace_id == TraceId::INVALID || span_id == SpanId::INVALID {
        return None;
    }
    Some(Parent { trace_id, span_id, flags: TraceFlags::new(flags) & KNOWN_FLAGS })
}

pub(super) fn format(span: &SpanContext) -> HeaderValue {
    let mut text = *b"00-00000000000000000000000000000000-0000000000000000-00";
    hex::write(&span.trace_id().to_bytes(), &mut text[3..35]);
    hex::write(&span.span_id().to_bytes(), &mut text[36..52]);
    hex::write(&[(span.trace_flags() & KNOWN_FLAGS).to_u8()], &mut text[53..]);
    // Digits and dashes are always a valid value; the other arm is what the types ask for.
    HeaderValue::from_bytes(&text).unwrap_or_else(|_| HeaderValue::from_static(""))
}
