//! The spans of a client, and what it sends along.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod support;

use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Channel, Full};
use opentelemetry::Context;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry::trace::{SpanKind, Status, TraceContextExt};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use opentelemetry_sdk::trace::Sampler;
use support::{
    PARENT, TRACE, TRACEPARENT, Traced, answer, attribute, attributes, chat, is_error, model, run,
};
use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};
use tower_genai_core::{CallLayer, CallRecord, Caller, Cost, Observer, Role, SpanRef};
use tower_genai_trace::{Audience, Propagation, TraceLayer, TraceObserver, w3c};

/// Sends the request and returns the headers that went out.
async fn sent<B>(layer: TraceLayer, request: Request<B>) -> HeaderMap
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: std::fmt::Debug,
{
    let seen = Arc::new(Mutex::new(HeaderMap::new()));
    let keep = seen.clone();
    let upstream = service_fn(move |request: Request<_>| {
        *keep.lock().unwrap() = request.headers().clone();
        model(request)
    });
    run(layer, upstream, request).await;
    std::mem::take(&mut *seen.lock().unwrap())
}

fn plain() -> Request<Full<Bytes>> {
    Request::get("https://user:hunter2@api.example/v1/models?key=s3cret&limit=5")
        .body(Full::default())
        .unwrap()
}

#[tokio::test]
async fn a_model_call_has_the_conventions_name_kind_and_attributes() {
    let traced = Traced::new();
    let mut request = chat();
    request
        .extensions_mut()
        .insert(Caller::new().with_key_alias("search-prod").with_team("search").with_user("svc"));
    run(TraceLayer::client(&traced.provider), service_fn(model), request).await;
    let span = traced.span();
    assert_eq!(span.name, "chat gpt-4o-mini");
    assert_eq!(span.span_kind, SpanKind::Client);
    assert_eq!(span.status, Status::Unset);
    let id = attribute(&span, "tower_genai.call_id").unwrap();
    assert_eq!(id.len(), 32);
    let expected = [
        ("gen_ai.operation.name", "chat"),
        ("gen_ai.provider.name", "openai"),
        ("gen_ai.request.max_tokens", "100"),
        ("gen_ai.request.model", "gpt-4o-mini"),
        ("gen_ai.request.stop_sequences", "[\"END\"]"),
        ("gen_ai.request.temperature", "0.5"),
        ("gen_ai.response.finish_reasons", "[\"stop\"]"),
        ("gen_ai.response.id", "chatcmpl-1"),
        ("gen_ai.response.model", "gpt-4o-mini-2024-07-18"),
        ("gen_ai.usage.cache_read.input_tokens", "4"),
        ("gen_ai.usage.input_tokens", "12"),
        ("gen_ai.usage.output_tokens", "7"),
        ("gen_ai.usage.reasoning.output_tokens", "2"),
        ("openai.api.type", "chat_completions"),
        ("openai.response.service_tier", "default"),
        ("openai.response.system_fingerprint", "fp_1"),
        ("server.address", "api.openai.com"),
        ("server.port", "443"),
        ("tower_genai.call_id", id.as_str()),
        ("tower_genai.key_alias", "search-prod"),
        ("tower_genai.outcome", "complete"),
        ("tower_genai.team", "search"),
        ("tower_genai.usage_source", "reported"),
        ("user.id", "svc"),
    ];
    assert_eq!(attributes(&span), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
}

#[tokio::test]
async fn a_stream_tells_the_time_to_its_first_chunk() {
    let traced = Traced::new();
    let events = [
        r#"data: {"id":"c1","model":"gpt-4o-mini","choices":[{"index":0,"delta":{"content":"hello"}}]}"#,
        r#"data: {"id":"c1","model":"gpt-4o-mini","choices":[{"index":0,"delta":{},"finish_reason":"length"}]}"#,
        r#"data: {"id":"c1","model":"gpt-4o-mini","choices":[],"usage":{"prompt_tokens":5,"completion_tokens":9,"total_tokens":14}}"#,
        "data: [DONE]",
    ];
    let upstream = service_fn(move |request: Request<_>| async move {
        model(request).await.unwrap();
        Ok::<_, Infallible>(answer(200, "text/event-stream", &format!("{}\n\n", events.join("\n\n"))))
    });
    let mut request = chat();
    *request.body_mut() = Full::from(r#"{"model":"gpt-4o-mini","stream":true}"#);
    run(TraceLayer::client(&traced.provider), upstream, request).await;
    let span = traced.span();
    assert!(attribute(&span, "gen_ai.response.time_to_first_chunk").unwrap().parse::<f64>().unwrap() < 5.0);
    assert_eq!(attribute(&span, "gen_ai.request.stream").as_deref(), Some("true"));
    assert_eq!(attribute(&span, "gen_ai.response.finish_reasons").as_deref(), Some("[\"length\"]"));
    assert_eq!(attribute(&span, "gen_ai.usage.output_tokens").as_deref(), Some("9"));
}

#[tokio::test]
async fn failures_are_errors_with_the_providers_code_or_the_status() {
    for (status, body, error) in [
        (
            429,
            r#"{"error": {"message": "m", "type": "t", "code": "rate_limit_exceeded"}}"#,
            "rate_limit_exceeded",
        ),
        (401, "{}", "401"),
        (500, "", "500"),
    ] {
        let traced = Traced::new();
        let upstream =
            service_fn(move |_| async move { Ok::<_, Infallible>(answer(status, "application/json", body)) });
        run(TraceLayer::client(&traced.provider), upstream, chat()).await;
        let span = traced.span();
        assert!(is_error(&span), "{status}");
        assert_eq!(attribute(&span, "error.type").as_deref(), Some(error));
        assert_eq!(attribute(&span, "tower_genai.outcome").as_deref(), Some("failed"));
    }
}

#[tokio::test]
async fn a_call_that_is_given_up_is_dropped_and_no_error() {
    let traced = Traced::new();
    let (mut sender, body) = Channel::<Bytes, Infallible>::new(4);
    let mut body = Some(body);
    let upstream = service_fn(move |_| {
        let mut response = Response::new(body.take().unwrap());
        response.headers_mut().insert("content-type", "text/event-stream".parse().unwrap());
        std::future::ready(Ok::<_, Infallible>(response))
    });
    let reply = TraceLayer::client(&traced.provider).layer(upstream).oneshot(chat()).await.unwrap();
    let mut body = reply.into_body();
    sender.send_data(Bytes::from_static(b"data: {\"model\":\"m\"}\n\n")).await.unwrap();
    body.frame().await.unwrap().unwrap();
    assert!(traced.spans().is_empty());
    drop(body);
    let span = traced.span();
    assert_eq!(span.status, Status::Unset);
    assert_eq!(attribute(&span, "tower_genai.outcome").as_deref(), Some("dropped"));
    assert_eq!(attribute(&span, "gen_ai.response.model").as_deref(), Some("m"));
}

#[tokio::test]
async fn a_plain_exchange_has_the_http_attributes_and_no_credential() {
    let traced = Traced::new();
    run(TraceLayer::client(&traced.provider), service_fn(model), plain()).await;
    let span = traced.span();
    assert_eq!((span.name.as_ref(), &span.span_kind), ("GET", &SpanKind::Client));
    let expected = [
        ("http.request.method", "GET"),
        ("http.response.status_code", "200"),
        ("network.protocol.version", "1.1"),
        ("server.address", "api.example"),
        ("server.port", "443"),
        ("url.full", "https://api.example/v1/models?key=REDACTED&limit=5"),
    ];
    assert_eq!(attributes(&span), expected.map(|(key, value)| (key.to_owned(), value.to_owned())));
    for status in [404, 503] {
        let traced = Traced::new();
        let upstream =
            service_fn(move |_| async move { Ok::<_, Infallible>(answer(status, "text/plain", "")) });
        run(TraceLayer::client(&traced.provider), upstream, plain()).await;
        let span = traced.span();
        assert!(is_error(&span));
        assert_eq!(attribute(&span, "error.type"), Some(status.to_string()));
    }
}

#[tokio::test]
async fn what_goes_out_names_our_span_in_the_place_of_the_callers() {
    let traced = Traced::new();
    let mut request = chat();
    for value in [TRACEPARENT, "nonsense"] {
        request.headers_mut().append("traceparent", value.parse().unwrap());
    }
    request.headers_mut().append("tracestate", "theirs=1".parse().unwrap());
    let headers = sent(TraceLayer::client(&traced.provider), request).await;
    let (out, span) = (w3c::extract(&headers).unwrap(), traced.span());
    assert_eq!(out.span_id(), span.span_context.span_id());
    assert_eq!(out.trace_id(), span.span_context.trace_id());
    assert_ne!(out.trace_id().to_string(), TRACE, "two parents are none");
    assert!(headers.get("tracestate").is_none(), "and their state goes with them");

    let traced = Traced::new();
    let mut request = chat();
    request.headers_mut().insert("traceparent", TRACEPARENT.parse().unwrap());
    request.headers_mut().insert("tracestate", "theirs=1".parse().unwrap());
    let headers = sent(TraceLayer::client(&traced.provider), request).await;
    let (out, span) = (w3c::extract(&headers).unwrap(), traced.span());
    assert_eq!((out.span_id(), out.trace_id().to_string()), (span.span_context.span_id(), TRACE.to_owned()));
    assert_eq!(span.parent_span_id.to_string(), PARENT);
    assert!(headers.get("tracestate").is_none(), "what others said is not for a provider");
}

/// A proxy's stack: a server layer around a client layer, the headers forwarded.
#[tokio::test]
async fn through_a_proxy_the_server_span_is_the_parent() {
    for direct in [true, false] {
        let traced = Traced::new();
        let seen = Arc::new(Mutex::new(HeaderMap::new()));
        let keep = seen.clone();
        let upstream = service_fn(move |request: Request<_>| {
            *keep.lock().unwrap() = request.headers().clone();
            model(request)
        });
        let (server, client) =
            (TraceLayer::server(&traced.provider).exchange_only(), TraceLayer::client(&traced.provider));
        let mut request = chat();
        request.headers_mut().insert("traceparent", TRACEPARENT.parse().unwrap());
        if direct {
            // The client is called within the server's call, before any future is polled.
            run(server, client.layer(upstream), request).await;
        } else {
            // The client is called on another task.
            let buffered = ServiceBuilder::new().buffer(1).layer(client).service(upstream);
            run(server, buffered, request).await;
        }
        let spans = traced.spans();
        let [client, server] = spans.as_slice() else { panic!("two spans in {spans:#?}") };
        assert_eq!((client.name.as_ref(), server.name.as_ref()), ("chat gpt-4o-mini", "POST"));
        assert_eq!(server.parent_span_id.to_string(), PARENT);
        assert_eq!(client.parent_span_id, server.span_context.span_id());
        assert_eq!(client.span_context.trace_id().to_string(), TRACE);
        let out = w3c::extract(&seen.lock().unwrap()).unwrap();
        assert_eq!(out.span_id(), client.span_context.span_id());
    }
}

#[tokio::test]
async fn the_current_span_comes_before_the_extensions_and_these_before_the_headers() {
    let context = |span_id: &str| {
        let mut headers = HeaderMap::new();
        headers.insert("traceparent", TRACEPARENT.replace(PARENT, span_id).parse().unwrap());
        Context::new().with_remote_span_context(w3c::extract(&headers).unwrap())
    };
    let (current, carried) = ("1111111111111111", "2222222222222222");
    for (has_current, has_carried, expected) in
        [(true, true, current), (true, false, current), (false, true, carried), (false, false, PARENT)]
    {
        let traced = Traced::new();
        let mut request = chat();
        request.headers_mut().insert("traceparent", TRACEPARENT.parse().unwrap());
        if has_carried {
            request.extensions_mut().insert(context(carried));
        }
        let service = TraceLayer::client(&traced.provider).layer(service_fn(model));
        let reply = {
            use opentelemetry::trace::FutureExt;
            let around = if has_current { context(current) } else { Context::new() };
            service.oneshot(request).with_context(around).await.unwrap()
        };
        reply.into_body().collect().await.unwrap();
        assert_eq!(traced.span().parent_span_id.to_string(), expected);
    }
}

#[tokio::test]
async fn an_unsampled_span_goes_out_all_the_same() {
    let traced = Traced::sampled_by(Sampler::AlwaysOff);
    let mut request = chat();
    request.headers_mut().insert("traceparent", TRACEPARENT.replace("-01", "-03").parse().unwrap());
    let headers = sent(TraceLayer::client(&traced.provider), request).await;
    let out = w3c::extract(&headers).unwrap();
    assert_eq!(out.trace_id().to_string(), TRACE);
    assert_ne!(out.span_id().to_string(), PARENT);
    assert_eq!(out.trace_flags().to_u8(), 0x02, "not sampled, and as random as before");
    assert!(traced.spans().is_empty());
}

#[tokio::test]
async fn a_provider_without_spans_passes_the_parent_on() {
    let layer = || TraceLayer::client(&NoopTracerProvider::new());
    // As it came, to the letter, to those who may see where it has been.
    let mut request = chat();
    request.extensions_mut().insert(Audience::Own);
    let future = format!("cc-{TRACE}-{PARENT}-01-more");
    request.headers_mut().insert("traceparent", future.parse().unwrap());
    request.headers_mut().insert("tracestate", "b=2 ,a=1".parse().unwrap());
    let headers = sent(layer(), request).await;
    assert_eq!(
        (headers["traceparent"].as_bytes(), &headers["tracestate"]),
        (future.as_bytes(), &"b=2 ,a=1".parse().unwrap())
    );
    // From the process, when it is the process that knows it.
    let mut parent = HeaderMap::new();
    parent.insert("traceparent", TRACEPARENT.parse().unwrap());
    let mut request = chat();
    request.extensions_mut().insert(Context::new().with_remote_span_context(w3c::extract(&parent).unwrap()));
    let headers = sent(layer(), request).await;
    assert_eq!(headers["traceparent"], TRACEPARENT);
    // And nothing, when there is nothing.
    assert!(sent(layer(), chat()).await.get("traceparent").is_none());
}

#[tokio::test]
async fn any_propagator_of_opentelemetrys_can_be_used() {
    let traced = Traced::new();
    let custom = Propagation::custom(Arc::new(TraceContextPropagator::new()));
    let observer = TraceObserver::new(&traced.provider).propagation(custom);
    let mut request = chat();
    request.extensions_mut().insert(Audience::Own);
    request.headers_mut().insert("traceparent", TRACEPARENT.parse().unwrap());
    let headers = sent(TraceLayer::new(Role::Client, observer), request).await;
    let (out, span) = (w3c::extract(&headers).unwrap(), traced.span());
    assert_eq!(span.parent_span_id.to_string(), PARENT);
    assert_eq!(out.span_id(), span.span_context.span_id());
    // The mark of the SDK's own: an empty header.
    assert_eq!(headers["tracestate"], "");
}

/// Prices every call, and keeps the span its record names.
#[derive(Clone, Default)]
struct Price(Arc<Mutex<Vec<Option<SpanRef>>>>);

impl Observer for Price {
    fn name(&self) -> &'static str {
        "price"
    }

    fn enrich(&self, record: &mut CallRecord) {
        let mut cost = Cost::default();
        cost.input = "0.0000012".parse().unwrap();
        cost.cache_read = "0.0000003".parse().unwrap();
        cost.output = "0.0000042".parse().unwrap();
        cost.tools = "0.01".parse().unwrap();
        record.set_cost(cost);
    }

    fn on_end(&self, record: &CallRecord) {
        self.0.lock().unwrap().push(record.span());
    }
}

#[tokio::test]
async fn in_any_order_the_span_has_the_price_and_the_record_has_the_span() {
    for order in 0..3 {
        let (traced, price) = (Traced::new(), Price::default());
        let (trace, cost) = (TraceLayer::client(&traced.provider), CallLayer::client().with(price.clone()));
        match order {
            0 => run(trace, cost.layer(service_fn(model)), chat()).await,
            1 => run(cost, trace.layer(service_fn(model)), chat()).await,
            _ => run(cost.with(TraceObserver::new(&traced.provider)), service_fn(model), chat()).await,
        };
        let span = traced.span();
        assert_eq!(span.name, "chat gpt-4o-mini", "order {order}");
        for (key, value) in [
            ("gen_ai.usage.cost", "0.0100057"),
            ("gen_ai.cost.input", "0.0000012"),
            ("gen_ai.cost.output", "0.0000042"),
            ("gen_ai.cost.cache_read", "0.0000003"),
            ("gen_ai.cost.tools", "0.01"),
            ("tower_genai.cost_status", "priced"),
            ("gen_ai.usage.output_tokens", "7"),
        ] {
            let shown = attribute(&span, key).unwrap();
            let same = shown == value
                || shown.parse::<f64>().unwrap().to_bits() == value.parse::<f64>().unwrap().to_bits();
            assert!(same, "{key}: {shown}, order {order}");
        }
        assert_eq!(attribute(&span, "gen_ai.cost.cache_write"), None);
        let named = price.0.lock().unwrap()[0].unwrap();
        assert_eq!(named.span_id, span.span_context.span_id().to_bytes());
        assert_eq!(named.trace_id, span.span_context.trace_id().to_bytes());
        assert!(named.sampled);
    }
}

/// Answers 503 so many times and then as the model does.
#[derive(Clone)]
struct Flaky(Arc<Mutex<u32>>);

impl<B> tower::Service<Request<B>> for Flaky
where
    B: http_body::Body + Send + 'static,
    B::Data: Send,
    B::Error: std::fmt::Debug,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::pin::Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let mut refusals = self.0.lock().unwrap();
        let refuse = *refusals > 0;
        *refusals = refusals.saturating_sub(1);
        Box::pin(async move {
            let reply = model(request).await;
            if refuse { Ok(answer(503, "application/json", "{}")) } else { reply }
        })
    }
}

/// Tries again after a 503.
#[derive(Clone)]
struct Again;

impl<Q: Clone, R> tower::retry::Policy<Request<Q>, Response<R>, Infallible> for Again {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        _request: &mut Request<Q>,
        result: &mut Result<Response<R>, Infallible>,
    ) -> Option<Self::Future> {
        let again = result.as_ref().is_ok_and(|response| response.status() == 503);
        again.then(|| std::future::ready(()))
    }

    fn clone_request(&mut self, request: &Request<Q>) -> Option<Request<Q>> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn attempts_at_a_call_without_a_span_are_siblings_and_each_is_the_calls() {
    let (traced, price) = (Traced::new(), Price::default());
    let attempts = ServiceBuilder::new()
        .layer(tower::retry::RetryLayer::new(Again))
        .layer(TraceLayer::client(&traced.provider))
        .service(Flaky(Arc::new(Mutex::new(2))));
    let mut request = chat();
    request.headers_mut().insert("traceparent", TRACEPARENT.parse().unwrap());
    run(CallLayer::client().with(price.clone()), attempts, request).await;

    let spans = traced.spans();
    let [first, second, third] = spans.as_slice() else { panic!("three spans in {spans:#?}") };
    for (span, resent) in [(first, None), (second, Some("1"))] {
        assert_eq!(span.name, "chat gpt-4o-mini");
        assert!(is_error(span));
        assert_eq!(attribute(span, "gen_ai.provider.name").as_deref(), Some("openai"));
        assert_eq!(attribute(span, "gen_ai.request.model").as_deref(), Some("gpt-4o-mini"));
        assert_eq!(attribute(span, "gen_ai.request.temperature").as_deref(), Some("0.5"));
        assert_eq!(attribute(span, "error.type").as_deref(), Some("503"));
        assert_eq!(attribute(span, "gen_ai.operation.name").as_deref(), Some("chat"));
        assert_eq!(attribute(span, "http.request.resend_count").as_deref(), resent);
    }
    assert_eq!(third.name, "chat gpt-4o-mini");
    assert_eq!(third.status, Status::Unset);
    assert_eq!(attribute(third, "http.request.resend_count").as_deref(), Some("2"));
    assert_eq!(attribute(third, "gen_ai.usage.output_tokens").as_deref(), Some("7"));
    assert!(attribute(third, "gen_ai.usage.cost").is_some());
    assert!(spans.iter().all(|span| span.parent_span_id.to_string() == PARENT));
    assert_eq!(price.0.lock().unwrap().len(), 1, "one call");
}

#[tokio::test]
async fn attempts_below_the_calls_span_are_its_children() {
    let traced = Traced::new();
    let attempts = ServiceBuilder::new()
        .layer(tower::retry::RetryLayer::new(Again))
        .layer(TraceLayer::client(&traced.provider))
        .service(Flaky(Arc::new(Mutex::new(1))));
    run(TraceLayer::client(&traced.provider), attempts, chat()).await;

    let spans = traced.spans();
    let [first, second, call] = spans.as_slice() else { panic!("three spans in {spans:#?}") };
    assert_eq!(call.name, "chat gpt-4o-mini");
    for (span, status, resent) in [(first, "503", None), (second, "200", Some("1"))] {
        assert_eq!(span.name, "POST");
        assert_eq!(span.parent_span_id, call.span_context.span_id());
        assert_eq!(attribute(span, "http.response.status_code").as_deref(), Some(status));
        assert_eq!(attribute(span, "http.request.resend_count").as_deref(), resent);
    }
    assert!(is_error(first) && !is_error(second) && !is_error(call));
}

#[test]
fn layers_services_and_futures_go_where_they_must() {
    fn shared<T: Send + Sync + Clone + 'static>(_: &T) {}
    fn sent<T: Send>(_: &T) {}
    let traced = Traced::new();
    let layer = TraceLayer::client(&traced.provider);
    shared(&layer);
    shared(&layer.clone().same_body(Full::<Bytes>::from_tap));
    shared(&TraceObserver::new(&traced.provider));
    shared(&Propagation::w3c());
    let service = layer.layer(Flaky(Arc::default()));
    sent(&service);
    sent(&service.oneshot(chat()));
}

trait FromTap: Sized {
    fn from_tap(body: tower_genai_core::TapBody<Self>) -> Self;
}

impl FromTap for Full<Bytes> {
    fn from_tap(body: tower_genai_core::TapBody<Self>) -> Self {
        body.get_ref().clone()
    }
}
