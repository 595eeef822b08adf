//! [W3C Trace Context] on an [`http::HeaderMap`].
//!
//! The headers are read and written in place: reading a request without `tracestate` allocates nothing, and writing
//! `traceparent` allocates its 55 bytes once. The rules are those of the recommendation and of its test suite:
//!
//! * more than one `traceparent` is none; upper-case digits, version `ff`, ids of zeros only and a version `00` with
//!   anything behind its four fields are invalid; of a higher version the first four fields are read;
//! * an invalid `traceparent` takes `tracestate` with it, an invalid `tracestate` is dropped whole and leaves
//!   `traceparent` alone;
//! * several `tracestate` headers are one list, in their order; members may be empty, at most 32 may not;
//! * a `tracestate` of more than 4096 characters is cut to that by whole members, those of more than 128 characters
//!   first, then from the right;
//! * of the flags, `sampled` and `random trace id` are carried and the others cleared;
//! * an empty `tracestate` is never written.
//!
//! ```
//! use http::HeaderMap;
//! use tower_genai_trace::w3c;
//!
//! let mut incoming = HeaderMap::new();
//! incoming.insert("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".parse().unwrap());
//!
//! let parent = w3c::extract(&incoming).expect("a valid parent");
//! assert!(parent.is_sampled() && parent.is_remote());
//!
//! let mut outgoing = HeaderMap::new();
//! w3c::inject(&parent, &mut outgoing);
//! assert_eq!(outgoing, incoming);
//! ```
//!
//! [W3C Trace Context]: https://www.w3.org/TR/trace-context-2/

mod parent;
mod state;
#[cfg(test)]
mod tests;

use http::header::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::trace::{SpanContext, TraceContextExt, TraceState};
use opentelemetry::{Context, TraceFlags};

use self::state::Unheld;

/// The header with the ids and the flags.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// The header with what tracing systems tell each other.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The flag that says that the trace id's lower seven bytes are random; Level 2 of the recommendation.
pub const RANDOM: TraceFlags = TraceFlags::new(0x02);

/// Reads the caller's span from the headers of a request. `None` when there is none, or none that is valid.
///
/// [`TraceState`] (0.33) cannot hold a key whose part behind the `@` has 14 characters, the most there may be: such a
/// member is not in what this returns. The layers of this crate carry it in the [`Context`].
pub fn extract(headers: &HeaderMap) -> Option<SpanContext> {
    parse(headers).map(|(span, _)| span)
}

/// Writes the span into the headers of a request, in the place of whatever they said before.
///
/// A span context that is not valid writes nothing and leaves the headers as they are.
pub fn inject(span: &SpanContext, headers: &mut HeaderMap) {
    if span.is_valid() {
        headers.insert(TRACEPARENT, parent::format(span));
        replace_state(headers, state::format(span.trace_state(), None));
    }
}

/// The context with the caller's span.
pub(crate) fn read(context: &Context, headers: &HeaderMap) -> Option<Context> {
    let (span, rest) = parse(headers)?;
    Some(match rest {
        None => context.with_remote_span_context(span),
        Some(rest) => context.with_value(rest).with_remote_span_context(span),
    })
}

/// Writes the span of the context as [`inject`] does; without `with_state`, its trace state does not go out.
pub(crate) fn write(context: &Context, headers: &mut HeaderMap, with_state: bool) {
    let span = context.span();
    let span = span.span_context();
    if span.is_valid() {
        headers.insert(TRACEPARENT, parent::format(span));
        let state = with_state.then(|| state::format(span.trace_state(), context.get()));
        replace_state(headers, state.flatten());
    }
}

fn parse(headers: &HeaderMap) -> Option<(SpanContext, Option<Unheld>)> {
    let mut parents = headers.get_all(&TRACEPARENT).iter();
    let parent = parent::parse(parents.next()?.as_bytes())?;
    if parents.next().is_some() {
        return None;
    }
    let (state, unheld) = state::parse(&headers.get_all(&TRACESTATE)).unwrap_or((TraceState::NONE, None));
    Some((SpanContext::new(parent.trace_id, parent.span_id, parent.flags, true, state), unheld))
}

fn replace_state(headers: &mut HeaderMap, state: Option<HeaderValue>) {
    match state {
        Some(state) => headers.insert(TRACESTATE, state),
        None => headers.remove(TRACESTATE),
    };
}
