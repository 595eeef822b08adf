//! The layers of this workspace, set up as an operator would.

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use opentelemetry_sdk::trace::{BatchSpanProcessor, SdkTracerProvider};
use tower::{Layer, Service};
use tower_genai::core::{CallLayer, RequestBody};
use tower_genai::cost::Pricing;
use tower_genai::trace::TraceObserver;
use tower_genai::{CostLayer, Metrics, MetricsLayer, TraceLayer};

use crate::peers::NoExport;
use crate::traffic::Template;

/// The route template out of the extensions.
pub fn template(head: &http::request::Parts) -> Option<&str> {
    head.extensions.get::<Template>().map(|template| template.0)
}

/// `MetricsLayer` alone.
pub fn metrics() -> MetricsLayer {
    MetricsLayer::server(&Metrics::new()).route(template)
}

/// Metrics, traces and cost in one layer.
pub fn composed(tracers: &SdkTracerProvider) -> CallLayer {
    let metrics = Metrics::new();
    CallLayer::server()
        .route(template)
        .with(metrics.observer())
        .with(TraceObserver::new(tracers))
        .with(Pricing::embedded())
        .self_check(metrics.self_check())
}

/// The same three as a stack of three layers.
pub fn stacked<S, B>(
    tracers: &SdkTracerProvider,
    inner: S,
) -> impl Service<
    Request<Full<Bytes>>,
    Response = Response<impl Body<Data = Bytes, Error = B::Error> + use<S, B>>,
    Error = S::Error,
> + use<S, B>
where
    S: Service<Request<RequestBody<RequestBody<RequestBody<Full<Bytes>>>>>, Response = Response<B>>,
    B: Body<Data = Bytes>,
{
    let cost = CostLayer::server(Pricing::embedded()).layer(inner);
    let trace = TraceLayer::server(tracers).route(template).layer(cost);
    metrics().layer(trace)
}

/// A provider whose batch processor hands every span to an exporter that drops it.
pub fn batched_tracers() -> SdkTracerProvider {
    SdkTracerProvider::builder()
        .with_span_processor(BatchSpanProcessor::builder(NoExport).build())
        .with_sampler(opentelemetry_sdk::trace::Sampler::ParentBased(Box::new(
            opentelemetry_sdk::trace::Sampler::AlwaysOn,
        )))
        .build()
}
