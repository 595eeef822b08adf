//! What traces cost in allocations. Alone in its process: the counter counts them all.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod support;

use std::alloc::System;

use http::{HeaderMap, Request};
use http_body_util::{BodyExt, Full};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanData, SpanProcessor};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use support::{TRACEPARENT, chat};
use tower::{Layer, Service};
use tower_genai_core::{CallLayer, Role};
use tower_genai_trace::{TraceLayer, w3c};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn allocations(work: impl FnOnce()) -> usize {
    let region = Region::new(ALLOCATOR);
    work();
    let change = region.change();
    change.allocations + change.reallocations
}

/// Takes spans and throws them away: what is counted is the making of them.
#[derive(Debug)]
struct Discard;

impl SpanProcessor for Discard {
    fn on_start(&self, _span: &mut opentelemetry_sdk::trace::Span, _cx: &opentelemetry::Context) {}

    fn on_end(&self, _span: SpanData) {}

    fn force_flush(&self) -> opentelemetry_sdk::error::OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(
        &self,
        _timeout: std::time::Duration,
    ) -> opentelemetry_sdk::error::OTelSdkResult {
        Ok(())
    }
}

fn provider(sampler: Sampler) -> SdkTracerProvider {
    SdkTracerProvider::builder().with_sampler(sampler).with_span_processor(Discard).build()
}

fn request(traceparent: bool) -> Request<Full<bytes::Bytes>> {
    let mut request = chat();
    if traceparent {
        request.headers_mut().insert("traceparent", TRACEPARENT.parse().unwrap());
    }
    request
}

/// Allocations of one call in the steady state.
fn call<L>(runtime: &tokio::runtime::Runtime, layer: &L, traceparent: bool) -> usize
where
    L: Layer<Answer>,
    L::Service: Service<
            Request<Full<bytes::Bytes>>,
            Response = http::Response<tower_genai_core::TapBody<Full<bytes::Bytes>>>,
            Error = std::convert::Infallible,
        >,
{
    let mut service = layer.layer(Answer);
    let mut once = || {
        let request = request(traceparent);
        allocations(|| {
            runtime.block_on(async {
                service.call(request).await.unwrap().into_body().collect().await.unwrap();
            });
        })
    };
    // The test harness may allocate on its own thread meanwhile: the least is the call's own.
    (0..10).map(|_| once()).min().unwrap()
}

#[derive(Clone)]
struct Answer;

impl<B> Service<Request<B>> for Answer {
    type Response = http::Response<Full<bytes::Bytes>>;
    type Error = std::convert::Infallible;
    type Future = std::future::Ready<Result<Self::Response, Self::Error>>;

    fn poll_ready(&mut self, _cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Self::Error>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, _request: Request<B>) -> Self::Future {
        let mut response = http::Response::new(Full::from(support::ANSWER));
        response.headers_mut().insert("content-type", http::HeaderValue::from_static("application/json"));
        std::future::ready(Ok(response))
    }
}

#[test]
fn allocations_are_few() {
    // The codec.
    let mut headers = HeaderMap::new();
    headers.insert("traceparent", TRACEPARENT.parse().unwrap());
    let mut parent = None;
    assert_eq!(allocations(|| parent = w3c::extract(&headers)), 0, "reading");
    let parent = parent.unwrap();
    assert_eq!(allocations(|| w3c::inject(&parent, &mut headers)), 1, "writing");

    // A model call, over the same call without a trace.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let unsampled = provider(Sampler::AlwaysOff);
    let sampled = provider(Sampler::AlwaysOn);
    for role in [Role::Client, Role::Server] {
        let bare = call(&runtime, &CallLayer::new(role), true);
        let layer = |provider| match role {
            Role::Client => TraceLayer::client(provider),
            Role::Server => TraceLayer::server(provider),
        };
        let root = call(&runtime, &layer(&unsampled), false) - bare;
        let child = call(&runtime, &layer(&unsampled), true) - bare;
        let recorded = call(&runtime, &layer(&sampled), true) - bare;
        // The watch, the span's context, and the header of a client or the extension of a server.
        assert_eq!(root, 3, "a root that is not sampled, {role:?}");
        // And the parent's context.
        assert_eq!(child, 4, "a child that is not sampled, {role:?}");
        // And the span, its attributes, and the texts among them.
        assert!(recorded <= 14, "{recorded} for a sampled span, {role:?}");
    }
}
