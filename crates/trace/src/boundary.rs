//! Where a process ends and its callers and the services it calls begin: who a span's parent is, and what goes out.

use http::HeaderName;
use opentelemetry::Context;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use tower_genai_core::{Head, Role};

use crate::propagation::Propagation;

const BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// What a server believes of what its callers say about traces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Trust {
    /// The caller's span is the parent, and its sampled flag is what a parent-based sampler goes by.
    #[default]
    Trust,
    /// A new trace begins, whose first span has a link to the caller's. Samplers see no parent, so a caller cannot
    /// have its requests exported.
    LinkOnly,
    /// A new trace begins, and the caller's is forgotten.
    Ignore,
}

#[derive(Clone, Debug, Default)]
pub(crate) struct Boundary {
    pub(crate) propagation: Propagation,
    pub(crate) trust: Trust,
}

/// What is known of the span above a request's.
pub(crate) struct Caller {
    pub(crate) parent: Context,
    /// The span that is not the parent, since it is not trusted.
    pub(crate) link: Option<SpanContext>,
}

impl Caller {
    const fn unlinked(parent: Context) -> Self {
        Self { parent, link: None }
    }
}

impl Boundary {
    pub(crate) fn caller(&self, head: &Head<'_>) -> Caller {
        let current = Context::current();
        if head.role() == Role::Client {
            // A proxy forwards its caller's headers: what the process itself says is nearer.
            if names_a_span(&current) {
                return Caller::unlinked(current);
            }
            if let Some(carried) =
                head.parts.extensions.get::<Context>().filter(|context| names_a_span(context))
            {
                return Caller::unlinked(carried.clone());
            }
        }
        if self.trust == Trust::Ignore {
            return Caller::unlinked(current);
        }
        let Some(said) = self.propagation.extract(&current, &head.parts.headers) else {
            return Caller::unlinked(current);
        };
        if self.trust == Trust::LinkOnly {
            return Caller { parent: current, link: Some(said.span().span_context().clone()) };
        }
        Caller::unlinked(said)
    }

    /// Lets the next process know of the span in `context`, whose parent is the one in `parent`.
    pub(crate) fn propagate(&self, head: &mut Head<'_>, parent: &Context, context: &Context) {
        if head.call().is_some() {
            head.parts.headers.remove(BAGGAGE);
        }
        let headers = &mut head.parts.headers;
        // Without a span of our own the headers stay as they are, if it is they who name the parent.
        let unchanged = same_span(context, parent)
            && self.propagation.extract(parent, headers).is_some_and(|said| same_span(&said, parent));
        if !unchanged {
            self.propagation.inject(context, headers);
        }
    }
}

fn names_a_span(context: &Context) -> bool {
    context.span().span_context().is_valid()
}

fn same_span(one: &Context, other: &Context) -> bool {
    one.span().span_context().span_id() == other.span().span_context().span_id()
}
