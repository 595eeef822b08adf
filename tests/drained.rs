//! Replies that are read on when their clients have left: what is recorded, what the provider sees, and what is given up.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::Version;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use rustix::process::Signal;
use tokio::runtime::Handle;
use tokio::sync::Barrier;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};
use tower_genai_tests::call_log::Line;
use tower_genai_tests::client::{Connection, fetch, get, post, with};
use tower_genai_tests::exposition::Exposition;
use tower_genai_tests::proxy::{Child, Config, Proxy};
use tower_genai_tests::replay::{INPUT_TOKENS, Replay, Script};

const CHAT: &str = "/v1/chat/completions";
const MESSAGES: &str = "/v1/messages";
const REQUEST: &str =
    r#"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#;
const BINARY: &str = env!("CARGO_BIN_EXE_genai-proxy-under-test");
/// Between two events. Clients leave after the first.
const PACE: Duration = Duration::from_millis(150);

fn config(replay: &Replay) -> Config {
    Config::new().upstream("replay", &replay.url(), "")
}

/// A client that has got the first event; it leaves when what is returned is dropped.
async fn client(address: SocketAddr, number: usize, path: &str, script: Script) -> (Incoming, Connection) {
    // Half of them leave by closing a stream, and half by closing a connection.
    let version = if number.is_multiple_of(2) { Version::HTTP_11 } else { Version::HTTP_2 };
    let mut connection = Connection::open(address, version).await.unwrap();
    let headers = [("x-replay-script", &*script.to_string()), ("x-replay-id", &*number.to_string())];
    let request = with(post(&format!("/replay{path}"), REQUEST), &headers);
    let mut body = connection.send(request).await.unwrap().into_body();
    let first = timeout(Duration::from_secs(20), body.frame()).await.expect("the stream hangs");
    first.unwrap().unwrap();
    (body, connection)
}

/// So many clients who all leave at the same time, after the first event.
async fn all_leave(
    address: SocketAddr,
    numbers: std::ops::Range<usize>,
    script: impl Fn(usize) -> (&'static str, Script),
) {
    let (mut clients, everyone) = (JoinSet::new(), Arc::new(Barrier::new(numbers.len())));
    for number in numbers {
        let ((path, script), everyone) = (script(number), everyone.clone());
        clients.spawn(async move {
            let client = client(address, number, path, script).await;
            everyone.wait().await;
            drop(client);
        });
    }
    clients.join_all().await;
}

fn by_number(lines: &[Line], count: usize) -> HashMap<&str, &Line> {
    let by_number: HashMap<&str, &Line> =
        lines.iter().map(|line| (line.text("echo").unwrap(), line)).collect();
    assert_eq!((lines.len(), by_number.len()), (count, count), "one line for each client");
    by_number
}

fn drains(metrics: &Exposition, result: &str) -> i64 {
    metrics.count("tower_genai_drains_total", &[("result", result)])
}

/// Waits for something that comes a little later.
async fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..2000 {
        if holds() {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("it never comes to this: {what}");
}

/// How many events the stream of that client has, and where it is from.
fn stream(number: usize) -> (&'static str, u32) {
    let path = if number.is_multiple_of(3) { MESSAGES } else { CHAT };
    (path, 3 + u32::try_from(number % 5).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_clients_leave_and_every_usage_is_exact() {
    const CLIENTS: usize = 200;
    const AT_ONCE: usize = 100;
    let tasks = || Handle::current().metrics().num_alive_tasks();
    let replay = Replay::scripted().await;
    let proxy = Proxy::start(&config(&replay).drain(1 << 20, "60s", 1000)).await;
    // The first connection to the provider, and what keeps it, are there to stay.
    fetch(proxy.address(), get("/replay/v1/models")).await;
    let idle = tasks();

    for batch in 0..CLIENTS / AT_ONCE {
        all_leave(proxy.address(), batch * AT_ONCE..(batch + 1) * AT_ONCE, |number| {
            let (path, events) = stream(number);
            (path, Script::Stream(events, PACE))
        })
        .await;
    }
    let metrics = proxy.settled().await;
    assert_eq!(metrics.unaccounted(), 0, "{}", metrics.text);
    assert_eq!(
        metrics.count("gen_ai_client_calls_total", &[("outcome", "dropped")]),
        200,
        "{}",
        metrics.text
    );
    assert_eq!(drains(&metrics, "drained"), 200, "{}", metrics.text);
    let tokens = |labels| metrics.count("gen_ai_client_tokens_total", labels);
    let events: i64 = (0..CLIENTS).map(|number| i64::from(stream(number).1)).sum();
    assert_eq!(tokens(&[("token_type", "output"), ("usage_source", "drained")]), events);
    assert_eq!(tokens(&[("token_type", "output")]), events, "and none from elsewhere");
    for gauge in ["http_server_active_requests", "http_client_active_requests"] {
        assert_eq!(metrics.count(gauge, &[("http_request_method", "POST")]), 0, "{gauge}");
    }
    eventually("every stream was read to its end", || replay.sent() == CLIENTS + 1).await;
    assert_eq!(replay.cut(), 0);

    // Without the provider there is nothing left to be kept alive.
    drop(replay);
    eventually("nothing is left running", || tasks() < idle).await;
    let lines = proxy.finish().await;
    let lines = by_number(&lines, CLIENTS);
    for number in 0..CLIENTS {
        let line = lines[&*number.to_string()];
        let (path, events) = stream(number);
        assert_eq!(line.verdict(), (Some("dropped"), None, None), "{line:?}");
        assert_eq!(line.text("usage_source"), Some("drained"), "{line:?}");
        assert_eq!(line.number("gen_ai.usage.input_tokens"), Some(INPUT_TOKENS), "{line:?}");
        assert_eq!(line.number("gen_ai.usage.output_tokens"), Some(events.into()), "{line:?}");
        assert_eq!(line.text("cost_status"), Some("priced"), "{line:?}");
        assert!(line.contains_key("gen_ai.response.finish_reasons"), "{line:?}");
        let whole = Script::Stream(events, PACE).body(path).len() as u64;
        let given = line.number("response_bytes").unwrap();
        assert!(given > 0 && given < whole, "{given} of {whole} bytes: {line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_so_many_are_read_at_a_time_and_the_rest_is_left_at_once() {
    const CLIENTS: usize = 60;
    let replay = Replay::scripted().await;
    let proxy = Proxy::start(&config(&replay).drain(1 << 20, "5s", 10)).await;
    all_leave(proxy.address(), 0..CLIENTS, |_| (CHAT, Script::Stall(1))).await;
    eventually("fifty connections to the provider are closed", || replay.cut() == 50).await;
    assert_eq!(proxy.metrics().await.count("tower_genai_calls_in_flight", &[]), 10);

    let metrics = proxy.settled().await;
    assert_eq!(
        (drains(&metrics, "max_concurrent"), drains(&metrics, "max_time")),
        (50, 10),
        "{}",
        metrics.text
    );
    eventually("the others follow in their time", || replay.cut() == CLIENTS && replay.connections() == 0)
        .await;
    let lines = proxy.finish().await;
    for line in by_number(&lines, CLIENTS).values() {
        assert_eq!(line.verdict(), (Some("dropped"), None, None), "{line:?}");
        assert_eq!(line.text("usage_source"), Some("missing"), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_beyond_the_bytes_is_left() {
    const CLIENTS: usize = 10;
    let replay = Replay::scripted().await;
    // Of some two hundred events of some two hundred bytes.
    let proxy = Proxy::start(&config(&replay).drain(2000, "60s", 100)).await;
    let script = Script::Stream(200, Duration::from_millis(20));
    all_leave(proxy.address(), 0..CLIENTS, |_| (CHAT, script)).await;
    let metrics = proxy.settled().await;
    assert_eq!(drains(&metrics, "max_bytes"), 10, "{}", metrics.text);
    eventually("the provider is told to stop", || replay.cut() == CLIENTS).await;
    assert_eq!(replay.sent(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_falls_silent_or_breaks_ends_the_reading() {
    let replay = Replay::scripted().await;
    let timeouts = "timeouts = { idle = \"300ms\" }";
    let config = Config::new().upstream("replay", &replay.url(), timeouts).drain(1 << 20, "60s", 100);
    let proxy = Proxy::start(&config).await;
    let scripts = [Script::Stall(1), Script::Stall(1), Script::Panic(1), Script::Panic(1)];
    all_leave(proxy.address(), 0..scripts.len(), |number| (CHAT, scripts[number])).await;
    let metrics = proxy.settled().await;
    // A reply that breaks before it is noticed that its client has left is no drain.
    let failed = drains(&metrics, "failed");
    assert!((2..=4).contains(&failed), "{}", metrics.text);
    assert_eq!(metrics.count("tower_genai_drains_total", &[]), failed, "{}", metrics.text);
    let lines = proxy.finish().await;
    let lines = by_number(&lines, scripts.len());
    for silent in ["0", "1"] {
        assert_eq!(lines[silent].verdict(), (Some("dropped"), None, None), "{:?}", lines[silent]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_leaves_before_the_head_or_after_the_end_leaves_nothing_to_read() {
    let replay = Replay::scripted().await;
    let proxy = Proxy::start(&config(&replay).drain(1 << 20, "60s", 100)).await;
    let never = client(proxy.address(), 0, CHAT, Script::Hang);
    assert!(timeout(Duration::from_millis(500), never).await.is_err(), "nothing can come");
    let mut whole = client(proxy.address(), 1, CHAT, Script::Linger(1)).await;
    let mut left = Script::Linger(1).body(CHAT).len() - Script::Stall(1).body(CHAT).len();
    while left > 0 {
        left -= whole.0.frame().await.unwrap().unwrap().data_ref().unwrap().len();
    }
    drop(whole);
    let metrics = proxy.settled().await;
    assert_eq!(metrics.count("tower_genai_drains_total", &[]), 0, "{}", metrics.text);
    let lines = proxy.finish().await;
    let lines = by_number(&lines, 2);
    assert_eq!(lines["0"].text("outcome"), Some("dropped"));
    assert_eq!(lines["1"].text("outcome"), Some("complete"));
    assert_eq!(lines["1"].text("usage_source"), Some("reported"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_table_the_provider_is_left_at_once() {
    let replay = Replay::scripted().await;
    let proxy = Proxy::start(&config(&replay)).await;
    all_leave(proxy.address(), 0..20, |_| (CHAT, Script::Stall(1))).await;
    eventually("all connections are closed", || replay.cut() == 20 && replay.connections() == 0).await;
    let metrics = proxy.settled().await;
    assert_eq!(metrics.count("tower_genai_drains_total", &[]), 0, "{}", metrics.text);
}

async fn draining(replay: &Replay, timeout: &str) -> Child {
    let config = Config::draining("0s", timeout).upstream("replay", &replay.url(), "");
    Child::start(BINARY, &config.drain(1 << 20, "60s", 100), &[]).await
}

/// Waits until the clients that have left are no requests any more.
async fn nobody_is_there(proxy: &Child) {
    for _ in 0..1000 {
        if proxy.metrics().await.count("http_server_active_requests", &[("http_request_method", "POST")]) == 0
        {
            return;
        }
        sleep(Duration::from_millis(10)).await;
    }
    panic!("clients that have left are still there");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_termination_waits_for_what_is_being_read() {
    let replay = Replay::scripted().await;
    let mut proxy = draining(&replay, "20s").await;
    all_leave(proxy.address(), 0..10, |_| (CHAT, Script::Stream(10, PACE))).await;
    nobody_is_there(&proxy).await;
    proxy.signal(Signal::TERM);
    assert!(proxy.ended(Duration::from_secs(15)).await.success(), "{}", proxy.output());
    let lines = proxy.lines();
    for line in by_number(&lines, 10).values() {
        assert_eq!(line.text("usage_source"), Some("drained"), "{line:?}");
        assert_eq!(line.number("gen_ai.usage.output_tokens"), Some(10), "{line:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_read_in_time_is_recorded_all_the_same() {
    let replay = Replay::scripted().await;
    for (timeout, again) in [("300ms", false), ("20s", true)] {
        let mut proxy = draining(&replay, timeout).await;
        all_leave(proxy.address(), 0..10, |_| (CHAT, Script::Stall(1))).await;
        nobody_is_there(&proxy).await;
        proxy.signal(Signal::TERM);
        proxy.wait_for_output("draining").await;
        if again {
            proxy.signal(Signal::TERM);
        }
        assert!(proxy.ended(Duration::from_secs(10)).await.success(), "{}", proxy.output());
        let told = proxy.output().contains("replies without a client were not read to their end");
        assert_eq!(told, !again, "{}", proxy.output());
        let lines = proxy.lines();
        for line in by_number(&lines, 10).values() {
            assert_eq!(line.verdict(), (Some("dropped"), None, None), "{line:?}");
            assert_eq!(line.text("usage_source"), Some("missing"), "{line:?}");
        }
    }
}
