//! A provider that honours `stream_options`, one that does not, and one that rejects it, behind the layer.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ACCEPT_ENCODING, CONTENT_LENGTH};
use http::{Request, Response, request};
use http_body::{Body, SizeHint};
use http_body_util::{BodyExt, Full};
use support::{MockBody, Recorder, Step, reply};
use tower::{Layer, Service, ServiceExt};
use tower_genai_core::clock::Clock;
use tower_genai_core::{CallLayer, Outcome, StreamUsageLayer, Upstream, stream_usage};

const PLAIN: &str = r#"{"stream":true}"#;
const EDITED: &str = r#"{"stream":true,"stream_options":{"include_usage":true}}"#;
const FIRST: &str = "data: {\"choices\":[{\"delta\":{}}],\"usage\":null}\n\n";
const EXTRA: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":3}}\n\n";
const DONE: &str = "data: [DONE]\n\n";
const REJECTION: &str =
    r#"{"error":{"message":"Unrecognized request argument supplied: stream_options","code":"bad_field"}}"#;
const STREAM: &[(&str, &str)] = &[("content-type", "text/event-stream"), ("x-kept", "1")];

/// A request as the provider got it.
#[derive(Debug)]
struct Got {
    head: request::Parts,
    body: Bytes,
    hint: SizeHint,
    trailers: bool,
    broken: bool,
}

impl Got {
    fn header(&self, name: &str) -> Option<&str> {
        self.head.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

type Answer = dyn Fn(&Got) -> Response<MockBody> + Send + Sync;

/// A provider that must be ready before each call.
struct Provider {
    answer: Arc<Answer>,
    got: Arc<Mutex<Vec<Got>>>,
    clones: Arc<AtomicUsize>,
    ready: bool,
}

impl Clone for Provider {
    fn clone(&self) -> Self {
        self.clones.fetch_add(1, Relaxed);
        Self { answer: self.answer.clone(), got: self.got.clone(), clones: self.clones.clone(), ready: false }
    }
}

impl Provider {
    fn new(answer: impl Fn(&Got) -> Response<MockBody> + Send + Sync + 'static) -> Self {
        Self { answer: Arc::new(answer), got: Arc::default(), clones: Arc::default(), ready: false }
    }

    fn taken(&self) -> Vec<Got> {
        std::mem::take(&mut self.got.lock().unwrap())
    }
}

impl<B> Service<Request<B>> for Provider
where
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: std::fmt::Debug,
{
    type Response = Response<MockBody>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<MockBody>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.ready = true;
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        assert!(std::mem::take(&mut self.ready), "called without being ready");
        let (answer, got) = (self.answer.clone(), self.got.clone());
        Box::pin(async move {
            let (head, body) = request.into_parts();
            let hint = body.size_hint();
            let (mut body, mut bytes, mut trailers, mut broken) = (Box::pin(body), Vec::new(), false, false);
            while let Some(frame) = body.frame().await {
                match frame.map(http_body::Frame::into_data) {
                    Ok(Ok(data)) => bytes.extend_from_slice(&data),
                    Ok(Err(_)) => trailers = true,
                    Err(_) => {
                        broken = true;
                        break;
                    }
                }
            }
            let request = Got { head, body: bytes.into(), hint, trailers, broken };
            let reply = answer(&request);
            got.lock().unwrap().push(request);
            Ok(reply)
        })
    }
}

fn data(frames: &[&'static str]) -> MockBody {
    MockBody::new(frames.iter().map(|frame| Step::Data(frame)))
}

/// Streams, with the extra event if it is asked for.
fn honouring(got: &Got) -> Response<MockBody> {
    let asked = got.body.windows(20).any(|part| part == br#""include_usage":true"#);
    reply(200, STREAM, data(if asked { &[FIRST, EXTRA, DONE] } else { &[FIRST, DONE] }))
}

/// Knows no `stream_options`.
fn rejecting(got: &Got) -> Response<MockBody> {
    if got.body.windows(14).any(|part| part == b"stream_options") {
        reply(400, &[("content-type", "application/json")], data(&[REJECTION]))
    } else {
        honouring(got)
    }
}

fn post(body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let body = body.into();
    Request::post("https://api.openai.com/v1/chat/completions")
        .header("content-type", "application/json")
        .header(CONTENT_LENGTH, body.len())
        .header(ACCEPT_ENCODING, "gzip, br")
        .body(Full::new(body))
        .unwrap()
}

async fn text<B: Body<Data = Bytes>>(reply: Response<B>) -> String
where
    B::Error: std::fmt::Debug,
{
    String::from_utf8(reply.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_stream_states_its_usage_to_us_and_not_to_the_client() {
    for (body, sent) in [
        (PLAIN, EDITED),
        (r#"{"stream":true,"stream_options":null}"#, EDITED),
        (r#"{"stream":true,"stream_options":{"include_usage":false}}"#, EDITED),
    ] {
        let provider = Provider::new(honouring);
        let client = StreamUsageLayer::new().layer(provider.clone());
        let answer = client.oneshot(post(body)).await.unwrap();
        assert_eq!(answer.headers()["x-kept"], "1");
        assert_eq!(text(answer).await, [FIRST, DONE].concat(), "{body}");
        let got = provider.taken();
        assert_eq!((got.len(), &got[0].body[..]), (1, sent.as_bytes()));
        assert_eq!(got[0].header("content-length"), Some(&*sent.len().to_string()));
        assert_eq!(got[0].header("accept-encoding"), Some("identity"));
        assert_eq!(got[0].hint.exact(), Some(sent.len() as u64));
    }
}

#[tokio::test]
async fn who_asked_or_does_not_stream_is_left_alone() {
    let signed = |mut request: Request<Full<Bytes>>| {
        request.headers_mut().insert("authorization", "AWS4-HMAC-SHA256 Credential=x".parse().unwrap());
        request
    };
    let elsewhere = |mut request: Request<Full<Bytes>>| {
        *request.uri_mut() = "/v1/responses".parse().unwrap();
        request
    };
    for request in [
        post(EDITED),
        post(r#"{"stream":false}"#),
        post(r#"{"messages":[{"stream":true}]}"#),
        post("{not json"),
        post(""),
        signed(post(PLAIN)),
        elsewhere(post(PLAIN)),
    ] {
        let provider = Provider::new(|_| reply(200, &[("content-length", "5")], data(&[EXTRA]).exactly(5)));
        let client = StreamUsageLayer::new().layer(provider.clone());
        let (head, body) = request.into_parts();
        let whole = body.clone().collect().await.unwrap().to_bytes();
        let answer = client.oneshot(Request::from_parts(head.clone(), body)).await.unwrap();
        assert_eq!(
            (&answer.headers()[CONTENT_LENGTH], answer.body().size_hint().exact()),
            (&"5".parse().unwrap(), Some(5))
        );
        assert_eq!(text(answer).await, EXTRA);
        let got = provider.taken();
        assert_eq!(got[0].head.headers, head.headers);
        assert_eq!((&got[0].body, got[0].hint.exact()), (&whole, Some(whole.len() as u64)));
    }
}

#[tokio::test]
async fn the_service_is_cloned_for_candidates_only() {
    let provider = Provider::new(honouring);
    let mut client = StreamUsageLayer::new().layer(provider.clone());
    let before = provider.clones.load(Relaxed);
    let mut other = post(PLAIN);
    *other.uri_mut() = "/v1/messages".parse().unwrap();
    for (request, clones) in [(other, 0), (post(vec![b' '; 300_000]), 0), (post(PLAIN), 1), (post("{}"), 2)] {
        let ready = ServiceExt::<Request<Full<Bytes>>>::ready(&mut client).await.unwrap();
        text(ready.call(request).await.unwrap()).await;
        assert_eq!(provider.clones.load(Relaxed) - before, clones);
    }
}

#[tokio::test]
async fn a_layer_that_is_off_does_nothing() {
    let provider = Provider::new(honouring);
    let client = StreamUsageLayer::new().enabled(false).layer(provider.clone());
    let head = post(PLAIN).into_parts().0;
    text(client.oneshot(post(PLAIN)).await.unwrap()).await;
    let got = &provider.taken()[0];
    assert_eq!((&got.head.headers, &got.body[..]), (&head.headers, PLAIN.as_bytes()));
}

#[tokio::test]
async fn only_plain_event_streams_are_edited() {
    for headers in [
        &[("content-type", "application/json"), ("content-length", "9")][..],
        &[("content-length", "9")],
        &[("content-type", "text/event-stream"), ("content-encoding", "gzip"), ("content-length", "9")],
    ] {
        let client = StreamUsageLayer::new()
            .layer(Provider::new(move |_| reply(200, headers, data(&[EXTRA]).exactly(9))));
        let answer = client.oneshot(post(PLAIN)).await.unwrap();
        assert_eq!(
            (&answer.headers()[CONTENT_LENGTH], answer.body().size_hint().exact()),
            (&"9".parse().unwrap(), Some(9))
        );
        assert_eq!(text(answer).await, EXTRA);
    }
    let headers = &[
        ("content-type", "Text/Event-Stream;charset=utf-8"),
        ("content-length", "9"),
        ("content-digest", "x"),
    ];
    let client = StreamUsageLayer::new()
        .layer(Provider::new(|_| reply(200, headers, data(&[FIRST, EXTRA]).exactly(9))));
    let answer = client.oneshot(post(PLAIN)).await.unwrap();
    assert_eq!(answer.headers().len(), 1);
    assert_eq!((answer.body().size_hint().lower(), answer.body().size_hint().upper()), (0, Some(9)));
    assert_eq!(text(answer).await, FIRST);
}

#[tokio::test]
async fn frames_trailers_errors_and_the_end_pass() {
    let trailers = Step::Trailers(&[("x-sum", "1")]);
    let cut = "data: {\"choices\":[]";
    for (steps, expected) in [
        (
            vec![Step::Data(FIRST), Step::Data(EXTRA), Step::Data(DONE), trailers.clone()],
            format!("{FIRST}|{DONE}|trailers"),
        ),
        (vec![Step::Data(FIRST), Step::Data(cut), trailers], format!("{FIRST}|{cut}|trailers")),
        (vec![Step::Data(FIRST), Step::Data(cut), Step::Error], format!("{FIRST}|{cut}|error")),
        (vec![Step::Data(FIRST), Step::Data(cut)], format!("{FIRST}|{cut}")),
        (vec![Step::Data(EXTRA), Step::Error], "error".to_owned()),
        (vec![Step::Data(EXTRA)], String::new()),
        (
            vec![Step::Data("data: {\"choi"), Step::Data("ces\":[{}]}\n"), Step::Data("\n")],
            "data: {\"choi|ces\":[{}]}\n|\n".to_owned(),
        ),
        (vec![], String::new()),
    ] {
        for tells_end in [false, true] {
            let mut body = MockBody::new(steps.clone());
            body.tells_end = tells_end;
            let client =
                StreamUsageLayer::new().layer(Provider::new(move |_| reply(200, STREAM, body.clone())));
            let mut body = client.oneshot(post(PLAIN)).await.unwrap().into_body();
            let mut parts = Vec::new();
            // As hyper does: whoever says it has ended is not polled again.
            while !body.is_end_stream() {
                let Some(frame) = body.frame().await else { break };
                parts.push(match frame.map(http_body::Frame::into_data) {
                    Ok(Ok(data)) => String::from_utf8(data.to_vec()).unwrap(),
                    Ok(Err(_)) => "trailers".to_owned(),
                    Err(_) => "error".to_owned(),
                });
                if parts.last().is_some_and(|part| part == "error") {
                    break;
                }
            }
            assert_eq!(parts.join("|"), expected);
            assert!(parts.last().is_some_and(|part| part == "error") || body.frame().await.is_none());
        }
    }
}

#[tokio::test]
async fn who_rejects_the_field_gets_the_request_as_it_was_and_is_left_alone() {
    let (clock, mock) = Clock::mock();
    let provider = Provider::new(rejecting);
    let layer = StreamUsageLayer::new().clock(clock).try_again_after(Duration::from_secs(60));
    let client = layer.layer(provider.clone());
    // What one service learns, the others know.
    for requests in [&[EDITED, PLAIN][..], &[PLAIN], &[PLAIN]] {
        let answer = layer.layer(provider.clone()).oneshot(post(PLAIN)).await.unwrap();
        assert_eq!((answer.status().as_u16(), text(answer).await), (200, [FIRST, DONE].concat()));
        let got = provider.taken();
        assert_eq!(
            got.iter().map(|got| &got.body[..]).collect::<Vec<_>>(),
            requests.iter().map(|sent| sent.as_bytes()).collect::<Vec<_>>()
        );
        let last = got.last().unwrap();
        assert_eq!(
            (last.header("content-length"), last.header("accept-encoding")),
            (Some("15"), Some("gzip, br"))
        );
    }
    // It is known of this upstream only, and for a while.
    let mut other = post(PLAIN);
    other.extensions_mut().insert(Upstream::new().with_name("other"));
    text(client.clone().oneshot(other).await.unwrap()).await;
    assert_eq!(provider.taken().len(), 2);
    mock.increment(Duration::from_secs(60));
    text(client.oneshot(post(PLAIN)).await.unwrap()).await;
    assert_eq!(provider.taken().len(), 2);
}

#[tokio::test]
async fn a_refusal_about_something_else_passes() {
    const TOO_LONG: &str = r#"{"error":{"message":"maximum context length exceeded"}}"#;
    let mut large = vec![TOO_LONG; 2000];
    large.push("stream_options");
    let last_word = || MockBody::new([Step::Data(TOO_LONG), Step::Trailers(&[("x", "1")])]);
    let provider = Provider::new(move |got| match got.header("x-case").unwrap() {
        "short" => reply(400, &[("content-length", "55")], data(&[TOO_LONG]).exactly(55)),
        "large" => reply(422, &[], data(&large)),
        "trailers" => reply(400, &[], last_word()),
        "broken" => reply(400, &[], MockBody::new([Step::Data(REJECTION), Step::Error])),
        "encoded" => reply(400, &[("content-encoding", "gzip")], data(&[REJECTION])),
        _ => reply(429, &[], data(&[REJECTION])),
    });
    let client = StreamUsageLayer::new().layer(provider.clone());
    for case in ["short", "large", "trailers", "encoded", "limited"] {
        let mut request = post(PLAIN);
        request.headers_mut().insert("x-case", case.parse().unwrap());
        let answer = client.clone().oneshot(request).await.unwrap();
        if case == "short" {
            assert_eq!((answer.headers()[CONTENT_LENGTH].len(), answer.body().is_end_stream()), (2, false));
        }
        assert!(!answer.status().is_success());
        let whole = answer.into_body().collect().await.unwrap();
        assert_eq!(whole.trailers().is_some(), case == "trailers");
        let length = if case == "large" { 2000 * TOO_LONG.len() + 14 } else { whole.to_bytes().len() };
        assert!(length == TOO_LONG.len() || length == REJECTION.len() || case == "large");
        assert_eq!(provider.taken().len(), 1, "{case}");
    }
    let mut request = post(PLAIN);
    request.headers_mut().insert("x-case", "broken".parse().unwrap());
    let mut body = client.oneshot(request).await.unwrap().into_body();
    assert_eq!(body.frame().await.unwrap().unwrap().into_data().unwrap(), REJECTION);
    assert!(body.frame().await.unwrap().is_err());
}

#[tokio::test]
async fn a_request_that_is_wrong_itself_teaches_nothing() {
    // The provider dislikes another member of the client's own options, and repeats the request in its answer.
    let provider = Provider::new(|_| reply(422, &[], data(&[REJECTION])));
    let client = StreamUsageLayer::new().layer(provider.clone());
    for _ in 0..2 {
        let answer =
            client.clone().oneshot(post(r#"{"stream":true,"stream_options":{"x":1}}"#)).await.unwrap();
        assert_eq!((answer.status().as_u16(), text(answer).await), (422, REJECTION.to_owned()));
        assert_eq!(provider.taken().len(), 2);
    }
}

fn large(rest: &str) -> String {
    format!(r#"{{"messages":["{}"],{rest}}}"#, "x".repeat(300_000))
}

/// A body of unknown length.
fn in_frames(text: &str) -> MockBody {
    let frames: Vec<String> =
        text.as_bytes().chunks(10_000).map(|part| String::from_utf8(part.to_vec()).unwrap()).collect();
    MockBody::new(frames.into_iter().map(|frame| Step::Data(frame.leak())))
}

#[tokio::test]
async fn a_large_request_is_edited_as_it_passes() {
    let provider = Provider::new(honouring);
    let client = StreamUsageLayer::new().layer(provider.clone());
    let body = large(r#""stream_options":null,"stream":true"#);
    let known = client.clone().oneshot(post(body.clone())).await.unwrap();
    assert_eq!(text(known).await, [FIRST, DONE].concat());
    let unknown = StreamUsageLayer::new().layer(provider.clone());
    let unknown = unknown.oneshot(post("").map(|_| in_frames(&body))).await.unwrap();
    assert_eq!(text(unknown).await, [FIRST, DONE].concat());
    for got in provider.taken() {
        assert!(got.body == large(r#""stream":true,"stream_options":{"include_usage":true}"#));
        assert_eq!((got.header("content-length"), got.header("accept-encoding")), (None, Some("identity")));
        assert_eq!(got.hint.upper(), None);
    }
    // One that does not stream, or asked, is the same, but for its length.
    for body in
        [large(r#""stream":false"#), large(r#""stream":true,"stream_options":{"include_usage":true}"#)]
    {
        let answer = client.clone().oneshot(post(body.clone())).await.unwrap();
        assert_eq!(text(answer).await.contains(EXTRA), body.contains("include_usage"));
        assert!(provider.taken()[0].body == body);
    }
}

#[tokio::test]
async fn a_large_request_that_is_rejected_gets_the_answer_and_the_next_is_left_alone() {
    let provider = Provider::new(rejecting);
    for (own, learns) in [("", true), (r#""stream_options":null,"#, false)] {
        let client = StreamUsageLayer::new().layer(provider.clone());
        let answer = client.clone().oneshot(post(large(&format!(r#"{own}"stream":true"#)))).await.unwrap();
        assert_eq!((answer.status().as_u16(), text(answer).await), (400, REJECTION.to_owned()));
        assert_eq!(provider.taken().len(), 1);
        text(client.oneshot(post(PLAIN)).await.unwrap()).await;
        assert_eq!(provider.taken().len(), if learns { 1 } else { 2 });
    }
}

#[tokio::test]
async fn a_large_request_is_not_collected() {
    let (seen, sender) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(None)));
    let service = {
        let (seen, sender) = (seen.clone(), sender.clone());
        tower::service_fn(
            move |request: Request<stream_usage::RequestBody<MockBody>>| -> Ready<Result<_, Infallible>> {
                let mut body = request.into_body();
                while let Poll::Ready(Some(Ok(frame))) =
                    Pin::new(&mut body).poll_frame(&mut Context::from_waker(std::task::Waker::noop()))
                {
                    seen.lock().unwrap().push(frame.into_data().unwrap());
                }
                *sender.lock().unwrap() = Some(body);
                ready(Ok(honouring_head()))
            },
        )
    };
    let mut body = in_frames(&large(r#""stream":true"#)).exactly(300_030);
    body.steps.truncate(3);
    body.steps.push_back(Step::Never);
    let answer = StreamUsageLayer::new().layer(service).oneshot(post("").map(|_| body)).await.unwrap();
    assert_eq!(seen.lock().unwrap().iter().map(Bytes::len).collect::<Vec<_>>(), [10_000; 3]);
    assert!(sender.lock().unwrap().is_some());
    // The upstream has answered before it could see the request.
    assert_eq!(text(answer).await, [FIRST, EXTRA].concat());
}

fn honouring_head() -> Response<MockBody> {
    reply(200, STREAM, data(&[FIRST, EXTRA]))
}

#[tokio::test]
async fn the_body_of_a_request_keeps_its_trailers_and_its_fault() {
    let provider = Provider::new(honouring);
    for (steps, trailers, broken, sent) in [
        (
            vec![Step::Data("{\"stream\":"), Step::Data("true}"), Step::Trailers(&[("x", "1")])],
            true,
            false,
            EDITED,
        ),
        (vec![Step::Data(PLAIN), Step::Error], false, true, PLAIN),
        (vec![Step::Data("{}"), Step::Trailers(&[("x", "1")])], true, false, "{}"),
    ] {
        let client = StreamUsageLayer::new().layer(provider.clone());
        text(client.oneshot(post("").map(|_| MockBody::new(steps))).await.unwrap()).await;
        let got = &provider.taken()[0];
        assert_eq!((got.trailers, got.broken, &got.body[..]), (trailers, broken, sent.as_bytes()));
        assert_eq!(got.hint.exact(), None);
    }
    // A request that is sent again brings them along.
    let provider = Provider::new(rejecting);
    let client = StreamUsageLayer::new().layer(provider.clone());
    let body = MockBody::new([Step::Data(PLAIN), Step::Trailers(&[("x", "1")])]);
    text(client.oneshot(post("").map(|_| body)).await.unwrap()).await;
    assert!(provider.taken().iter().all(|got| got.trailers));
}

#[tokio::test]
async fn the_record_has_the_usage_and_every_request_that_is_sent_has_a_record() {
    let recorder = Recorder::default();
    let calls = CallLayer::client().with(recorder.clone());
    let client = StreamUsageLayer::new().layer(calls.layer(Provider::new(honouring)));
    assert_eq!(text(client.oneshot(post(PLAIN)).await.unwrap()).await, [FIRST, DONE].concat());
    let record = recorder.only_record();
    assert_eq!((record.usage().input, record.usage().output), (Some(7), Some(3)));
    assert_eq!(record.outcome(), Outcome::Complete);

    let recorder = Recorder::default();
    let calls = CallLayer::client().with(recorder.clone());
    let client = StreamUsageLayer::new().layer(calls.layer(Provider::new(rejecting)));
    text(client.oneshot(post(PLAIN)).await.unwrap()).await;
    let told = recorder.told();
    let outcomes: Vec<_> =
        told.records.iter().map(|record| (record.outcome(), record.error_type())).collect();
    assert_eq!(outcomes, [(Outcome::Failed, Some("bad_field")), (Outcome::Complete, None)]);
    assert_eq!(told.exchanges.len(), 2);
}

#[test]
fn what_crosses_threads() {
    const fn send<T: Send>() {}
    const fn cloned<T: Clone + Send + Sync>() {}
    type Service = stream_usage::StreamUsage<Provider>;
    cloned::<StreamUsageLayer>();
    cloned::<Service>();
    send::<stream_usage::ResponseFuture<Provider, Full<Bytes>, MockBody>>();
    send::<stream_usage::RequestBody<Full<Bytes>>>();
    send::<stream_usage::ResponseBody<MockBody>>();
}
