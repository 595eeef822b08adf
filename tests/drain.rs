//! `SIGTERM` in the middle of many streams.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::time::Duration;

use http::{Response, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use rustix::process::Signal;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};
use tower_genai_tests::client::{Connection, Reply, fetch, get, post, with};
use tower_genai_tests::otlp::{Kind, Receiver};
use tower_genai_tests::proxy::{Child, Config};
use tower_genai_tests::replay::{Replay, Script};

const STREAMS: usize = 100;
const CHAT: &str = "/v1/chat/completions";
const REQUEST: &str =
    r#"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#;
const BINARY: &str = env!("CARGO_BIN_EXE_genai-proxy-under-test");

/// A stream of which the first event has come.
async fn begin(
    address: SocketAddr,
    number: usize,
    script: Script,
) -> (Connection, Vec<u8>, Response<Incoming>) {
    let version = if number.is_multiple_of(2) { Version::HTTP_11 } else { Version::HTTP_2 };
    let mut connection = Connection::open(address, version).await.unwrap();
    let headers = [("x-replay-script", &*script.to_string()), ("x-replay-id", &*number.to_string())];
    let request = with(post(&format!("/replay{CHAT}"), REQUEST), &headers);
    let mut response = connection.send(request).await.unwrap();
    let first = response.body_mut().frame().await.unwrap().unwrap().into_data().unwrap();
    (connection, first.to_vec(), response)
}

async fn begin_all(address: SocketAddr, script: Script) -> Vec<(Connection, Vec<u8>, Response<Incoming>)> {
    let mut streams = JoinSet::new();
    for number in 0..STREAMS {
        streams.spawn(begin(address, number, script));
    }
    streams.join_all().await
}

async fn readiness(address: SocketAddr) -> u16 {
    fetch(address, get("/health/readiness")).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread")]
async fn streams_finish_and_nothing_is_lost() {
    let (replay, collector) = (Replay::scripted().await, Receiver::start().await);
    let config = Config::draining("1s", "20s").upstream("replay", &replay.url(), "");
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url())];
    let mut proxy = Child::start(BINARY, &config, &environment).await;
    let address = proxy.address();
    assert_eq!(readiness(address).await, 200);
    let script = Script::Stream(40, Duration::from_millis(75));
    let streams = begin_all(address, script).await;

    let asked = Instant::now();
    proxy.signal(Signal::TERM);
    proxy.wait_for_output("draining").await;
    assert_eq!(readiness(address).await, 503, "readiness fails while connections are still accepted");
    assert!(asked.elapsed() < Duration::from_secs(1), "this was too slow to show anything");
    assert!(Connection::open(address, Version::HTTP_11).await.is_ok());

    let mut finishing = JoinSet::new();
    for (connection, mut got, response) in streams {
        finishing.spawn(async move {
            let rest = Reply::read(response).await;
            drop(connection);
            got.extend_from_slice(&rest.body);
            (rest.whole, got)
        });
    }
    sleep(Duration::from_millis(1300).saturating_sub(asked.elapsed())).await;
    assert!(Connection::open(address, Version::HTTP_11).await.is_err(), "no new connection after the delay");
    let whole = script.body(CHAT);
    for (ended, got) in finishing.join_all().await {
        assert!(ended && got == whole, "a stream got {} of {} bytes", got.len(), whole.len());
    }
    // The streams last three seconds; the deadline is twenty.
    assert!(proxy.ended(Duration::from_secs(10)).await.success(), "{}", proxy.output());

    let lines = proxy.lines();
    assert_eq!(lines.len(), STREAMS);
    for line in &lines {
        assert_eq!(line.verdict(), (Some("complete"), None, None), "{line:?}");
        assert_eq!(line.number("gen_ai.usage.output_tokens"), Some(40), "{line:?}");
    }
    let spans = collector.spans();
    let of_calls =
        |kind| spans.iter().filter(|span| span.kind == kind && !span.name.starts_with("GET ")).count();
    assert_eq!((of_calls(Kind::Server), of_calls(Kind::Client)), (STREAMS, STREAMS));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_at_once() {
    let replay = Replay::scripted().await;
    let config = Config::draining("10s", "20s").upstream("replay", &replay.url(), "");
    let mut proxy = Child::start(BINARY, &config, &[]).await;
    let streams = begin_all(proxy.address(), Script::Stall(1)).await;
    proxy.signal(Signal::TERM);
    proxy.wait_for_output("draining").await;
    proxy.signal(Signal::TERM);
    proxy.ended(Duration::from_secs(3)).await;
    for (_connection, _, response) in streams {
        assert!(!Reply::read(response).await.whole, "the stream was cut");
    }
    let lines = proxy.lines();
    assert_eq!(lines.len(), STREAMS, "what was given up is recorded");
    assert!(lines.iter().all(|line| line.text("outcome") == Some("dropped")), "{lines:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_deadline_ends_what_does_not_end() {
    let replay = Replay::scripted().await;
    let config = Config::draining("100ms", "500ms").upstream("replay", &replay.url(), "");
    let mut proxy = Child::start(BINARY, &config, &[]).await;
    let _stream = begin(proxy.address(), 0, Script::Stall(1)).await;
    let asked = Instant::now();
    proxy.signal(Signal::TERM);
    proxy.ended(Duration::from_secs(5)).await;
    assert!(asked.elapsed() > Duration::from_millis(600), "the deadline was not waited for");
    assert_eq!(proxy.lines()[0].text("outcome"), Some("dropped"));
}
