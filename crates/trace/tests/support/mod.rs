//! A traced service, and what it exported.

#![allow(dead_code, reason = "each test file uses a part of it")]

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use opentelemetry::trace::{SpanContext, Status, TraceContextExt};
use opentelemetry::{Context, Value};
use opentelemetry_sdk::trace::{InMemorySpanExporter, Sampler, SdkTracerProvider, SpanData};
use tower::{Layer, Service, ServiceExt};

pub(crate) const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
pub(crate) const PARENT: &str = "b7ad6b7169203331";
pub(crate) const TRACEPARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

pub(crate) const QUESTION: &str = r#"{"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}], "temperature": 0.5, "max_tokens": 100, "stop": ["END"], "user": "u1"}"#;
pub(crate) const ANSWER: &str = r#"{"id": "chatcmpl-1", "object": "chat.completion", "model": "gpt-4o-mini-2024-07-18", "service_tier": "default", "system_fingerprint": "fp_1", "choices": [{"index": 0, "message": {"role": "assistant", "content": "hello"}, "finish_reason": "stop"}], "usage": {"prompt_tokens": 12, "completion_tokens": 7, "total_tokens": 19, "prompt_tokens_details": {"cached_tokens": 4}, "completion_tokens_details": {"reasoning_tokens": 2}}}"#;

pub(crate) struct Traced {
    pub(crate) provider: SdkTracerProvider,
    exporter: InMemorySpanExporter,
}

impl Traced {
    pub(crate) fn new() -> Self {
        Self::sampled_by(Sampler::ParentBased(Box::new(Sampler::AlwaysOn)))
    }

    pub(crate) fn sampled_by(sampler: Sampler) -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider =
            SdkTracerProvider::builder().with_sampler(sampler).with_simple_exporter(exporter.clone()).build();
        Self { provider, exporter }
    }

    /// The spans that ended, in the order of their ends.
    pub(crate) fn spans(&self) -> Vec<SpanData> {
        self.exporter.get_finished_spans().unwrap()
    }

    pub(crate) fn span(&self) -> SpanData {
        let mut spans = self.spans();
        assert_eq!(spans.len(), 1, "one span in {spans:#?}");
        spans.remove(0)
    }
}

/// An attribute, which must not be there twice.
pub(crate) fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let mut found = span.attributes.iter().filter(|kv| kv.key.as_str() == key);
    let value = found.next().map(|kv| show(&kv.value));
    assert!(found.next().is_none(), "{key} twice in {span:#?}");
    value
}

/// All attributes, sorted.
pub(crate) fn attributes(span: &SpanData) -> Vec<(String, String)> {
    let mut all: Vec<_> = span.attributes.iter().map(|kv| (kv.key.to_string(), show(&kv.value))).collect();
    all.sort();
    all
}

fn show(value: &Value) -> String {
    value.as_str().into_owned()
}

pub(crate) fn is_error(span: &SpanData) -> bool {
    span.status == Status::error("")
}

pub(crate) fn answer(status: u16, content_type: &str, body: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::from(body.to_owned()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap();
    response.headers_mut().insert("content-type", content_type.parse().unwrap());
    response
}

pub(crate) fn chat() -> Request<Full<Bytes>> {
    Request::post("https://api.openai.com/v1/chat/completions")
        .header("content-type", "application/json")
        .body(Full::from(QUESTION))
        .unwrap()
}

/// A client that reads the question and answers it; it keeps the headers it was sent.
pub(crate) async fn model<B>(request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible>
where
    B: http_body::Body,
    B::Error: std::fmt::Debug,
{
    request.into_body().collect().await.unwrap();
    Ok(answer(200, "application/json", ANSWER))
}

/// Sends the request through the layer to the service, and reads the reply to its end.
pub(crate) async fn run<L, S, B, R>(layer: L, service: S, request: Request<B>) -> (StatusCode, Bytes)
where
    L: Layer<S>,
    L::Service: Service<Request<B>, Response = Response<R>>,
    <L::Service as Service<Request<B>>>::Error: std::fmt::Debug,
    R: http_body::Body,
    R::Error: std::fmt::Debug,
{
    let response = layer.layer(service).oneshot(request).await.unwrap();
    let status = response.status();
    (status, response.into_body().collect().await.unwrap().to_bytes())
}

pub(crate) fn current() -> SpanContext {
    Context::current().span().span_context().clone()
}
