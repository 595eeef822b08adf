//! The client against a server on a real socket: the call is counted and priced, and the server sees its span.
#![allow(clippy::unwrap_used)]

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper_util::rt::TokioIo;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tokio::net::TcpListener;
use tower::ServiceExt;
use tower_genai::scrape::Format;
use tower_genai::trace::TraceObserver;
use tower_genai::trace::opentelemetry::trace::SpanKind;
use tower_genai::{Metrics, MetricsService};

/// Answers like a provider, and repeats the trace context it was sent.
async fn provider(request: Request<Incoming>) -> Result<Response<Full<Bytes>>, Infallible> {
    let parent = request.headers()["traceparent"].clone();
    request.into_body().collect().await.unwrap();
    let body = r#"{"id":"c","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"finish_reason":"stop"}],"usage":{"prompt_tokens":1000,"completion_tokens":100}}"#;
    let reply = Response::builder().header("content-type", "application/json").header("x-parent", parent);
    Ok(reply.body(Full::from(body)).unwrap())
}

#[tokio::test]
async fn a_call_is_counted_priced_and_traced() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base_url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = hyper::service::service_fn(provider);
        hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service).await
    });

    let exporter = InMemorySpanExporter::default();
    let tracers = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let metrics = Metrics::new();
    let client = hyper_client::observed_client(&metrics, TraceObserver::new(&tracers));
    let request = hyper_client::chat_request(&base_url, "gpt-4o-mini", "Hello?").unwrap();
    let reply = client.oneshot(request).await.unwrap();
    let parent = reply.headers()["x-parent"].to_str().unwrap().to_owned();
    reply.into_body().collect().await.unwrap();

    let spans = exporter.get_finished_spans().unwrap();
    assert_eq!(spans.len(), 1);
    assert_eq!((spans[0].name.as_ref(), &spans[0].span_kind), ("chat gpt-4o-mini", &SpanKind::Client));
    let context = &spans[0].span_context;
    assert_eq!(parent, format!("00-{}-{}-01", context.trace_id(), context.span_id()));

    let text = MetricsService::builder().source(metrics).build().unwrap().render(Format::OpenMetrics);
    let cost = text.lines().find(|line| line.starts_with("gen_ai_client_cost_usd_total{")).unwrap();
    assert!(cost.ends_with(" 0.00021"), "{cost}");
    assert!(cost.contains("role=\"client\""), "{cost}");
}
