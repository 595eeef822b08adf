//! Where spans come from, whatever the types of the provider.

use opentelemetry::trace::{Span, SpanBuilder, SpanContext, TraceContextExt, Tracer};
use opentelemetry::{Context, TraceFlags};

use crate::w3c::RANDOM;

pub(crate) trait SpanSource: Send + Sync {
    fn start(&self, builder: SpanBuilder, parent: &Context) -> Started;
}

/// A span that has started, in the context that makes it current.
pub(crate) struct Started {
    pub(crate) context: Context,
    pub(crate) recording: bool,
}

pub(crate) struct TracerSource<T>(pub(crate) T);

impl<T> SpanSource for TracerSource<T>
where
    T: Tracer + Send + Sync,
    T::Span: Send + Sync + 'static,
{
    fn start(&self, builder: SpanBuilder, parent: &Context) -> Started {
        let span = self.0.build_with_context(builder, parent);
        if span.is_recording() {
            return Started { context: parent.with_span(span), recording: true };
        }
        // Only its identity matters: a context of that is one allocation smaller.
        let own = with_random_flag(span.span_context(), parent.span().span_context());
        Started { context: parent.with_remote_span_context(own), recording: false }
    }
}

/// The SDK (0.33) clears all flags of a span that is not sampled; the trace id is as random as it was.
fn with_random_flag(span: &SpanContext, parent: &SpanContext) -> SpanContext {
    let same_trace = span.trace_id() == parent.trace_id();
    let random = if same_trace { parent.trace_flags() & RANDOM } else { TraceFlags::NOT_SAMPLED };
    let flags = span.trace_flags() | random;
    SpanContext::new(span.trace_id(), span.span_id(), flags, span.is_remote(), span.trace_state().clone())
}
