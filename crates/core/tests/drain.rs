//! Which replies are read on when their clients have left, and what their records say.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use http_body_util::Full;
use support::{MockBody, Recorder, Step, reply};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::clock::Clock;
use tower_genai_core::drain::{DrainGuard, DrainLayer, DrainPolicy, ResponseBody};
use tower_genai_core::{
    CallLayer, CallRecord, CallSlot, DrainResult, Gate, Outcome, RequestBody, TapBody, Usage, UsageSource,
};

const SSE: &[(&str, &str)] = &[("content-type", "text/event-stream")];
const ROLE: &str =
    "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\n";
const TEXT: &str = "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n";
const USAGE: &str = "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}\n\n";
const DONE: &str = "data: [DONE]\n\n";

const LIMITS: DrainPolicy =
    DrainPolicy::Drain { max_bytes: 1 << 20, max_time: Duration::from_secs(60), max_concurrent: 10 };

type DrainedBody = ResponseBody<TapBody<MockBody>>;

async fn send(
    layer: &CallLayer,
    drain: &DrainLayer,
    request: Request<Full<Bytes>>,
    answer: Response<MockBody>,
) -> DrainedBody {
    let answer = std::sync::Arc::new(std::sync::Mutex::new(Some(answer)));
    let service = service_fn(move |_: Request<RequestBody<Full<Bytes>>>| {
        std::future::ready(Ok::<_, Infallible>(answer.lock().unwrap().take().unwrap()))
    });
    drain.layer(layer.layer(service)).oneshot(request).await.unwrap().into_body()
}

fn to(path: &str) -> Request<Full<Bytes>> {
    Request::post(path).body(Full::from("{}")).unwrap()
}

fn take(body: &mut DrainedBody, frames: usize) {
    for _ in 0..frames {
        let polled = Pin::new(&mut *body).poll_frame(&mut Context::from_waker(Waker::noop()));
        assert!(matches!(polled, Poll::Ready(Some(Ok(_)))));
    }
}

/// The record of a reply of which the client has taken so many frames.
async fn record_of(path: &str, answer: Response<MockBody>, frames: usize) -> CallRecord {
    let recorder = Recorder::default();
    let layer = CallLayer::client().gate(Gate::every_post()).with(recorder.clone());
    let (drain, guard) = DrainLayer::new(LIMITS);
    let mut body = send(&layer, &drain, to(path), answer).await;
    take(&mut body, frames);
    drop(body);
    assert_eq!(guard.shutdown(Duration::from_secs(3600)).await, 0);
    recorder.only_record()
}

fn stream(steps: impl IntoIterator<Item = Step>) -> Response<MockBody> {
    reply(200, SSE, MockBody::new(steps))
}

#[tokio::test(start_paused = true)]
async fn the_record_has_the_time_of_the_client_and_the_facts_of_the_reply() {
    let (clock, time) = Clock::mock();
    let recorder = Recorder::default();
    let layer = CallLayer::client().with(recorder.clone()).clock(clock);
    let (drain, guard) = DrainLayer::new(LIMITS);
    let steps = [ROLE, TEXT, USAGE, DONE].map(Step::Data);
    let mut body = send(&layer, &drain, to("/v1/chat/completions"), stream(steps)).await;
    take(&mut body, 1);
    time.increment(Duration::from_secs(2));
    drop(body);
    assert_eq!(guard.in_flight(), 1);
    assert!(recorder.told().records.is_empty(), "nothing is recorded before all is known");
    time.increment(Duration::from_secs(40));
    guard.shutdown(Duration::from_secs(3600)).await;

    let record = recorder.only_record();
    assert_eq!(record.duration(), Duration::from_secs(2));
    assert_eq!(record.exchange().response_bytes, ROLE.len() as u64);
    assert_eq!(record.time_to_first_chunk(), None, "the client saw no output");
    assert_eq!(record.outcome(), Outcome::Dropped);
    assert_eq!((record.usage(), record.usage_source()), (&Usage::new(9, 4), UsageSource::Drained));
    assert_eq!(record.reply().events, 3);
}

#[tokio::test(start_paused = true)]
async fn a_reply_is_not_read_beyond_its_terminal_event() {
    let record =
        record_of("/v1/chat/completions", stream([TEXT, USAGE, DONE, TEXT, TEXT].map(Step::Data)), 1).await;
    assert_eq!(record.drain(), Some(DrainResult::Drained));
    assert_eq!(record.reply().events, 2);
}

#[tokio::test(start_paused = true)]
async fn what_was_reported_before_the_client_left_is_reported() {
    let steps = [TEXT, USAGE, TEXT, DONE].map(Step::Data);
    let record = record_of("/v1/chat/completions", stream(steps), 2).await;
    assert_eq!(record.drain(), Some(DrainResult::Drained));
    assert_eq!((record.usage(), record.usage_source()), (&Usage::new(9, 4), UsageSource::Reported));
}

#[tokio::test(start_paused = true)]
async fn an_error_event_after_the_client_left_does_not_make_the_call_fail() {
    let error = "data: {\"error\":{\"code\":\"overloaded\"}}\n\n";
    let record = record_of("/v1/chat/completions", stream([TEXT, error].map(Step::Data)), 1).await;
    assert_eq!((record.outcome(), record.error_type()), (Outcome::Dropped, None));
}

#[tokio::test(start_paused = true)]
async fn a_reply_that_is_no_stream_is_read_on_for_a_recognised_call_only() {
    let json: &[(&str, &str)] = &[("content-type", "application/json")];
    let answer = || {
        let document =
            [r#"{"model":"m","choices":[],"#, r#""usage":{"prompt_tokens":9,"completion_tokens":4}}"#];
        reply(200, json, MockBody::new(document.map(Step::Data)))
    };
    let recognised = record_of("/v1/chat/completions", answer(), 1).await;
    assert_eq!(recognised.usage_source(), UsageSource::Drained);
    let unknown = record_of("/v1/other", answer(), 1).await;
    assert_eq!((unknown.usage_source(), unknown.drain()), (UsageSource::Missing, None));

    let events: &[(&str, &str)] = &[("content-type", "Text/Event-Stream; charset=utf-8")];
    let steps = [TEXT, USAGE, DONE].map(Step::Data);
    let unknown_stream = record_of("/v1/other", reply(200, events, MockBody::new(steps)), 1).await;
    assert_eq!(unknown_stream.usage_source(), UsageSource::Drained);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_not_read_on() {
    let body = MockBody::new([Step::Data("{\"error\":"), Step::Data("{}}")]);
    let record = record_of("/v1/chat/completions", reply(429, SSE, body), 1).await;
    assert_eq!((record.outcome(), record.drain()), (Outcome::Dropped, None));
}

#[tokio::test(start_paused = true)]
async fn what_was_delivered_whole_is_complete() {
    let steps = [TEXT, USAGE, DONE].map(Step::Data).into_iter().chain([Step::Never]);
    let after_the_terminal_event = record_of("/v1/chat/completions", stream(steps), 3).await;
    let unread = "an encoding that nobody knows";
    let length = unread.len().to_string();
    let headers =
        [("content-type", "application/json"), ("content-encoding", "zz"), ("content-length", &*length)];
    let body = MockBody::new([Step::Data(unread), Step::Never]);
    let all_promised_bytes = record_of("/v1/chat/completions", reply(200, &headers, body), 1).await;
    for record in [after_the_terminal_event, all_promised_bytes] {
        assert_eq!((record.outcome(), record.drain()), (Outcome::Complete, None));
    }
}

#[tokio::test(start_paused = true)]
async fn a_slot_that_is_there_is_used_unless_it_holds_an_earlier_call() {
    let slot = CallSlot::new();
    let layer = CallLayer::client().with(Recorder::default());
    let (drain, guard) = DrainLayer::new(LIMITS);
    for (attempt, expected) in [(1, 1), (2, 2)] {
        let mut request = to("/v1/chat/completions");
        request.extensions_mut().insert(slot.clone());
        let mut body = send(&layer, &drain, request, stream([Step::Data(TEXT), Step::Never])).await;
        take(&mut body, 1);
        drop(body);
        assert!(slot.get().is_some());
        assert_eq!(guard.in_flight(), expected, "attempt {attempt}");
    }
    assert_eq!(guard.shutdown(Duration::ZERO).await, 2);
}

#[tokio::test(start_paused = true)]
async fn only_so_many_are_read_at_a_time() {
    let recorder = Recorder::default();
    let layer = CallLayer::client().with(recorder.clone());
    let (drain, guard) = DrainLayer::new(DrainPolicy::Drain {
        max_bytes: 1 << 20,
        max_time: Duration::from_secs(60),
        max_concurrent: 3,
    });
    let mut bodies = Vec::new();
    for _ in 0..5 {
        let steps = [TEXT, USAGE, DONE].map(Step::Data);
        let mut body = send(&layer, &drain, to("/v1/chat/completions"), stream(steps)).await;
        take(&mut body, 1);
        bodies.push(body);
    }
    drop(bodies);
    assert_eq!(guard.in_flight(), 3);
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(guard.in_flight(), 0);
    // There is room again.
    let mut body =
        send(&layer, &drain, to("/v1/chat/completions"), stream([TEXT, DONE].map(Step::Data))).await;
    take(&mut body, 1);
    drop(body);
    guard.shutdown(Duration::from_secs(3600)).await;
    let results: Vec<_> = recorder.told().records.iter().map(|record| record.drain().unwrap()).collect();
    let count = |result| results.iter().filter(|found| **found == result).count();
    assert_eq!((count(DrainResult::Drained), count(DrainResult::MaxConcurrent)), (4, 2), "{results:?}");
}

#[tokio::test(start_paused = true)]
async fn abandoning_is_the_default() {
    let recorder = Recorder::default();
    let layer = CallLayer::client().with(recorder.clone());
    let steps = [TEXT, USAGE, DONE].map(Step::Data);
    let mut body = send(&layer, &DrainLayer::default(), to("/v1/chat/completions"), stream(steps)).await;
    take(&mut body, 1);
    drop(body);
    let record = recorder.only_record();
    assert_eq!((record.outcome(), record.drain()), (Outcome::Dropped, None));
    assert_eq!(record.usage_source(), UsageSource::Missing);
}

#[test]
fn the_types_go_where_they_must() {
    fn sent<T: Send + Sync + 'static>() {}
    fn cloned<T: Clone>() {}
    sent::<DrainLayer>();
    sent::<DrainGuard>();
    sent::<DrainedBody>();
    sent::<tower_genai_core::drain::Drain<()>>();
    sent::<tower_genai_core::drain::ResponseFuture<std::future::Ready<()>>>();
    cloned::<DrainLayer>();
    cloned::<tower_genai_core::drain::Drain<()>>();
}
