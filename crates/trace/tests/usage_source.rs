//! Where the token counts of a span come from, and when the span of a client that left ends.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod support;

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;
use http::Response;
use http_body::{Body, Frame};
use http_body_util::Channel;
use support::{Traced, attribute, chat, model, run};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::clock::Clock;
use tower_genai_core::drain::{DrainLayer, DrainPolicy};
use tower_genai_core::{CallLayer, CallRecord, Observer, Usage, UsageSource};
use tower_genai_trace::TraceObserver;

/// Says where the counts come from.
struct Source(UsageSource);

impl Observer for Source {
    fn name(&self) -> &'static str {
        "source"
    }

    fn complete(&self, record: &mut CallRecord) {
        let usage = if self.0 == UsageSource::Missing { Usage::default() } else { *record.usage() };
        record.set_usage(usage, self.0);
    }
}

#[tokio::test]
async fn a_span_says_where_the_counts_come_from() {
    use UsageSource::{Drained, Estimated, Missing, Reported};
    for (source, word) in
        [(Reported, "reported"), (Drained, "drained"), (Estimated, "estimated"), (Missing, "missing")]
    {
        let traced = Traced::new();
        let layer = CallLayer::client().with(TraceObserver::new(&traced.provider)).with(Source(source));
        run(layer, service_fn(model), chat()).await;
        let span = traced.span();
        assert_eq!(attribute(&span, "tower_genai.usage_source").as_deref(), Some(word));
        let output = (source != Missing).then_some("7");
        assert_eq!(attribute(&span, "gen_ai.usage.output_tokens").as_deref(), output);
    }
}

#[tokio::test(start_paused = true)]
async fn the_span_of_a_client_that_left_ends_where_it_left_and_knows_what_was_drained() {
    let traced = Traced::new();
    let (clock, time) = Clock::mock();
    let layer = CallLayer::client().clock(clock).with(TraceObserver::new(&traced.provider));
    let (drain, guard) = DrainLayer::new(DrainPolicy::Drain {
        max_bytes: 1 << 20,
        max_time: Duration::from_secs(60),
        max_concurrent: 1,
    });
    let (mut frames, body) = Channel::<Bytes, Infallible>::new(4);
    let mut body = Some(body);
    let upstream = service_fn(move |_| {
        let reply =
            Response::builder().header("content-type", "text/event-stream").body(body.take().unwrap());
        std::future::ready(reply)
    });
    let mut reply = drain.layer(layer.layer(upstream)).oneshot(chat()).await.unwrap().into_body();
    let mut send =
        async |event: &'static str| frames.send(Frame::data(Bytes::from_static(event.as_bytes()))).await;
    send("data: {\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n").await.unwrap();
    let first = Pin::new(&mut reply).poll_frame(&mut Context::from_waker(Waker::noop()));
    assert!(matches!(first, Poll::Ready(Some(Ok(_)))));
    time.increment(Duration::from_secs(2));
    drop(reply);
    time.increment(Duration::from_secs(3600));
    send("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":4}}\n\n").await.unwrap();
    send("data: [DONE]\n\n").await.unwrap();
    guard.shutdown(Duration::from_secs(60)).await;

    let span = traced.span();
    assert_eq!(attribute(&span, "tower_genai.usage_source").as_deref(), Some("drained"));
    assert_eq!(attribute(&span, "tower_genai.outcome").as_deref(), Some("dropped"));
    assert_eq!(attribute(&span, "gen_ai.usage.output_tokens").as_deref(), Some("4"));
    let lasted = span.end_time.duration_since(span.start_time).unwrap();
    assert!((2..3).contains(&lasted.as_secs()), "{lasted:?}");
}
