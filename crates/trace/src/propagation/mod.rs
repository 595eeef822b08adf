//! How a trace passes from process to process: the formats, and which of them are spoken.
//!
//! Each format reads and writes an [`http::HeaderMap`] in place. A format that somebody else maintains is used through
//! [`Propagation::custom`]; those here are ours because the crates there are drag an exporter along or lag behind the
//! API, and none of them reads header maps without copying.

mod b3;
mod baggage;
mod composite;
mod datadog;
mod format;
mod jaeger;
mod names;
#[cfg(test)]
mod tests;

pub use composite::Propagation;
pub use names::PropagatorError;

use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};

/// What the headers of one format say.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    Span(SpanContext),
    /// A span of a trace that every process is to record, whatever its sampler says: B3 and Jaeger know such.
    Debugged(SpanContext),
    /// No span, and a request not to make any: B3 knows that.
    Denied,
}

impl Said {
    fn within(self, context: &Context) -> Context {
        match self {
            Self::Span(span) => context.with_remote_span_context(span),
            Self::Debugged(span) => context.with_value(Debugged).with_remote_span_context(span),
            Self::Denied => context.with_value(Denied),
        }
    }
}

/// In the context of a trace that is debugged: the mark goes on with it.
#[derive(Clone, Copy, Debug)]
struct Debugged;

/// In a context in which the caller wants no spans.
#[derive(Clone, Copy, Debug)]
struct Denied;

/// Whether the caller wants no spans, and named none.
pub(crate) fn denies(context: &Context) -> bool {
    context.get::<Denied>().is_some() && !context.span().span_context().is_valid()
}
