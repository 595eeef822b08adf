//! What a client lets the services that it calls see of what others have said.

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
use http_body_util::Full;
use opentelemetry::baggage::BaggageExt;
use opentelemetry::trace::noop::NoopTracerProvider;
use opentelemetry::trace::{FutureExt, TracerProvider};
use opentelemetry::{Context, KeyValue};
use support::{PARENT, QUESTION, TRACE, TRACEPARENT, Traced, run};
use tower::{Layer, Service, service_fn};
use tower_genai_core::{CallLayer, Role};
use tower_genai_trace::{Audience, Outgoing, Propagation, TraceLayer, TraceObserver, Trust, w3c};

/// What a caller of a proxy may have sent, in every format there is.
const SAID: [(&str, &str); 12] = [
    ("tracestate", "vendor=1"),
    ("baggage", "user=alice"),
    ("b3", "80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-1"),
    ("x-b3-traceid", "80f198ee56343ba864fe8b2a57d3eff7"),
    ("x-b3-spanid", "e457b5a2e4d86bd1"),
    ("uber-trace-id", "80f198ee56343ba864fe8b2a57d3eff7:e457b5a2e4d86bd1:0:1"),
    ("uberctx-user", "alice"),
    ("x-datadog-trace-id", "1234"),
    ("x-datadog-parent-id", "5678"),
    ("x-datadog-tags", "_dd.p.usr.id=alice"),
    ("x-datadog-origin", "rum"),
    ("ot-baggage-user", "alice"),
];

fn request(uri: &str, model_call: bool) -> Request<Full<Bytes>> {
    let mut builder = if model_call {
        Request::post(format!("{uri}/v1/chat/completions")).header("content-type", "application/json")
    } else {
        Request::get(format!("{uri}/items"))
    };
    for (name, value) in [("traceparent", TRACEPARENT), ("x-request-id", "7")].into_iter().chain(SAID) {
        builder = builder.header(name, value);
    }
    builder.body(Full::from(if model_call { QUESTION } else { "" })).unwrap()
}

async fn sent<L>(layer: L, request: Request<Full<Bytes>>) -> HeaderMap
where
    L: Layer<Upstream>,
    L::Service: Service<
            Request<Full<Bytes>>,
            Response = Response<tower_genai_core::TapBody<Full<Bytes>>>,
            Error = Infallible,
        >,
{
    let upstream = Upstream::default();
    run(layer, upstream.clone(), request).await;
    let seen = upstream.0.lock().unwrap().take();
    seen.unwrap()
}

#[derive(Clone, Default)]
struct Upstream(Arc<Mutex<Option<HeaderMap>>>);

impl<B> Service<Request<B>> for Upstream {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Self::Response, Infallible>>;

    fn poll_ready(&mut self, _cx: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        *self.0.lock().unwrap() = Some(request.headers().clone());
        std::future::ready(Ok(support::answer(200, "application/json", support::ANSWER)))
    }
}

/// Which of the headers that were said went out.
fn went_out(headers: &HeaderMap) -> Vec<&'static str> {
    SAID.iter().map(|(name, _)| *name).filter(|name| headers.contains_key(*name)).collect()
}

fn client(traced: &Traced, outgoing: Outgoing) -> TraceLayer {
    TraceLayer::new(Role::Client, TraceObserver::new(&traced.provider).outgoing(outgoing))
}

#[tokio::test]
async fn a_stranger_sees_our_span_and_nothing_that_others_said() {
    for (uri, model_call) in [("https://api.openai.com", true), ("https://api.stripe.com", false)] {
        let traced = Traced::new();
        let headers = sent(client(&traced, Outgoing::new()), request(uri, model_call)).await;
        assert_eq!(went_out(&headers), Vec::<&str>::new(), "{uri}");
        assert_eq!(headers["x-request-id"], "7");
        let (out, span) = (w3c::extract(&headers).unwrap(), traced.span());
        assert_eq!(out.trace_id().to_string(), TRACE, "{uri}");
        assert_eq!(out.span_id(), span.span_context.span_id(), "{uri}");
        assert_eq!(span.parent_span_id.to_string(), PARENT, "{uri}");
    }
}

#[tokio::test]
async fn ones_own_services_see_all_of_it_below_our_span() {
    let everything = SAID.map(|(name, _)| name);
    let allowed = || Outgoing::new().allow("api.openai.com").allow("*.corp.example");
    for (uri, model_call, outgoing) in [
        ("http://127.0.0.1:8080", false, Outgoing::new()),
        ("http://inventory", false, Outgoing::new()),
        ("https://api.openai.com", true, allowed()),
        ("https://llm.corp.example:8443", true, allowed()),
        ("https://llm.corp.example", false, allowed()),
    ] {
        let traced = Traced::new();
        let headers = sent(client(&traced, outgoing), request(uri, model_call)).await;
        assert_eq!(went_out(&headers), everything, "{uri}");
        let out = w3c::extract(&headers).unwrap();
        assert_eq!(out.span_id(), traced.span().span_context.span_id());
        assert_eq!(out.trace_state().get("vendor"), Some("1"));
    }
}

#[tokio::test]
async fn a_parent_in_a_format_that_is_not_spoken_stays_here() {
    let traced = Traced::new();
    let observer = TraceObserver::new(&traced.provider).propagation(Propagation::b3());
    let headers =
        sent(TraceLayer::new(Role::Client, observer), request("https://api.openai.com", true)).await;
    assert!(headers.get("traceparent").is_none());
    assert_eq!(went_out(&headers), ["b3"]);
    assert!(headers["b3"].to_str().unwrap().contains(&traced.span().span_context.span_id().to_string()));
}

#[tokio::test]
async fn a_provider_nearby_sees_where_the_trace_has_been_and_no_baggage() {
    let baggage = ["baggage", "uberctx-user", "ot-baggage-user"];
    let providers = || Outgoing::new().providers_only();
    for (uri, model_call, outgoing) in [
        ("http://127.0.0.1:8080", true, Outgoing::new()),
        ("http://ollama:11434", true, Outgoing::new()),
        ("http://ollama:11434", false, providers()),
    ] {
        let traced = Traced::new();
        let headers = sent(client(&traced, outgoing), request(uri, model_call)).await;
        let out = went_out(&headers);
        assert!(SAID.iter().all(|(name, _)| out.contains(name) != baggage.contains(name)), "{out:?}");
        assert_eq!(w3c::extract(&headers).unwrap().span_id(), traced.span().span_context.span_id());
    }
    let traced = Traced::new();
    let headers =
        sent(client(&traced, providers().allow("ollama")), request("http://ollama:11434", true)).await;
    assert_eq!(went_out(&headers), SAID.map(|(name, _)| name));
}

#[tokio::test]
async fn an_audience_in_the_extensions_has_the_last_word() {
    let traced = Traced::new();
    let mut own = request("https://api.openai.com", true);
    own.extensions_mut().insert(Audience::Own);
    assert_eq!(went_out(&sent(client(&traced, Outgoing::new()), own).await), SAID.map(|(name, _)| name));
    let mut stranger = request("http://127.0.0.1", false);
    stranger.extensions_mut().insert(Audience::Stranger);
    let headers = sent(client(&traced, Outgoing::new().allow("127.0.0.1")), stranger).await;
    assert_eq!(went_out(&headers), Vec::<&str>::new());
    // After it comes what is said of all requests.
    for (always, said, expected) in [
        (Audience::Own, None, SAID.len()),
        (Audience::Own, Some(Audience::Stranger), 0),
        (Audience::Stranger, None, 0),
        (Audience::Stranger, Some(Audience::Own), SAID.len()),
    ] {
        let mut request = request("http://127.0.0.1", always == Audience::Own);
        request.extensions_mut().extend(
            said.map(|audience| {
                let mut extensions = http::Extensions::new();
                extensions.insert(audience);
                extensions
            })
            .unwrap_or_default(),
        );
        let headers = sent(client(&traced, Outgoing::always(always)), request).await;
        assert_eq!(went_out(&headers).len(), expected, "{always:?} {said:?}");
    }
}

#[tokio::test]
async fn without_a_span_of_our_own_the_callers_passes_on_to_ones_own_services_only() {
    let observer = TraceObserver::from_tracer(NoopTracerProvider::new().tracer("none"));
    let layers = [CallLayer::client().with(observer), CallLayer::client().with(Outgoing::new())];
    for layer in layers {
        let headers = sent(layer.clone(), request("https://api.openai.com", true)).await;
        assert_eq!(went_out(&headers), Vec::<&str>::new());
        assert!(!headers.contains_key("traceparent"), "it may not pass without its trace state");
        let headers = sent(layer, request("http://127.0.0.1", false)).await;
        assert_eq!(headers["traceparent"], TRACEPARENT);
        assert_eq!(went_out(&headers), SAID.map(|(name, _)| name));
    }
}

#[tokio::test]
async fn what_a_distrusted_caller_says_goes_nowhere() {
    let baggage = ["baggage", "uberctx-user", "ot-baggage-user"];
    for trust in [Trust::LinkOnly, Trust::Ignore] {
        let traced = Traced::new();
        let observer = TraceObserver::new(&traced.provider).trust(trust);
        let layers = [
            (CallLayer::client().with(observer), true),
            (CallLayer::client().with(Outgoing::new().trust(trust)), false),
        ];
        for (layer, spans) in layers {
            let headers = sent(layer, request("http://127.0.0.1", false)).await;
            let out = went_out(&headers);
            assert!(baggage.iter().all(|name| !out.contains(name)), "{trust:?}: {out:?}");
            if trust == Trust::Ignore {
                assert_eq!(out, Vec::<&str>::new());
                let id = w3c::extract(&headers).map(|said| said.span_id());
                assert_eq!(id, spans.then(|| traced.span().span_context.span_id()));
            }
        }
    }
}

#[tokio::test]
async fn baggage_of_the_process_goes_to_its_own_services_only() {
    let baggage = Context::new().with_baggage([KeyValue::new("team", "search & find")]);
    for (uri, expected) in
        [("http://127.0.0.1", Some("team=search%20&%20find")), ("https://api.stripe.com", None)]
    {
        let traced = Traced::new();
        let request = Request::get(uri).body(Full::default()).unwrap();
        let headers = sent(client(&traced, Outgoing::new()), request).with_context(baggage.clone()).await;
        assert_eq!(headers.get("baggage").map(|value| value.to_str().unwrap()), expected);
    }
}

#[tokio::test]
async fn every_format_that_is_spoken_names_our_span_to_strangers_too() {
    let names = ["tracecontext", "b3", "jaeger", "datadog"];
    let traced = Traced::new();
    let observer = TraceObserver::new(&traced.provider).propagation(Propagation::from_names(names).unwrap());
    let headers =
        sent(TraceLayer::new(Role::Client, observer), request("https://api.openai.com", true)).await;
    let span = traced.span();
    let (trace_id, span_id) =
        (span.span_context.trace_id().to_string(), span.span_context.span_id().to_string());
    assert_eq!(trace_id, TRACE, "the first format that names a span names the parent");
    assert_eq!(headers["traceparent"], format!("00-{trace_id}-{span_id}-01"));
    assert_eq!(headers["b3"], format!("{trace_id}-{span_id}-1"));
    assert_eq!(headers["uber-trace-id"], format!("{trace_id}:{span_id}:0:1"));
    let halves = u128::from_str_radix(&trace_id, 16).unwrap();
    let (high, low) = (halves >> 64, halves & u128::from(u64::MAX));
    assert_eq!(headers["x-datadog-trace-id"], low.to_string());
    assert_eq!(headers["x-datadog-parent-id"], u64::from_str_radix(&span_id, 16).unwrap().to_string());
    assert_eq!(headers["x-datadog-tags"], format!("_dd.p.tid={high:016x}"), "and no more than the ids");
    assert_eq!(
        went_out(&headers),
        ["b3", "uber-trace-id", "x-datadog-trace-id", "x-datadog-parent-id", "x-datadog-tags"]
    );
}

#[tokio::test]
async fn a_caller_that_wants_no_spans_gets_none_and_says_so_to_the_next() {
    for (name, value) in [("b3", "0"), ("x-b3-sampled", "0")] {
        let traced = Traced::new();
        let observer = TraceObserver::new(&traced.provider).propagation(Propagation::b3());
        let request = Request::get("https://api.stripe.com")
            .header(name, value)
            .body(Full::<Bytes>::default())
            .unwrap();
        let inner = CallLayer::client().with(observer.clone());
        let keep = Upstream::default();
        let upstream = keep.clone();
        let server = service_fn(move |request: Request<_>| {
            let service = inner.layer(upstream.clone());
            async move {
                // A request of the handler's own.
                let (parts, _) = request.into_parts();
                let mut onwards =
                    Request::get("https://api.stripe.com").body(Full::<Bytes>::default()).unwrap();
                onwards.extensions_mut().extend(parts.extensions);
                tower::ServiceExt::oneshot(service, onwards).await
            }
        });
        run(CallLayer::server().with(observer), server, request).await;
        assert!(traced.spans().is_empty());
        assert_eq!(keep.0.lock().unwrap().take().unwrap()["b3"], "0");
    }
}
