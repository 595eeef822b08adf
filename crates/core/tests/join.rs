//! Retries, hedges, timeouts, roles, and what participants say.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::convert::Infallible;
use std::future::{Ready, pending, ready};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use support::Recorder;
use tower::retry::{Policy, RetryLayer};
use tower::timeout::TimeoutLayer;
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};
use tower_genai_core::{
    CallHandle, CallLayer, CallSlot, Caller, End, ErrorOrigin, Failure, Fault, Gate, Operation, Outcome,
    Role, SelfCheck, Upstream, Usage, UsageSource,
};

const REPLY: &str = r#"{"id":"r","model":"m-1","usage":{"prompt_tokens":9,"completion_tokens":4}}"#;

fn request() -> Request<Full<Bytes>> {
    Request::post("/v1/chat/completions")
        .header("authorization", "Bearer sk-test")
        .body(Full::from(r#"{"model":"m"}"#))
        .unwrap()
}

fn answer(status: u16, body: &'static str) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header("content-type", "application/json")
        .body(Full::from(body))
        .unwrap()
}

async fn read<B>(response: Response<B>) -> Bytes
where
    B: http_body::Body<Data = Bytes>,
    B::Error: std::fmt::Debug,
{
    response.into_body().collect().await.unwrap().to_bytes()
}

#[derive(Clone)]
struct RetryOnce(bool);

impl<B: Clone, C, E> Policy<Request<B>, Response<C>, E> for RetryOnce {
    type Future = Ready<()>;
    fn retry(&mut self, _: &mut Request<B>, result: &mut Result<Response<C>, E>) -> Option<Ready<()>> {
        let failed = result.as_ref().is_ok_and(|response| response.status().is_server_error());
        (failed && std::mem::take(&mut self.0)).then(|| ready(()))
    }
    fn clone_request(&mut self, request: &Request<B>) -> Option<Request<B>> {
        Some(request.clone())
    }
}

/// Fails the first time, reading the request each time.
fn flaky<B>()
-> impl Service<Request<B>, Response = Response<Full<Bytes>>, Error = Infallible, Future: Send> + Clone
where
    B: http_body::Body<Data = Bytes, Error: std::fmt::Debug> + Send + 'static,
{
    let calls = std::sync::Arc::new(std::sync::atomic::AtomicU32::new(0));
    service_fn(move |request: Request<B>| {
        let calls = calls.clone();
        async move {
            request.into_body().collect().await.unwrap();
            let first = calls.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
            Ok(if first { answer(503, "{}") } else { answer(200, REPLY) })
        }
    })
}

#[tokio::test]
async fn a_retry_between_the_layers_is_one_record_with_two_attempts() {
    let (outer, inner) = (Recorder::default(), Recorder::default());
    let service = ServiceBuilder::new()
        .layer(CallLayer::client().with(outer.clone()))
        .layer(RetryLayer::new(RetryOnce(true)))
        .layer(CallLayer::client().with(inner.clone()))
        .service(flaky());
    read(service.oneshot(request()).await.unwrap()).await;

    let record = outer.only_record();
    assert_eq!(record.attempts(), 2);
    assert_eq!(record.usage(), &Usage::new(9, 4));
    assert_eq!(record.request_model(), Some("m"));
    assert_eq!(record.request_bytes(), 13, "the second pass over the request counts anew");
    assert_eq!(inner.only_record().id(), record.id());
    let attempts = inner.told().attempts;
    let seen: Vec<_> = attempts.iter().map(|a| (a.number, a.exchange.status.unwrap().as_u16())).collect();
    assert_eq!(seen, [(1, 503), (2, 200)]);
    assert_eq!(inner.told().watches_dropped, 2);
}

#[tokio::test]
async fn per_attempt_opens_a_call_for_each_attempt() {
    let (outer, inner) = (Recorder::default(), Recorder::default());
    let service = ServiceBuilder::new()
        .layer(CallLayer::client().with(outer.clone()))
        .layer(RetryLayer::new(RetryOnce(true)))
        .layer(CallLayer::client().with(inner.clone()).per_attempt())
        .service(flaky());
    read(service.oneshot(request()).await.unwrap()).await;
    assert_eq!(outer.told().records.len(), 1);
    let outcomes: Vec<_> = inner.told().records.iter().map(tower_genai_core::CallRecord::outcome).collect();
    // The retry drops the first reply without reading it.
    assert_eq!(outcomes, [Outcome::Dropped, Outcome::Complete]);
}

#[tokio::test]
async fn a_hedged_attempt_is_a_call_of_its_own() {
    let (outer, inner) = (Recorder::default(), Recorder::default());
    let attempt = CallLayer::client()
        .with(inner.clone())
        .layer(service_fn(async |_: Request<_>| Ok::<_, Infallible>(answer(200, REPLY))));
    let hedge = service_fn(move |request: Request<tower_genai_core::RequestBody<Full<Bytes>>>| {
        let (first, second) = (attempt.clone().oneshot(request.clone()), attempt.clone().oneshot(request));
        async move {
            let (first, second) = (first.await.unwrap(), second.await.unwrap());
            read(first).await;
            Ok::<_, Infallible>(second)
        }
    });
    let service = CallLayer::client().with(outer.clone()).layer(hedge);
    read(service.oneshot(request()).await.unwrap()).await;
    assert_eq!(outer.told().records.len(), 1);
    let told = inner.told();
    assert_eq!(told.attempts.len(), 1, "the first joins");
    assert_eq!(told.exchanges.len(), 1, "the second opens a call of its own");
    assert_eq!(told.records.len(), 2, "both are told to the layer that saw both");
    assert_ne!(told.records[0].id(), told.records[1].id());
}

#[tokio::test(start_paused = true)]
async fn a_timeout_is_a_failure_from_above_and_a_drop_from_below() {
    let (outer, inner) = (Recorder::default(), Recorder::default());
    let service = ServiceBuilder::new()
        .layer(CallLayer::server().with(outer.clone()))
        .layer(TimeoutLayer::new(Duration::from_secs(1)))
        .layer(CallLayer::server().with(inner.clone()))
        .service(service_fn(async |_: Request<_>| {
            pending::<Result<Response<Full<Bytes>>, Infallible>>().await
        }));
    assert!(service.oneshot(request()).await.is_err());
    assert_eq!(outer.ends(), [End::Failed(Failure::BeforeHead)]);
    assert_eq!(inner.ends(), [End::Dropped]);
    assert_eq!(outer.only_record().outcome(), Outcome::Failed);
    assert_eq!(outer.only_record().id(), inner.only_record().id());
}

#[tokio::test]
async fn roles_keep_a_forwarded_extension_from_joining_the_wrong_call() {
    let (server, client) = (Recorder::default(), Recorder::default());
    let upstream = CallLayer::client()
        .with(client.clone())
        .layer(service_fn(async |_: Request<_>| Ok::<_, Infallible>(answer(200, REPLY))));
    let proxy = CallLayer::server().with(server.clone()).layer(upstream);
    read(proxy.oneshot(request()).await.unwrap()).await;
    assert_eq!(server.only_record().role(), Role::Server);
    assert_eq!(client.only_record().role(), Role::Client);
    assert_ne!(server.only_record().id(), client.only_record().id());
}

#[tokio::test]
async fn a_self_check_shared_by_two_layers_counts_a_call_once_and_two_count_it_each() {
    let shared = SelfCheck::new();
    let own = SelfCheck::new();
    let service = ServiceBuilder::new()
        .layer(CallLayer::server().self_check(shared.clone()))
        .layer(CallLayer::server().self_check(shared.clone()))
        .layer(CallLayer::server().self_check(own.clone()))
        .service(service_fn(async |_: Request<_>| Ok::<_, Infallible>(answer(200, REPLY))));
    read(service.oneshot(request()).await.unwrap()).await;
    for check in [shared, own] {
        assert_eq!((check.opened(Role::Server), check.in_flight(Role::Server)), (1, 0));
        assert_eq!(check.recorded(Role::Server, Outcome::Complete), 1);
    }
}

#[tokio::test]
async fn a_layer_that_stands_twice_in_a_stack_watches_once() {
    let recorder = Recorder::default();
    let layer = CallLayer::server().with(recorder.clone());
    let service = layer
        .clone()
        .layer(layer.layer(service_fn(async |_: Request<_>| Ok::<_, Infallible>(answer(200, REPLY)))));
    read(service.oneshot(request()).await.unwrap()).await;
    assert_eq!(recorder.told().begun, 1);
    recorder.only_record();
}

#[tokio::test]
async fn a_handler_reports_its_own_model_call() {
    let recorder = Recorder::default();
    let gate = Gate::recognised().also(|head| (head.uri.path() == "/ask").then_some(Operation::Chat));
    let service = CallLayer::server().gate(gate).with(recorder.clone()).layer(service_fn(
        async |request: Request<tower_genai_core::RequestBody<Full<Bytes>>>| {
            let call = request.extensions().get::<CallHandle>().unwrap();
            call.set_provider("anthropic");
            call.set_request_model("claude");
            call.set_response_model("claude-1");
            call.set_usage(Usage::new(5, 6).with_cache_read(2));
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("plain text")))
        },
    ));
    read(service.oneshot(Request::post("/ask").body(Full::<Bytes>::default()).unwrap()).await.unwrap()).await;
    let record = recorder.only_record();
    assert_eq!(record.operation(), Operation::Chat);
    assert_eq!((record.provider(), record.request_model()), (Some("anthropic"), Some("claude")));
    assert_eq!(record.response_model(), Some("claude-1"));
    assert_eq!(record.usage(), &Usage::new(5, 6).with_cache_read(2));
    assert_eq!(record.usage_source(), UsageSource::Reported);
}

#[tokio::test]
async fn a_usage_in_the_response_extensions_counts() {
    let recorder = Recorder::default();
    let service = CallLayer::server().with(recorder.clone()).layer(service_fn(async |_: Request<_>| {
        let mut response = Response::new(Full::<Bytes>::from("plain text"));
        response.extensions_mut().insert(Usage::new(1, 2));
        Ok::<_, Infallible>(response)
    }));
    read(service.oneshot(request()).await.unwrap()).await;
    assert_eq!(recorder.only_record().usage(), &Usage::new(1, 2));
}

#[tokio::test]
async fn a_slot_further_out_receives_the_handle_and_its_fault_is_recorded() {
    let recorder = Recorder::default();
    let slot = CallSlot::new();
    let service = CallLayer::client()
        .with(recorder.clone())
        .layer(service_fn(async |_: Request<_>| Err::<Response<Full<Bytes>>, _>("unreachable")));
    let mut asked = request();
    asked.extensions_mut().insert(slot.clone());
    asked.extensions_mut().insert(Upstream::new().with_name("main").with_provider("openai"));
    let mut service = service;
    let future = service.ready().await.unwrap().call(asked);
    slot.get().unwrap().fail(Fault::new("connect", ErrorOrigin::Upstream));
    assert!(future.await.is_err());
    let record = recorder.only_record();
    assert_eq!(record.outcome(), Outcome::Failed);
    assert_eq!(record.error_type(), Some("connect"));
    assert_eq!(record.error_origin(), Some(ErrorOrigin::Upstream));
    assert_eq!(record.upstream().name(), Some("main"));
    assert!(!slot.get().unwrap().is_live());
}

#[tokio::test]
async fn the_credential_is_shown_as_its_hash_unless_the_caller_is_known() {
    let recorder = Recorder::default();
    let service = CallLayer::server()
        .with(recorder.clone())
        .layer(service_fn(async |_: Request<_>| Ok::<_, Infallible>(answer(200, REPLY))));
    read(service.clone().oneshot(request()).await.unwrap()).await;
    let mut known = request();
    known.extensions_mut().insert(Caller::new().with_team("search").with_hashed_key("aa"));
    read(service.oneshot(known).await.unwrap()).await;
    let records = recorder.told().records;
    // printf sk-test | sha256sum
    let hash = "f3abf2a6cc4f00987743db5f544ba345b4899ae31f326d8ee9c4816de153c9e0";
    assert_eq!(records[0].caller().hashed_key(), Some(hash));
    assert_eq!(records[1].caller(), &Caller::new().with_team("search").with_hashed_key("aa"));
    assert!(!format!("{:?}", records[0]).contains("sk-test"));
}

#[tokio::test]
async fn a_refusal_is_opened_and_ended_by_hand() {
    let recorder = Recorder::default();
    let layer = CallLayer::client().with(recorder.clone());
    let (mut head, ()) = Request::post("/v1/chat/completions").body(()).unwrap().into_parts();
    let mut guard = layer.open(&mut head);
    guard.handle().unwrap().fail(Fault::new("unauthorized", ErrorOrigin::Proxy));
    guard.on_head(&Response::builder().status(401).body(()).unwrap());
    guard.end(End::Complete);
    let record = recorder.only_record();
    assert_eq!((record.outcome(), record.error_type()), (Outcome::Failed, Some("unauthorized")));
    assert_eq!(record.error_origin(), Some(ErrorOrigin::Proxy));
}
