//! `uber-trace-id`: `{trace id}:{span id}:{parent id}:{flags}`.

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceState};
use opentelemetry::{Context, SpanId, TraceFlags, TraceId};
use percent_encoding::percent_decode;

use super::{Debugged, Said};
use crate::hex;

const HEADER: HeaderName = HeaderName::from_static("uber-trace-id");

const SAMPLED: u8 = 0x01;
const DEBUG: u8 = 0x02;

pub(super) fn read(headers: &HeaderMap) -> Option<Said> {
    let text: Cow<'_, [u8]> = percent_decode(headers.get(HEADER)?.as_bytes().trim_ascii()).into();
    let mut fields = std::str::from_utf8(&text).ok()?.split(':');
    let (trace_id, span_id) = (number(fields.next()?, 32)?, number(fields.next()?, 16)?);
    // The caller's own parent is of no use here, but has to be one.
    number(fields.next()?, 16)?;
    let flags = u8::try_from(number(fields.next()?, 2)?).ok()?;
    if fields.next().is_some() {
        return None;
    }
    let span = SpanContext::new(
        TraceId::from(trace_id),
        SpanId::from(u64::try_from(span_id).ok()?),
        if flags & (SAMPLED | DEBUG) == 0 { TraceFlags::NOT_SAMPLED } else { TraceFlags::SAMPLED },
        true,
        TraceState::NONE,
    );
    span.is_valid().then_some(if flags & DEBUG == 0 { Said::Span(span) } else { Said::Debugged(span) })
}

pub(super) fn write(context: &Context, headers: &mut HeaderMap) {
    let span = context.span();
    let span = span.span_context();
    if !span.is_valid() {
        return;
    }
    let mut text = *b"00000000000000000000000000000000:0000000000000000:0:0";
    hex::write(&span.trace_id().to_bytes(), &mut text[..32]);
    hex::write(&span.span_id().to_bytes(), &mut text[33..49]);
    text[52] = match (context.get::<Debugged>(), span.is_sampled()) {
        (Some(_), _) => b'3',
        (None, true) => b'1',
        (None, false) => b'0',
    };
    if let Ok(value) = HeaderValue::from_bytes(&text) {
        headers.insert(HEADER, value);
    }
}

/// Up to so many hexadecimal digits, of either case; leading zeros may be missing.
fn number(digits: &str, most: usize) -> Option<u128> {
    let plain = digits.len() <= most && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u128::from_str_radix(digits, 16).ok().filter(|_| plain)
}
