//! Every span of every recorded exchange is what the conventions say, for each profile.
//!
//! Reads `$GENAI_CORPUS` (a relative path is meant from the workspace's folder); without it every test says so and
//! passes.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::convert::Infallible;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body_util::{BodyExt, Full};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use tokio::task::JoinSet;
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_tests::client::{Connection, RequestBody, full};
use tower_genai_tests::corpus::{Corpus, Exchange};
use tower_genai_tests::otlp::{Kind, Receiver, Span};
use tower_genai_tests::proxy::{Config, Proxy};
use tower_genai_tests::replay::{Replay, Settings};
use tower_genai_tests::semconv::{About, Conventions};
use tower_genai_trace::TraceLayer;
use tower_genai_trace::opentelemetry::trace::{SpanKind, Status};
use tower_genai_trace::opentelemetry::{Array, Value};

#[allow(clippy::disallowed_methods, reason = "a test may read where its data is")]
fn corpus() -> Option<Arc<Corpus>> {
    let Ok(folder) = std::env::var("GENAI_CORPUS") else {
        println!("SKIPPED: GENAI_CORPUS is not set");
        return None;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    Some(Arc::new(Corpus::load(&folder).unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn of_release_1_41() {
    validate(&["v1_41"], &[]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_october_2026() {
    let opt_in = ("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental");
    validate(&["v2026_10"], &[opt_in]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_both() {
    let opt_in = ("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental/dup");
    validate(&["v1_41", "v2026_10"], &[opt_in]).await;
}

/// Exchanges that carry no call of a model, on either side.
#[tokio::test]
async fn of_plain_http_and_grpc() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    for (content_type, status) in [("text/plain", 200), ("text/plain", 503), ("application/grpc", 200)] {
        let service = service_fn(move |_: Request<_>| async move {
            let reply = Response::builder().status(status).header("grpc-status", "14");
            Ok::<_, Infallible>(reply.body(Full::<Bytes>::default()).unwrap())
        });
        for layer in [TraceLayer::server(&provider), TraceLayer::client(&provider)] {
            let request = Request::post("http://shop.example:8080/shop.Items/Get?page=2");
            let request =
                request.header("content-type", content_type).body(Full::<Bytes>::default()).unwrap();
            layer.layer(service).oneshot(request).await.unwrap().into_body().collect().await.unwrap();
        }
    }
    let spans = exporter.get_finished_spans().unwrap();
    let conventions = Conventions::load();
    assert_eq!(spans.len(), 6);
    for span in spans.iter().map(exported) {
        for profiles in [&["v1_41"][..], &["v2026_10"]] {
            let faults = conventions.faults(&span, profiles, &About::default());
            assert!(faults.is_empty(), "{span:?}: {faults:?}");
        }
        let status = ["rpc.status_code", "http.response.status_code"].map(|key| span.attributes.get(key));
        assert_eq!(status.iter().flatten().count(), 1, "{span:?}");
    }
}

/// A span as a collector would have got it.
fn exported(data: &SpanData) -> Span {
    let kind = |value: &Value| match value {
        Value::Bool(_) => "boolean",
        Value::I64(_) => "int",
        Value::F64(_) => "double",
        Value::String(_) => "string",
        Value::Array(Array::String(_)) => "string[]",
        _ => "any",
    };
    let attributes = || data.attributes.iter().map(|kv| (kv.key.to_string(), &kv.value));
    Span {
        service: String::new(),
        name: data.name.to_string(),
        kind: if data.span_kind == SpanKind::Server { Kind::Server } else { Kind::Client },
        trace_id: data.span_context.trace_id().to_string(),
        span_id: data.span_context.span_id().to_string(),
        parent_span_id: data.parent_span_id.to_string(),
        trace_state: String::new(),
        attributes: attributes().map(|(key, value)| (key, value.as_str().into_owned())).collect(),
        types: attributes().map(|(key, value)| (key, kind(value))).collect(),
        failed: matches!(data.status, Status::Error { .. }),
        duration: data.end_time.duration_since(data.start_time).unwrap(),
    }
}

const CLIENTS: usize = 16;

async fn validate(profiles: &[&str], environment: &[(&str, &str)]) {
    let Some(corpus) = corpus() else { return };
    let (replay, collector) = (
        Replay::start(Settings { corpus: corpus.clone(), ..Settings::default() }).await,
        Receiver::start().await,
    );
    let endpoint = collector.url();
    let environment =
        [&[("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint), ("OTEL_BSP_MAX_QUEUE_SIZE", "10000")], environment]
            .concat();
    let config = Config::new().upstream("replay", &replay.url(), "stream_usage = false").upstream(
        "openai",
        &replay.url(),
        "provider = \"openai\"\nstream_usage = false",
    );
    let proxy = Proxy::start_in(&config, &environment).await;

    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (corpus, next, address) = (corpus.clone(), next.clone(), proxy.address());
        clients.spawn(async move {
            let mut connection = Connection::open(address, Version::HTTP_11).await.unwrap();
            loop {
                let at = next.fetch_add(1, Relaxed);
                let Some(exchange) = corpus.exchanges.get(at) else { break };
                if connection.is_closed() {
                    connection = Connection::open(address, Version::HTTP_11).await.unwrap();
                }
                connection.fetch(request(at, exchange)).await;
            }
        });
    }
    clients.join_all().await;
    proxy.finish().await;

    let spans = collector.spans();
    let conventions = Conventions::load();
    let mut faults = Vec::new();
    let calls = spans.iter().filter(|span| span.kind == Kind::Client).count();
    if (spans.len(), calls) != (2 * corpus.exchanges.len(), corpus.exchanges.len()) {
        faults.push(format!(
            "{} spans, {calls} of calls, for {} exchanges",
            spans.len(),
            corpus.exchanges.len()
        ));
    }
    for span in &spans {
        let exchange = &corpus.exchanges[number(span)];
        let about = About { exchange: Some(exchange), expected: corpus.expected.get(&exchange.id) };
        let found = conventions.faults(span, profiles, &about);
        faults.extend(found.into_iter().map(|fault| format!("{} of {}: {fault}", span.name, exchange.id)));
    }
    let count = faults.len();
    faults.truncate(30);
    assert!(faults.is_empty(), "{count} faults, among them\n{}", faults.join("\n"));
}

/// The exchange's number is in its trace id.
fn request(number: usize, exchange: &Exchange) -> Request<RequestBody> {
    let query = if exchange.query.is_empty() { String::new() } else { format!("?{}", exchange.query) };
    let upstream = if tower_genai_wire::provider_of_host(&exchange.host) == Some("openai") {
        "openai"
    } else {
        "replay"
    };
    let uri = format!("/{upstream}{}{query}", exchange.path);
    let mut request = Request::builder().method(&*exchange.method).uri(uri);
    for (name, value) in exchange.request.headers.iter().filter(|(name, _)| *name != "traceparent") {
        request = request.header(name, value);
    }
    let request = request
        .header("traceparent", format!("00-1{number:031x}-b7ad6b7169203331-01"))
        .header("x-replay-id", &exchange.id)
        .header("x-replay-mode", "whole");
    request.body(full(exchange.request.body.clone())).unwrap()
}

fn number(span: &Span) -> usize {
    usize::from_str_radix(&span.trace_id[16..], 16).unwrap()
}
