use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use opentelemetry::baggage::{BaggageExt, BaggageMetadata, KeyValueMetadata};
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{SpanContext, TraceContextExt};
use opentelemetry::{Context, Key, StringValue};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};

use super::{b3, baggage, datadog, jaeger};
use crate::boundary::{Sight, strip};
use crate::w3c;

/// One way to write a trace or baggage into headers.
#[derive(Clone)]
pub(super) enum Format {
    TraceContext,
    Baggage,
    B3Single,
    B3Multi,
    Jaeger,
    Datadog,
    Custom(Arc<dyn TextMapPropagator + Send + Sync>),
}

impl Format {
    /// Whether it is about spans, of which one is enough.
    pub(super) const fn names_spans(&self) -> bool {
        !matches!(self, Self::Baggage)
    }

    pub(super) fn extract(&self, context: &Context, headers: &HeaderMap) -> Option<Context> {
        match self {
            Self::TraceContext => w3c::read(context, headers),
            Self::Baggage => baggage::read(context, headers),
            Self::B3Single | Self::B3Multi => Some(b3::read(headers)?.within(context)),
            Self::Jaeger => Some(jaeger::read(headers)?.within(context)),
            Self::Datadog => Some(datadog::read(headers)?.within(context)),
            Self::Custom(propagator) => {
                // Into a context without a span, so that a span found there is the headers'.
                let empty = context.with_remote_span_context(SpanContext::NONE);
                let found = propagator.extract_with_context(&empty, &HeaderExtractor(headers));
                found.span().span_context().is_valid().then_some(found)
            }
        }
    }

    /// The baggage that a format says beside a span, or without one.
    pub(super) fn extract_baggage(&self, context: &Context, headers: &HeaderMap) -> Option<Context> {
        let Self::Custom(propagator) = self else { return None };
        let found = propagator.extract_with_context(&Context::new(), &HeaderExtractor(headers));
        let baggage = found.baggage();
        let member = |(key, (value, properties)): (&Key, &(StringValue, BaggageMetadata))| {
            KeyValueMetadata::new(key.clone(), value.clone(), properties.clone())
        };
        (!baggage.is_empty()).then(|| context.with_baggage(baggage.iter().map(member).collect::<Vec<_>>()))
    }

    pub(super) fn inject(&self, context: &Context, headers: &mut HeaderMap, sight: Sight) {
        match self {
            Self::TraceContext => w3c::write(context, headers, sight.trace),
            Self::Baggage if sight.baggage => baggage::write(context, headers),
            Self::Baggage => {}
            Self::B3Single => b3::write_single(context, headers),
            Self::B3Multi => b3::write_multi(context, headers),
            Self::Jaeger => jaeger::write(context, headers),
            Self::Datadog => datadog::write(context.span().span_context(), headers, sight.trace),
            Self::Custom(propagator) => {
                let mut written = HeaderMap::new();
                propagator.inject_context(context, &mut HeaderInjector(&mut written));
                if !sight.baggage {
                    strip::baggage(&mut written);
                }
                if !sight.trace {
                    strip::history(&mut written);
                }
                headers.extend(written);
            }
        }
    }
}

impl fmt::Debug for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Custom(propagator) => f.debug_tuple("custom").field(propagator).finish(),
            named => f.write_str(super::names::of(named)),
        }
    }
}
