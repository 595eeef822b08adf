//! The spans of a server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod support;

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::Frame;
use http_body_util::{BodyExt, Channel, Full};
use opentelemetry::trace::{SpanKind, Status, TraceContextExt};
use opentelemetry::{Context, KeyValue};
use support::{
    ANSWER, PARENT, QUESTION, TRACE, TRACEPARENT, Traced, answer, attribute, attributes, current, is_error,
    run,
};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::{CallHandle, Caller, Usage};
use tower_genai_trace::TraceLayer;

fn get(path: &str) -> Request<Full<Bytes>> {
    Request::get(path).body(Full::default()).unwrap()
}

async fn ok<B>(_request: Request<B>) -> Result<Response<Full<Bytes>>, Infallible> {
    Ok(Response::new(Full::from("hello")))
}

#[tokio::test]
async fn a_span_is_named_by_its_route_and_tells_the_exchange() {
    let traced = Traced::new();
    let layer = TraceLayer::server(&traced.provider).route(|_| Some("/items/{id}"));
    let request = Request::get("/items/42?token=s3cret")
        .header("host", "shop.example:8443")
        .header("user-agent", "curl/8")
        .header("traceparent", TRACEPARENT)
        .header("tracestate", "vendor=1")
        .body(Full::<Bytes>::default())
        .unwrap();
    run(layer, service_fn(ok), request).await;

    let span = traced.span();
    assert_eq!(span.name, "GET /items/{id}");
    assert_eq!(span.span_kind, SpanKind::Server);
    assert_eq!(span.status, Status::Unset);
    assert_eq!(span.instrumentation_scope.name(), "tower-genai");
    assert_eq!(span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(span.parent_span_id.to_string(), PARENT);
    assert!(span.parent_span_is_remote);
    assert_eq!(span.span_context.trace_state().get("vendor"), Some("1"));
    let expected = [
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("http.route", "/items/{id}"),
        ("network.protocol.version", "1.1"),
        ("server.address", "shop.example"),
        ("server.port", "8443"),
        ("url.path", "/items/42"),
        ("url.query", "token=REDACTED"),
        ("url.scheme", "http"),
        ("user_agent.original", "curl/8"),
    ];
    assert_eq!(attributes(&span), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    assert!(!format!("{span:?}").contains("s3cret"));
}

#[tokio::test]
async fn without_a_route_the_method_is_the_name() {
    for (method, name, shown) in
        [("GET", "GET", "GET"), ("PURGE", "HTTP", "_OTHER"), ("get", "HTTP", "_OTHER")]
    {
        let traced = Traced::new();
        let request = Request::builder().method(method).uri("/a/b").body(Full::<Bytes>::default()).unwrap();
        run(TraceLayer::server(&traced.provider), service_fn(ok), request).await;
        let span = traced.span();
        assert_eq!(span.name, name);
        assert_eq!(attribute(&span, "http.request.method").as_deref(), Some(shown));
        let original = attribute(&span, "http.request.method_original");
        assert_eq!(original.as_deref(), (shown == "_OTHER").then_some(method));
        assert_eq!(attribute(&span, "http.route"), None);
    }
}

#[tokio::test]
async fn a_servers_own_failures_are_errors_and_its_refusals_are_not() {
    for (status, error) in
        [(200, None), (304, None), (404, None), (429, None), (500, Some("500")), (503, Some("503"))]
    {
        let traced = Traced::new();
        let service =
            service_fn(move |_| async move { Ok::<_, Infallible>(answer(status, "text/plain", "")) });
        run(TraceLayer::server(&traced.provider), service, get("/")).await;
        let span = traced.span();
        assert_eq!(is_error(&span), error.is_some(), "{status}");
        assert_eq!(attribute(&span, "error.type").as_deref(), error, "{status}");
        assert_eq!(attribute(&span, "http.response.status_code"), Some(status.to_string()));
    }
}

#[tokio::test]
async fn a_malformed_parent_begins_a_new_trace() {
    let traced = Traced::new();
    let mut request = get("/");
    request.headers_mut().append("traceparent", TRACEPARENT.parse().unwrap());
    request.headers_mut().append("traceparent", TRACEPARENT.parse().unwrap());
    run(TraceLayer::server(&traced.provider), service_fn(ok), request).await;
    let span = traced.span();
    assert_ne!(span.span_context.trace_id().to_string(), TRACE);
    assert_eq!(span.parent_span_id.to_string(), "0000000000000000");
}

#[tokio::test]
async fn the_span_is_current_while_the_handler_runs_and_in_the_extensions() {
    let traced = Traced::new();
    let handler = service_fn(async |request: Request<_>| {
        tokio::task::yield_now().await;
        Context::current().span().set_attribute(KeyValue::new("shop.items", 3));
        let carried = request.extensions().get::<Context>().unwrap();
        assert_eq!(*carried.span().span_context(), current());
        ok(request).await
    });
    run(TraceLayer::server(&traced.provider), handler, get("/")).await;
    assert!(!current().is_valid(), "and not afterwards");
    assert_eq!(attribute(&traced.span(), "shop.items").as_deref(), Some("3"));
}

#[tokio::test]
async fn the_span_ends_with_the_body() {
    let traced = Traced::new();
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(4);
    let mut body = Some(body);
    let service =
        service_fn(move |_| std::future::ready(Ok::<_, Infallible>(Response::new(body.take().unwrap()))));
    let reply = TraceLayer::server(&traced.provider).layer(service).oneshot(get("/")).await.unwrap();
    let mut body = reply.into_body();
    sender.send_data(Bytes::from_static(b"part")).await.unwrap();
    body.frame().await.unwrap().unwrap();
    std::thread::sleep(Duration::from_millis(60));
    assert!(traced.spans().is_empty(), "the body goes on");
    drop(sender);
    assert!(body.frame().await.is_none());
    let span = traced.span();
    let took = span.end_time.duration_since(span.start_time).unwrap();
    assert!(took >= Duration::from_millis(60), "{took:?}");
}

#[tokio::test]
async fn a_reply_that_is_given_up_is_no_error() {
    let traced = Traced::new();
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(4);
    let mut body = Some(body);
    let service =
        service_fn(move |_| std::future::ready(Ok::<_, Infallible>(Response::new(body.take().unwrap()))));
    let reply = TraceLayer::server(&traced.provider).layer(service).oneshot(get("/")).await.unwrap();
    let mut body = reply.into_body();
    sender.send_data(Bytes::from_static(b"part")).await.unwrap();
    body.frame().await.unwrap().unwrap();
    drop(body);
    let span = traced.span();
    assert_eq!(span.status, Status::Unset);
    assert_eq!(attribute(&span, "tower_genai.outcome").as_deref(), Some("dropped"));
    assert_eq!(attribute(&span, "error.type"), None);
}

#[tokio::test]
async fn a_future_that_is_dropped_ends_its_span() {
    let traced = Traced::new();
    let service = service_fn(|_| std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>());
    let call = TraceLayer::server(&traced.provider).layer(service).oneshot(get("/"));
    tokio::time::timeout(Duration::from_millis(5), call).await.unwrap_err();
    let span = traced.span();
    assert_eq!(attribute(&span, "tower_genai.outcome").as_deref(), Some("dropped"));
    assert_eq!(attribute(&span, "http.response.status_code"), None);
}

#[tokio::test]
async fn what_breaks_is_an_error() {
    let traced = Traced::new();
    let service = service_fn(async |_| Err::<Response<Full<Bytes>>, _>("no"));
    TraceLayer::server(&traced.provider).layer(service).oneshot(get("/")).await.unwrap_err();
    let span = traced.span();
    assert!(is_error(&span));
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("_OTHER"));

    let traced = Traced::new();
    let (sender, body) = Channel::<Bytes, &str>::new(4);
    let mut body = Some(body);
    let service =
        service_fn(move |_| std::future::ready(Ok::<_, Infallible>(Response::new(body.take().unwrap()))));
    let reply = TraceLayer::server(&traced.provider).layer(service).oneshot(get("/")).await.unwrap();
    sender.abort("broken");
    reply.into_body().collect().await.unwrap_err();
    let span = traced.span();
    assert!(is_error(&span));
    assert_eq!(attribute(&span, "error.type").as_deref(), Some("truncated"));
}

#[tokio::test]
async fn a_grpc_call_is_named_by_its_method_and_judged_by_its_trailers() {
    for (status, name, error) in [
        ("0", "OK", None),
        ("5", "NOT_FOUND", None),
        ("13", "INTERNAL", Some("INTERNAL")),
        ("99", "_OTHER", None),
    ] {
        let traced = Traced::new();
        let service = service_fn(move |_| async move {
            let (mut sender, body) = Channel::<Bytes, Infallible>::new(4);
            sender.send(Frame::data(Bytes::from_static(b"\0\0\0\0\0"))).await.unwrap();
            let trailers = HeaderMap::from_iter([("grpc-status".parse().unwrap(), status.parse().unwrap())]);
            sender.send(Frame::trailers(trailers)).await.unwrap();
            let mut response = Response::new(body);
            response.headers_mut().insert("content-type", "application/grpc".parse().unwrap());
            Ok::<_, Infallible>(response)
        });
        let request = Request::post("http://127.0.0.1:50051/shop.Items/Get")
            .header("content-type", "application/grpc+proto")
            .body(Full::<Bytes>::default())
            .unwrap();
        run(TraceLayer::server(&traced.provider), service, request).await;
        let span = traced.span();
        assert_eq!(span.name, "shop.Items/Get");
        let mut expected = vec![
            ("rpc.method", "shop.Items/Get"),
            ("rpc.status_code", name),
            ("rpc.system.name", "grpc"),
            ("server.address", "127.0.0.1"),
            ("server.port", "50051"),
        ];
        expected.extend(error.map(|error| ("error.type", error)));
        expected.sort_unstable();
        let expected: Vec<_> =
            expected.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
        assert_eq!(attributes(&span), expected);
        assert_eq!(is_error(&span), error.is_some());
    }
}

fn chat() -> Request<Full<Bytes>> {
    let request = Request::post("/v1/chat/completions").header("content-type", "application/json");
    request.body(Full::from(QUESTION)).unwrap()
}

#[tokio::test]
async fn a_model_call_that_is_answered_has_both_kinds_of_attributes() {
    let traced = Traced::new();
    let layer = TraceLayer::server(&traced.provider).route(|_| Some("/v1/chat/completions"));
    let mut request = chat();
    request
        .extensions_mut()
        .insert(Caller::new().with_key_alias("search-prod").with_team("search").with_user("svc"));
    run(layer, service_fn(support::model), request).await;
    let span = traced.span();
    assert_eq!(span.name, "POST /v1/chat/completions");
    assert_eq!(span.span_kind, SpanKind::Server);
    for (key, value) in [
        ("http.response.status_code", "200"),
        ("url.path", "/v1/chat/completions"),
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.request.model", "gpt-4o-mini"),
        ("gen_ai.usage.output_tokens", "7"),
        ("tower_genai.outcome", "complete"),
        ("tower_genai.key_alias", "search-prod"),
        ("tower_genai.team", "search"),
        ("user.id", "svc"),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key}");
    }
}

#[tokio::test]
async fn a_server_that_refuses_a_model_call_has_not_failed() {
    for (status, error) in [(401, None), (429, None), (502, Some("502"))] {
        let traced = Traced::new();
        let service =
            service_fn(move |_| async move { Ok::<_, Infallible>(answer(status, "application/json", "{}")) });
        run(TraceLayer::server(&traced.provider), service, chat()).await;
        let span = traced.span();
        assert_eq!(is_error(&span), error.is_some(), "{status}");
        assert_eq!(attribute(&span, "error.type").as_deref(), error, "{status}");
        assert_eq!(attribute(&span, "tower_genai.outcome").as_deref(), Some("failed"));
    }
}

#[tokio::test]
async fn a_handler_that_calls_a_model_itself_is_believed() {
    let traced = Traced::new();
    let handler = service_fn(async |request: Request<_>| {
        let call = request.extensions().get::<CallHandle>().unwrap();
        assert_eq!(call.span().unwrap().span_id, current().span_id().to_bytes());
        call.set_request_model("llama");
        call.set_provider("ollama");
        call.set_usage(Usage::new(3, 4).with_cache_write(2));
        Ok::<_, Infallible>(answer(200, "text/plain", "hello"))
    });
    run(TraceLayer::server(&traced.provider), handler, chat()).await;
    let span = traced.span();
    for (key, value) in [
        ("gen_ai.request.model", "llama"),
        ("gen_ai.provider.name", "ollama"),
        ("gen_ai.usage.input_tokens", "3"),
        ("gen_ai.usage.cache_creation.input_tokens", "2"),
        ("gen_ai.usage.cache_write.input_tokens", "2"),
        ("tower_genai.usage_source", "reported"),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key}");
    }
}

#[tokio::test]
async fn an_exchange_only_layer_tells_no_model_call() {
    let traced = Traced::new();
    run(TraceLayer::server(&traced.provider).exchange_only(), service_fn(support::model), chat()).await;
    let span = traced.span();
    assert!(span.attributes.iter().all(|kv| !kv.key.as_str().starts_with("gen_ai")), "{span:?}");
    assert!(ANSWER.contains("gpt-4o-mini"));
}

#[tokio::test]
async fn what_is_not_sampled_is_not_recorded_and_still_a_trace() {
    let traced = Traced::new();
    let mut request = get("/");
    request.headers_mut().insert("traceparent", TRACEPARENT.replace("-01", "-02").parse().unwrap());
    let handler = service_fn(async |request| {
        let span = current();
        assert_eq!(span.trace_id().to_string(), TRACE);
        assert_ne!(span.span_id().to_string(), PARENT);
        assert_eq!(span.trace_flags().to_u8(), 0x02, "random stays");
        ok(request).await
    });
    run(TraceLayer::server(&traced.provider), handler, request).await;
    assert!(traced.spans().is_empty());
}
