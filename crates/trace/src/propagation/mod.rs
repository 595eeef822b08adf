use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};

use crate::w3c;

/// How a trace passes from process to process.
#[derive(Clone)]
pub struct Propagation(Kind);

#[derive(Clone)]
enum Kind {
    W3c,
    Custom(Arc<dyn TextMapPropagator + Send + Sync>),
}

impl Propagation {
    /// [`traceparent` and `tracestate`](w3c): the default.
    pub const fn w3c() -> Self {
        Self(Kind::W3c)
    }

    /// Any propagator of OpenTelemetry's.
    pub fn custom(propagator: Arc<dyn TextMapPropagator + Send + Sync>) -> Self {
        Self(Kind::Custom(propagator))
    }

    /// The context with what the headers say; `None` when they name no span.
    pub(crate) fn extract(&self, context: &Context, headers: &HeaderMap) -> Option<Context> {
        match &self.0 {
            Kind::W3c => Some(context.with_remote_span_context(w3c::extract(headers)?)),
            Kind::Custom(propagator) => {
                // Into a context without a span, so that a span found there is the headers'.
                let empty = context.with_remote_span_context(SpanContext::NONE);
                let found = propagator.extract_with_context(&empty, &HeaderExtractor(headers));
                found.span().span_context().is_valid().then_some(found)
            }
        }
    }

    pub(crate) fn inject(&self, context: &Context, headers: &mut HeaderMap) {
        match &self.0 {
            Kind::W3c => w3c::inject(context.span().span_context(), headers),
            Kind::Custom(propagator) => propagator.inject_context(context, &mut HeaderInjector(headers)),
        }
    }
}

impl Default for Propagation {
    fn default() -> Self {
        Self::w3c()
    }
}

impl fmt::Debug for Propagation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::W3c => f.write_str("w3c"),
            Kind::Custom(propagator) => f.debug_tuple("custom").field(propagator).finish(),
        }
    }
}
