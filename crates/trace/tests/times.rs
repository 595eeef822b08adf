//! Where spans begin and end, by a clock that stands still until it is told to go on.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

mod support;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Channel, Full, channel::Sender};
use opentelemetry::trace::Status;
use opentelemetry_sdk::trace::SpanData;
use support::{Traced, attribute, chat, is_error};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::Role;
use tower_genai_core::clock::{Clock, Mock};
use tower_genai_trace::{TraceLayer, TraceObserver};

const OUTPUT: &[u8] =
    b"data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n";
const LAST: &[u8] =
    b"data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n";

struct Stage {
    traced: Traced,
    time: Arc<Mock>,
    layer: TraceLayer,
}

fn stage(role: Role) -> Stage {
    let traced = Traced::new();
    let (clock, time) = Clock::mock();
    let layer = TraceLayer::new(role, TraceObserver::new(&traced.provider)).clock(clock);
    Stage { traced, time, layer }
}

impl Stage {
    fn wait(&self, milliseconds: u64) {
        self.time.increment(Duration::from_millis(milliseconds));
    }

    /// Sends a question; the reply's head comes after 10 ms, its body as the sender says.
    async fn ask(
        &self,
    ) -> (Response<impl http_body::Body<Data = Bytes, Error = &'static str>>, Sender<Bytes, &'static str>)
    {
        let (sender, body) = Channel::<Bytes, &'static str>::new(4);
        let mut body = Some(body);
        let upstream = service_fn(move |_: Request<_>| {
            let mut response = Response::new(body.take().unwrap());
            response.headers_mut().insert("content-type", "text/event-stream".parse().unwrap());
            std::future::ready(Ok::<_, Infallible>(response))
        });
        self.wait(0);
        let reply = self.layer.layer(upstream).oneshot(chat()).await.unwrap();
        (reply, sender)
    }
}

fn length(span: &SpanData) -> Duration {
    span.end_time.duration_since(span.start_time).unwrap()
}

#[tokio::test]
async fn a_stream_of_60_ms_is_a_span_of_60_ms() {
    for role in [Role::Server, Role::Client] {
        let stage = stage(role);
        let (reply, mut sender) = stage.ask().await;
        let mut body = Box::pin(reply.into_body());
        stage.wait(15);
        sender.send_data(Bytes::from_static(OUTPUT)).await.unwrap();
        body.frame().await.unwrap().unwrap();
        stage.wait(45);
        sender.send_data(Bytes::from_static(LAST)).await.unwrap();
        drop(sender);
        while body.frame().await.is_some() {}
        stage.wait(1000);
        let span = stage.traced.span();
        assert_eq!(length(&span), Duration::from_millis(60), "{role:?}");
        let [first] = &span.events.events[..] else { panic!("one event in {span:?}") };
        assert_eq!(first.name, "tower_genai.first_chunk");
        assert_eq!(first.timestamp, span.start_time + Duration::from_millis(15));
        assert_eq!(attribute(&span, "gen_ai.response.time_to_first_chunk").as_deref(), Some("0.015"));
        assert_eq!(attribute(&span, "gen_ai.response.finish_reasons").as_deref(), Some("[\"stop\"]"));
    }
}

#[tokio::test]
async fn a_stream_that_is_dropped_ends_there_and_its_choice_never_finished() {
    let stage = stage(Role::Client);
    let (reply, mut sender) = stage.ask().await;
    let mut body = Box::pin(reply.into_body());
    stage.wait(20);
    sender.send_data(Bytes::from_static(OUTPUT)).await.unwrap();
    body.frame().await.unwrap().unwrap();
    stage.wait(7);
    drop(body);
    stage.wait(1000);
    let span = stage.traced.span();
    assert_eq!(length(&span), Duration::from_millis(27));
    assert_eq!(span.status, Status::Unset);
    assert_eq!(attribute(&span, "error.type"), None);
    assert_eq!(attribute(&span, "tower_genai.outcome").as_deref(), Some("dropped"));
    assert_eq!(attribute(&span, "gen_ai.response.finish_reasons").as_deref(), Some("[\"error\"]"));
}

#[tokio::test]
async fn a_body_that_fails_ends_the_span_with_its_error() {
    for role in [Role::Server, Role::Client] {
        let stage = stage(role);
        let (reply, mut sender) = stage.ask().await;
        let mut body = Box::pin(reply.into_body());
        sender.send_data(Bytes::from_static(OUTPUT)).await.unwrap();
        body.frame().await.unwrap().unwrap();
        stage.wait(33);
        sender.abort("broken");
        body.frame().await.unwrap().unwrap_err();
        stage.wait(1000);
        drop(body);
        let span = stage.traced.span();
        assert_eq!(length(&span), Duration::from_millis(33), "{role:?}");
        assert!(is_error(&span));
        assert_eq!(attribute(&span, "error.type").as_deref(), Some("truncated"));
        assert_eq!(attribute(&span, "gen_ai.response.finish_reasons").as_deref(), Some("[\"error\"]"));
    }
}

#[tokio::test]
async fn a_future_that_is_dropped_before_the_head_ends_the_span() {
    for (role, plain) in
        [(Role::Server, true), (Role::Server, false), (Role::Client, true), (Role::Client, false)]
    {
        let stage = stage(role);
        let never =
            service_fn(|_: Request<_>| std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>());
        let layer = if plain { stage.layer.clone().exchange_only() } else { stage.layer.clone() };
        let mut call = Box::pin(layer.layer(never).oneshot(chat()));
        std::future::poll_fn(|cx| {
            assert!(call.as_mut().poll(cx).is_pending());
            std::task::Poll::Ready(())
        })
        .await;
        stage.wait(12);
        drop(call);
        stage.wait(1000);
        let span = stage.traced.span();
        assert_eq!(length(&span), Duration::from_millis(12), "{role:?}, plain: {plain}");
        assert_eq!(span.status, Status::Unset);
        assert_eq!(attribute(&span, "tower_genai.outcome").as_deref(), Some("dropped"));
        assert_eq!(attribute(&span, "gen_ai.response.finish_reasons"), None, "no choice began");
    }
}

#[tokio::test]
async fn a_plain_exchange_ends_with_its_body() {
    let stage = stage(Role::Client);
    let (sender, body) = Channel::<Bytes, Infallible>::new(4);
    let mut body = Some(body);
    let upstream = service_fn(move |_: Request<_>| {
        std::future::ready(Ok::<_, Infallible>(Response::new(body.take().unwrap())))
    });
    let request = Request::get("http://api.example/v1/models").body(Full::<Bytes>::default()).unwrap();
    let reply = stage.layer.layer(upstream).oneshot(request).await.unwrap();
    stage.wait(60);
    drop(sender);
    reply.into_body().collect().await.unwrap();
    stage.wait(1000);
    assert_eq!(length(&stage.traced.span()), Duration::from_millis(60));
}
