//! What becomes of a call when the provider refuses, fails, breaks off or falls silent: the client gets what the
//! provider sent, and the record says what happened and whose fault it was.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::net::SocketAddr;
use std::time::Duration;

use http::Version;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tower_genai_tests::call_log::Line;
use tower_genai_tests::client::{Connection, Reply, post, with};
use tower_genai_tests::proxy::{Config, Proxy};
use tower_genai_tests::replay::{Replay, Script};

const CHAT: &str = "/v1/chat/completions";
const MESSAGES: &str = "/v1/messages";
const REQUEST: &str = r#"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hello"}]}"#;

/// What the client gets.
#[derive(Clone, Copy, Debug)]
enum Gets {
    /// All that the provider sends, and its end.
    Everything,
    /// All that the provider sends, and then the connection breaks.
    Break,
    /// An error of ours, which names the upstream.
    OurError,
}

#[derive(Clone, Copy, Debug)]
struct Case {
    upstream: &'static str,
    path: &'static str,
    script: Script,
    status: u16,
    gets: Gets,
    /// `outcome`, `error.type`, `error_origin`.
    verdict: (&'static str, Option<&'static str>, Option<&'static str>),
}

const fn failed(kind: &'static str) -> (&'static str, Option<&'static str>, Option<&'static str>) {
    ("failed", Some(kind), Some("upstream"))
}

const COMPLETE: (&str, Option<&str>, Option<&str>) = ("complete", None, None);

/// A provider that answers somehow.
const fn sent(path: &'static str, script: Script, status: u16, kind: &'static str) -> Case {
    Case { upstream: "patient", path, script, status, gets: Gets::Everything, verdict: failed(kind) }
}

const fn broken(upstream: &'static str, script: Script, kind: &'static str) -> Case {
    Case { upstream, path: CHAT, script, status: 200, gets: Gets::Break, verdict: failed(kind) }
}

/// A provider that gives no head.
const fn ours(upstream: &'static str, script: Script, status: u16, kind: &'static str) -> Case {
    Case { upstream, path: CHAT, script, status, gets: Gets::OurError, verdict: failed(kind) }
}

const CASES: [Case; 22] = [
    Case { verdict: COMPLETE, ..sent(CHAT, Script::Json, 200, "") },
    Case { verdict: COMPLETE, ..sent(CHAT, Script::Trailers(3), 200, "") },
    Case { verdict: COMPLETE, ..sent(MESSAGES, Script::Trailers(3), 200, "") },
    sent(CHAT, Script::Status(401), 401, "invalid_api_key"),
    sent(MESSAGES, Script::Status(401), 401, "authentication_error"),
    sent(CHAT, Script::Status(429), 429, "rate_limit_exceeded"),
    sent(MESSAGES, Script::Status(429), 429, "rate_limit_error"),
    sent(CHAT, Script::Status(500), 500, "server_error"),
    sent(MESSAGES, Script::Status(500), 500, "api_error"),
    sent(MESSAGES, Script::Status(529), 529, "overloaded_error"),
    sent(CHAT, Script::ErrorBody, 200, "server_error"),
    sent(MESSAGES, Script::ErrorBody, 200, "api_error"),
    sent(CHAT, Script::ErrorEvent(3), 200, "server_error"),
    sent(MESSAGES, Script::ErrorEvent(3), 200, "overloaded_error"),
    broken("patient", Script::Cut(3), "truncated"),
    broken("patient", Script::CutLength, "truncated"),
    broken("impatient", Script::Stall(3), "timeout"),
    ours("patient", Script::Close, 502, "truncated"),
    ours("impatient", Script::Hang, 504, "timeout"),
    ours("closed", Script::Json, 502, "connect"),
    ours("no-tls", Script::Json, 502, "tls"),
    ours("full", Script::Json, 504, "timeout"),
];

#[tokio::test(flavor = "multi_thread")]
async fn over_http1() {
    every_outcome(Version::HTTP_11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_http2() {
    every_outcome(Version::HTTP_2).await;
}

async fn every_outcome(version: Version) {
    let replay = Replay::scripted().await;
    let closed = closed_port().await;
    let full = FullPort::bind().await;
    let config = Config::new()
        .upstream("patient", &replay.url(), "")
        .upstream("impatient", &replay.url(), "timeouts = { response_head = \"400ms\", idle = \"400ms\" }")
        .upstream("closed", &format!("http://{closed}"), "")
        .upstream("no-tls", &replay.url().replace("http:", "https:"), "")
        .upstream("full", &format!("http://{}", full.address), "timeouts = { connect = \"400ms\" }");
    let proxy = Proxy::start(&config).await;

    let mut calls = JoinSet::new();
    for (number, case) in CASES.into_iter().enumerate() {
        let address = proxy.address();
        calls.spawn(async move {
            let path = format!("/{}{}", case.upstream, case.path);
            let script = case.script.to_string();
            let headers = [("x-replay-script", &*script), ("x-replay-id", &*number.to_string())];
            let request = with(post(&path, REQUEST), &headers);
            let reply = Connection::open(address, version).await.unwrap().fetch(request).await;
            check_reply(case, &reply);
        });
    }
    calls.join_all().await;

    let metrics = proxy.settled().await;
    assert_eq!(metrics.unaccounted(), 0);
    let durations = "gen_ai_client_operation_duration_seconds_count";
    assert_eq!(metrics.count(durations, &[]), i64::try_from(CASES.len()).unwrap(), "{}", metrics.text);
    for case in CASES {
        let (outcome, error_type, _) = case.verdict;
        let alike = CASES.iter().filter(|other| other.verdict == case.verdict).count();
        let alike = i64::try_from(alike).unwrap();
        let kind = ("error_type", error_type.unwrap_or(""));
        let labels = if error_type.is_some() { &[kind][..] } else { &[] };
        if error_type.is_some() {
            assert_eq!(metrics.count(durations, labels), alike, "{case:?}:\n{}", metrics.text);
        }
        let labels = [&[("outcome", outcome)], labels].concat();
        assert_eq!(metrics.count("gen_ai_client_calls_total", &labels), alike, "{case:?}:\n{}", metrics.text);
    }

    let lines = proxy.finish().await;
    assert_eq!(lines.len(), CASES.len(), "{lines:#?}");
    for (number, case) in CASES.iter().enumerate() {
        let number = number.to_string();
        let mut lines = lines.iter().filter(|line| line.text("echo") == Some(&number));
        check_line(case, lines.next().unwrap_or_else(|| panic!("no line for {case:?}")));
        assert!(lines.next().is_none(), "two lines for {case:?}");
    }
}

fn check_reply(case: Case, reply: &Reply) {
    assert_eq!(reply.status, case.status, "{case:?}: {}", reply.text());
    assert_eq!(reply.whole, !matches!(case.gets, Gets::Break), "{case:?}");
    let retry_after = if case.status == 429 { "17" } else { "" };
    assert_eq!(reply.header("retry-after"), retry_after, "{case:?}");
    match case.gets {
        Gets::Everything | Gets::Break => {
            assert_eq!(reply.text(), String::from_utf8_lossy(&case.script.body(case.path)), "{case:?}");
        }
        Gets::OurError => {
            assert_eq!(reply.header("content-type"), "application/json", "{case:?}");
            let error = &reply.json()["error"];
            assert_eq!(error["upstream"], case.upstream, "{case:?}: {error}");
            assert_eq!(Some(error["type"].as_str().unwrap()), case.verdict.1, "{case:?}: {error}");
            assert!(error["cause"].as_str().is_some_and(|cause| !cause.is_empty()), "{case:?}: {error}");
            assert!(error["message"].as_str().unwrap().contains(case.upstream), "{case:?}: {error}");
        }
    }
}

fn check_line(case: &Case, line: &Line) {
    let (outcome, error_type, origin) = line.verdict();
    assert_eq!((outcome.unwrap(), error_type, origin), case.verdict, "{case:?}: {line:?}");
    assert_eq!(line.number("http.response.status_code"), Some(u64::from(case.status)), "{case:?}: {line:?}");
    assert_eq!(line.text("upstream"), Some(case.upstream), "{case:?}: {line:?}");
    assert!(line["duration_s"].as_f64().is_some_and(|seconds| seconds > 0.0), "{case:?}: {line:?}");
    if let Gets::Everything | Gets::Break = case.gets {
        let bytes = case.script.body(case.path).len() as u64;
        assert_eq!(line.number("response_bytes"), Some(bytes), "{case:?}: {line:?}");
    }
}

/// An address where nobody listens.
async fn closed_port() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// An address where connections are neither accepted nor refused: the queue of the listener is full.
struct FullPort {
    address: SocketAddr,
    _listener: TcpListener,
    _waiting: Vec<TcpStream>,
}

impl FullPort {
    async fn bind() -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut waiting = Vec::new();
        while let Ok(stream) = timeout(Duration::from_millis(100), TcpStream::connect(address)).await {
            waiting.push(stream.unwrap());
            assert!(waiting.len() < 100, "the queue never fills");
        }
        Self { address, _listener: listener, _waiting: waiting }
    }
}
