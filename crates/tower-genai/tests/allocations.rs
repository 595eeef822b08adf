//! What the layers together allocate. Alone in its process: the counter counts everything.
#![allow(clippy::unwrap_used)]

use std::alloc::System;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Ready, poll_fn, ready};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use axum::body::Bytes;
use http::{Request, Response};
use http_body::{Body, Frame};
use http_body_util::Full;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_genai::core::clock::Clock;
use tower_genai::core::{Profile, RequestBody, TapBody};
use tower_genai::cost::Pricing;
use tower_genai::metrics::Naming;
use tower_genai::trace::TraceObserver;
use tower_genai::trace::opentelemetry::trace::noop::NoopTracerProvider;
use tower_genai::{CallLayer, Metrics, MetricsLayer, StreamUsageLayer};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A body of the given frames, whose length nobody promised.
struct Frames(VecDeque<Bytes>);

impl Body for Frames {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready(self.0.pop_front().map(|bytes| Ok(Frame::data(bytes))))
    }
}

/// Gives out one reply that was made before.
struct Prepared(Option<Response<Frames>>);

impl Service<Request<RequestBody<Full<Bytes>>>> for Prepared {
    type Response = Response<Frames>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Frames>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<RequestBody<Full<Bytes>>>) -> Self::Future {
        ready(Ok(self.0.take().unwrap()))
    }
}

/// Allocations from the call until the last byte of the reply.
fn allocations<L>(layer: &L, path: &str, content_type: &str, frames: Vec<Bytes>) -> usize
where
    L: Layer<Prepared>,
    L::Service: Service<Request<Full<Bytes>>, Response = Response<TapBody<Frames>>, Error = Infallible>,
{
    let reply = Response::builder().header("content-type", content_type).body(Frames(frames.into()));
    let mut service = layer.layer(Prepared(Some(reply.unwrap())));
    let request = Request::post(path).body(Full::from(r#"{"model":"gpt-4o-mini"}"#)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let region = Region::new(ALLOCATOR);
        let response = service.call(request).await.unwrap();
        let mut body = pin!(response.into_body());
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            drop(frame.unwrap());
        }
        let change = region.change();
        change.allocations + change.reallocations
    })
}

/// The same for a stream that is asked for its usage, once its head is here.
fn allocations_of_an_edited_stream(frames: Vec<Bytes>) -> usize {
    let reply = Arc::new(Mutex::new(Some(Frames(frames.into()))));
    let service = StreamUsageLayer::new().layer(service_fn(move |_: Request<_>| {
        let reply = reply.lock().unwrap().take().unwrap();
        let reply = Response::builder().header("content-type", "text/event-stream").body(reply);
        ready(Ok::<_, Infallible>(reply.unwrap()))
    }));
    let request =
        Request::post("/v1/chat/completions").body(Full::<Bytes>::from(r#"{"stream":true}"#)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(async {
        let mut body = pin!(service.oneshot(request).await.unwrap().into_body());
        let region = Region::new(ALLOCATOR);
        let mut left = 0;
        while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
            left += 1;
            drop(frame.unwrap());
        }
        let change = region.change();
        assert!(left > 0);
        change.allocations + change.reallocations
    })
}

fn events(count: usize) -> Vec<Bytes> {
    const EVENT: &str = "data: {\"id\":\"c\",\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\" word\"},\"finish_reason\":null}],\"usage\":null}\n\n";
    const END: [&str; 3] = [
        "data: {\"id\":\"c\",\"model\":\"gpt-4o-mini\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
        "data: {\"id\":\"c\",\"model\":\"gpt-4o-mini\",\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}\n\n",
        "data: [DONE]\n\n",
    ];
    std::iter::repeat_n(EVENT, count).chain(END).map(|text| Bytes::from_static(text.as_bytes())).collect()
}

#[test]
fn a_plain_exchange_and_a_streamed_event_allocate_nothing() {
    let metrics = Metrics::new();
    let plain = MetricsLayer::server(&metrics).route(|_| Some("/items/{id}"));
    let text = || vec![Bytes::from_static(b"hello")];
    // The first one makes the series.
    allocations(&plain, "/items/42", "text/plain", text());
    assert_eq!(allocations(&plain, "/items/42", "text/plain", text()), 0);

    let all = CallLayer::server()
        .with(metrics.observer())
        .with(TraceObserver::new(&NoopTracerProvider::new()))
        .with(Pricing::embedded());
    let stream = |count| allocations(&all, "/v1/chat/completions", "text/event-stream", events(count));
    stream(10);
    let short = stream(10);
    assert_eq!(stream(1_000), short, "990 more events");
    assert!(short > 0, "the counter counts");

    // With the times between chunks, exemplars and native histograms, in all namings.
    let everything = Metrics::builder()
        .naming(Naming::Both)
        .profile(Profile::Both)
        .chunk_timing(true)
        .exemplars(true)
        .native_histograms(true)
        .build()
        .unwrap();
    // A native histogram makes room for each power of two when it first sees one: here all times are alike.
    let (clock, _mock) = Clock::mock();
    let timed = CallLayer::server().clock(clock).with(everything.observer()).with(Pricing::embedded());
    let stream = |count| allocations(&timed, "/v1/chat/completions", "text/event-stream", events(count));
    stream(10);
    let short = stream(10);
    assert_eq!(stream(1_000), short, "990 more events whose times are taken");

    let total = events(1_000).len();
    assert_eq!(allocations_of_an_edited_stream(events(1_000)), 0, "{total} events, one of which is removed");
}
