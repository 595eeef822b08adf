use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use tower_genai_core::{Head, Role};

use super::outgoing::Outgoing;
use super::strip;
use super::trust::Trust;
use crate::propagation::{self, Propagation};
use crate::w3c::TRACEPARENT;

#[derive(Clone, Debug, Default)]
pub(crate) struct Boundary {
    pub(crate) propagation: Propagation,
    pub(crate) trust: Trust,
    pub(crate) outgoing: Outgoing,
}

/// What is known of the span above a request's.
pub(crate) struct Caller {
    pub(crate) parent: Context,
    /// The span that is not the parent, since it is not trusted.
    pub(crate) link: Option<SpanContext>,
    /// Whether there is to be no span.
    pub(crate) denied: bool,
}

impl Caller {
    fn new(parent: Context) -> Self {
        Self { denied: propagation::denies(&parent), parent, link: None }
    }
}

impl Boundary {
    pub(crate) fn caller(&self, head: &Head<'_>) -> Caller {
        let current = Context::current();
        if head.role() == Role::Client {
            // A proxy forwards its caller's headers: what the process itself says is nearer.
            if names_a_span(&current) {
                return Caller::new(current);
            }
            if let Some(carried) =
                head.parts.extensions.get::<Context>().filter(|context| names_a_span(context))
            {
                return Caller::new(carried.clone());
            }
        }
        let headers = &head.parts.headers;
        match self.trust {
            Trust::Trust => Caller::new(self.propagation.extract(&current, headers).unwrap_or(current)),
            Trust::LinkOnly => {
                let link = self.propagation.extract(&Context::new(), headers);
                let link = link.map(|said| said.span().span_context().clone()).filter(SpanContext::is_valid);
                Caller { link, ..Caller::new(current) }
            }
            Trust::Ignore => Caller::new(current),
        }
    }

    /// Lets the next process know of the span in `context`, whose parent is the one in `parent`.
    pub(crate) fn propagate(&self, head: &mut Head<'_>, parent: &Context, context: &Context) {
        let sight = self.outgoing.sight(head);
        let callers = sight.of(self.trust);
        let headers = &mut head.parts.headers;
        if !callers.baggage {
            strip::baggage(headers);
        }
        let mut passes_through = self.passes_through(headers, parent, context);
        if !callers.trace {
            strip::spans(headers);
            if passes_through || !self.propagation.writes_trace_context() {
                headers.remove(TRACEPARENT);
            }
            // The process itself had written it.
            passes_through &= !names_a_span(context) || context.span().span_context().is_remote();
        }
        if !passes_through {
            self.propagation.inject(context, headers, sight);
        }
    }

    /// Whether there is no span of our own, and the headers themselves name the parent if there is one.
    fn passes_through(&self, headers: &HeaderMap, parent: &Context, context: &Context) -> bool {
        if !names_a_span(context) {
            return !propagation::denies(context);
        }
        same_span(context, parent)
            && self.propagation.extract(&Context::new(), headers).is_some_and(|said| same_span(&said, parent))
    }
}

fn names_a_span(context: &Context) -> bool {
    context.span().span_context().is_valid()
}

fn same_span(one: &Context, other: &Context) -> bool {
    one.span().span_context().span_id() == other.span().span_context().span_id()
}
