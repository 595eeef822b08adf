//! Clients that leave: each call is recorded once, with what was delivered, and nothing stays behind.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Version;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower_genai_tests::call_log::Line;
use tower_genai_tests::client::{Connection, post, with};
use tower_genai_tests::exposition::Exposition;
use tower_genai_tests::proxy::{Config, Proxy};
use tower_genai_tests::replay::{Replay, Script};

const CHAT: &str = "/v1/chat/completions";
const REQUEST: &str =
    r#"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#;
// Each takes four sockets of this process.
const AT_ONCE: usize = 100;

async fn proxy_to(replay: &Replay) -> Proxy {
    Proxy::start(&Config::new().upstream("replay", &replay.url(), "")).await
}

/// A client that has got so many bytes; it leaves when what is returned is dropped.
async fn client_with(
    address: SocketAddr,
    number: usize,
    script: Script,
    bytes: usize,
) -> (Incoming, Connection) {
    // Half of them leave by closing a stream, and half by closing a connection.
    let version = if number.is_multiple_of(2) { Version::HTTP_11 } else { Version::HTTP_2 };
    let mut connection = Connection::open(address, version).await.unwrap();
    let headers = [("x-replay-script", &*script.to_string()), ("x-replay-id", &*number.to_string())];
    let request = with(post(&format!("/replay{CHAT}"), REQUEST), &headers);
    let mut body = connection.send(request).await.unwrap().into_body();
    let mut got = 0;
    while got < bytes {
        let frame = timeout(Duration::from_secs(20), body.frame()).await.expect("the stream hangs");
        got += frame.unwrap().unwrap().data_ref().unwrap().len();
    }
    assert_eq!(got, bytes);
    (body, connection)
}

fn by_number(lines: &[Line], count: usize) -> HashMap<&str, &Line> {
    let by_number: HashMap<&str, &Line> =
        lines.iter().map(|line| (line.text("echo").unwrap(), line)).collect();
    assert_eq!((lines.len(), by_number.len()), (count, count), "one line for each client");
    by_number
}

fn nothing_is_active(metrics: &Exposition) {
    for gauge in ["http_server_active_requests", "http_client_active_requests"] {
        assert!(metrics.series(gauge, &[]) > 0, "{gauge} is missing:\n{}", metrics.text);
        let posts = metrics.count(gauge, &[("http_request_method", "POST")]);
        assert_eq!(posts, 0, "{gauge}:\n{}", metrics.text);
    }
    assert_eq!(metrics.unaccounted(), 0, "{}", metrics.text);
}

/// What the client of that number gets before it leaves.
fn stall(number: usize) -> (Script, usize) {
    let script = Script::Stall(1 + u32::try_from(number % 7).unwrap());
    (script, script.body(CHAT).len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_clients_leave_in_the_middle_of_a_stream() {
    const CLIENTS: usize = 1000;
    let replay = Replay::scripted().await;
    let proxy = proxy_to(&replay).await;

    for batch in 0..CLIENTS / AT_ONCE {
        let (mut clients, everyone) = (JoinSet::new(), Arc::new(Barrier::new(AT_ONCE + 1)));
        for number in batch * AT_ONCE..(batch + 1) * AT_ONCE {
            let (address, everyone) = (proxy.address(), everyone.clone());
            clients.spawn(async move {
                let (script, length) = stall(number);
                let client = client_with(address, number, script, length).await;
                everyone.wait().await;
                everyone.wait().await;
                drop(client);
            });
        }
        everyone.wait().await;
        let metrics = proxy.metrics().await;
        assert_eq!(metrics.count("tower_genai_calls_in_flight", &[]), i64::try_from(AT_ONCE).unwrap());
        everyone.wait().await;
        clients.join_all().await;
        proxy.settled().await;
    }

    let metrics = proxy.settled().await;
    nothing_is_active(&metrics);
    assert_eq!(
        metrics.count("gen_ai_client_calls_total", &[("outcome", "dropped")]),
        1000,
        "{}",
        metrics.text
    );
    assert_eq!(metrics.count("tower_genai_calls_recorded_total", &[("outcome", "dropped")]), 1000);

    let lines = proxy.finish().await;
    let lines = by_number(&lines, CLIENTS);
    for number in 0..CLIENTS {
        let line = lines[&*number.to_string()];
        assert_eq!(line.verdict(), (Some("dropped"), None, None), "{line:?}");
        assert_eq!(line.number("response_bytes"), Some(stall(number).1 as u64), "{line:?}");
        assert_eq!(line.number("http.response.status_code"), Some(200), "{line:?}");
        assert_eq!(line.text("usage_source"), Some("missing"), "{line:?}");
        assert!(line.contains_key("time_to_first_chunk_s"), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_leave_before_the_head() {
    const CLIENTS: usize = 50;
    let replay = Replay::scripted().await;
    let proxy = proxy_to(&replay).await;
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let address = proxy.address();
        clients.spawn(async move {
            let never = client_with(address, number, Script::Hang, 1);
            assert!(timeout(Duration::from_secs(1), never).await.is_err(), "nothing can come");
        });
    }
    clients.join_all().await;
    let metrics = proxy.settled().await;
    nothing_is_active(&metrics);

    let lines = proxy.finish().await;
    for line in by_number(&lines, CLIENTS).values() {
        assert_eq!(line.verdict(), (Some("dropped"), None, None), "{line:?}");
        assert!(!line.contains_key("http.response.status_code"), "{line:?}");
        assert!(matches!(line.number("response_bytes"), None | Some(0)), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_after_the_last_event_got_everything() {
    const CLIENTS: usize = 50;
    let replay = Replay::scripted().await;
    let proxy = proxy_to(&replay).await;
    let script = Script::Linger(4);
    let length = script.body(CHAT).len();
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let address = proxy.address();
        clients.spawn(async move {
            drop(client_with(address, number, script, length).await);
        });
    }
    clients.join_all().await;
    nothing_is_active(&proxy.settled().await);

    let lines = proxy.finish().await;
    for line in by_number(&lines, CLIENTS).values() {
        assert_eq!(line.verdict(), (Some("complete"), None, None), "{line:?}");
        assert_eq!(line.number("response_bytes"), Some(length as u64), "{line:?}");
        assert_eq!(line.number("gen_ai.usage.output_tokens"), Some(4), "{line:?}");
        assert_eq!(line.text("usage_source"), Some("reported"), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_upstream_connection_of_a_client_that_left_is_closed() {
    let replay = Replay::scripted().await;
    let proxy = proxy_to(&replay).await;
    let script = Script::Stall(1);
    let client = client_with(proxy.address(), 0, script, script.body(CHAT).len()).await;
    assert_eq!(replay.connections(), 1);
    drop(client);
    for _ in 0..1000 {
        if replay.connections() == 0 {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("the provider goes on generating for nobody");
}
