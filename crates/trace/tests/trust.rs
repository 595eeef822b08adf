//! What a server believes of its callers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod support;

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use opentelemetry::SpanId;
use opentelemetry_sdk::trace::{Sampler, SpanData};
use support::{PARENT, TRACE, TRACEPARENT, Traced, run};
use tower::service_fn;
use tower_genai_core::Role;
use tower_genai_trace::{TraceLayer, TraceObserver, Trust};

async fn ok<B>(_request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from("hello")))
}

/// The spans of one request with the caller's trace, under a sampler.
async fn served(trust: Trust, sampler: Sampler) -> Vec<SpanData> {
    let traced = Traced::sampled_by(sampler);
    let layer = TraceLayer::new(Role::Server, TraceObserver::new(&traced.provider).trust(trust));
    let request = Request::get("/")
        .header("traceparent", TRACEPARENT)
        .header("tracestate", "vendor=1")
        .body(Full::<Bytes>::default())
        .unwrap();
    run(layer, service_fn(ok), request).await;
    traced.spans()
}

fn always() -> Sampler {
    Sampler::ParentBased(Box::new(Sampler::AlwaysOn))
}

#[tokio::test]
async fn a_trusted_caller_is_the_parent() {
    let span = served(Trust::default(), always()).await.remove(0);
    assert_eq!(span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(span.parent_span_id.to_string(), PARENT);
    assert!(span.links.is_empty());
}

#[tokio::test]
async fn a_caller_that_is_linked_only_begins_no_trace_of_ours() {
    let span = served(Trust::LinkOnly, always()).await.remove(0);
    assert_ne!(span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(span.parent_span_id, SpanId::INVALID);
    assert_eq!(span.span_context.trace_state().get("vendor"), None);
    let link = &span.links.links[..];
    assert_eq!(link.len(), 1);
    assert_eq!(link[0].span_context.trace_id().to_string(), TRACE);
    assert_eq!(link[0].span_context.span_id().to_string(), PARENT);
    assert_eq!(link[0].span_context.trace_state().get("vendor"), Some("1"));
}

#[tokio::test]
async fn a_caller_that_is_ignored_leaves_nothing() {
    let span = served(Trust::Ignore, always()).await.remove(0);
    assert_ne!(span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(span.parent_span_id, SpanId::INVALID);
    assert!(span.links.is_empty());
}

#[tokio::test]
async fn only_a_trusted_caller_can_have_its_request_exported() {
    let sampler = || Sampler::ParentBased(Box::new(Sampler::AlwaysOff));
    assert_eq!(served(Trust::Trust, sampler()).await.len(), 1);
    assert_eq!(served(Trust::LinkOnly, sampler()).await.len(), 0);
    assert_eq!(served(Trust::Ignore, sampler()).await.len(), 0);
}
