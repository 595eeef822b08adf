//! Input that is not what it should be, from either side: the bytes pass unchanged, there is one record without usage,
//! and memory stays bounded.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use rustix::process::Signal;
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;
use tower_genai_tests::call_log::Line;
use tower_genai_tests::client::{Connection, RequestBody, full, post, with};
use tower_genai_tests::hex;
use tower_genai_tests::proxy::{Child, Config, Proxy};
use tower_genai_tests::replay::{INPUT_TOKENS, Replay, Script};

const BINARY: &str = env!("CARGO_BIN_EXE_genai-proxy-under-test");
const CHAT: &str = "/v1/chat/completions";
const GOOD: &[u8] = br#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}"#;

struct Case {
    what: &'static str,
    path: &'static str,
    content_type: &'static str,
    request: &'static [u8],
    script: Script,
    /// The input tokens that were reported before things went wrong.
    input: Option<u64>,
}

const fn reply(what: &'static str, script: Script) -> Case {
    Case { what, path: CHAT, content_type: "application/json", request: GOOD, script, input: None }
}

const fn request(what: &'static str, request: &'static [u8]) -> Case {
    Case { request, ..reply(what, Script::NoContent) }
}

const CASES: [Case; 14] = [
    reply("a reply of malformed JSON", Script::Malformed),
    reply("a truncated stream", Script::Truncated),
    reply("a reply that is not UTF-8", Script::InvalidUtf8),
    reply("a web page for a reply", Script::WrongType),
    reply("no reply at all", Script::NoContent),
    Case {
        path: "/v1/messages",
        input: Some(INPUT_TOKENS),
        ..reply("a stream that is truncated after its first event, which tells the input", Script::Truncated)
    },
    Case { path: "/v7/oracle", ..reply("an unknown path", Script::Malformed) },
    request("a request of malformed JSON", br#"{"model":"gpt-4o-mini","messages":["#),
    request("a request that is not JSON", b"Hello?"),
    request("a request that is not UTF-8", b"{\"model\":\"\xff\xfe\xc3\",\"messages\":[]}"),
    request("a request without a body", b""),
    request("a request that is deeply nested", &NESTED),
    request(
        "a request with keys of the wrong types",
        br#"{"model":7,"stream":"yes","temperature":[],"user":{}}"#,
    ),
    Case { content_type: "text/plain", ..reply("a request of a wrong content type", Script::WrongType) },
];

static NESTED: [u8; 100_000] = [b'['; 100_000];

#[tokio::test(flavor = "multi_thread")]
async fn passes_unchanged_and_is_recorded_once() {
    let replay = Replay::scripted().await;
    let proxy = Proxy::start(&Config::new().upstream("replay", &replay.url(), "")).await;
    let mut connection = Connection::http1(proxy.address()).await;
    for (number, case) in CASES.iter().enumerate() {
        let request =
            Request::post(format!("/replay{}", case.path)).header("content-type", case.content_type);
        let request = request.body(full(case.request)).unwrap();
        let headers = [("x-replay-script", &*case.script.to_string()), ("x-replay-id", &*number.to_string())];
        let reply = connection.fetch(with(request, &headers)).await;
        assert!(reply.whole, "{}", case.what);
        assert_eq!(reply.body, case.script.body(case.path), "{}", case.what);
        let received = replay.received().pop().unwrap();
        assert_eq!(received.header("content-type"), case.content_type, "{}", case.what);
        assert_eq!(received.body_sha256, hex(&Sha256::digest(case.request)), "{}", case.what);
    }
    assert_eq!(proxy.settled().await.unaccounted(), 0);
    let lines = proxy.finish().await;
    assert_eq!(lines.len(), CASES.len());
    for (line, (number, case)) in lines.iter().zip(CASES.iter().enumerate()) {
        assert_eq!(line.text("echo"), Some(&*number.to_string()), "{}", case.what);
        let source = if case.input.is_some() { "reported" } else { "missing" };
        assert_eq!(line.text("usage_source"), Some(source), "{}: {line:?}", case.what);
        assert_eq!(line.number("gen_ai.usage.input_tokens"), case.input, "{}: {line:?}", case.what);
        assert_eq!(line.number("gen_ai.usage.output_tokens"), None, "{}: {line:?}", case.what);
        assert_eq!(line.number("request_bytes"), Some(case.request.len() as u64), "{}: {line:?}", case.what);
        assert_eq!(line.text("url.path").map(|path| path.ends_with(case.path)), Some(true), "{line:?}");
        let operation = line.text("gen_ai.operation.name");
        assert_eq!(operation == Some("unknown"), case.path == "/v7/oracle", "{}: {line:?}", case.what);
    }
}

const BIG: u64 = 100_000_000;

/// What the proxy may need for one call after the other, on top of what it needed for small ones: 256 KiB, a decoder
/// window of 8 MiB, and what hyper buffers for two connections, some 400 KiB each way.
const BOUND_KIB: u64 = 10 << 10;

#[tokio::test(flavor = "multi_thread")]
async fn memory_is_bounded_however_big_a_body_is() {
    let replay = Replay::scripted().await;
    let config = Config::new().upstream("replay", &replay.url(), "");
    let mut proxy = Child::start(BINARY, &config, &[]).await;
    // The first calls pay for what is made once.
    let (small_request, _) = call(&proxy, &replay, "0", full(GOOD), Script::Json).await;
    assert_eq!(small_request, GOOD.len() as u64);
    proxy.metrics().await;

    let before = memory_kib(&proxy, "VmHWM:");
    let (upload, _) = call(&proxy, &replay, "1", Filling(BIG).boxed(), Script::WrongType).await;
    let (_, json) = call(&proxy, &replay, "2", full(GOOD), Script::BigJson(BIG)).await;
    let (_, event) = call(&proxy, &replay, "3", full(GOOD), Script::BigEvent(BIG)).await;
    let (_, bomb) = call(&proxy, &replay, "4", full(GOOD), Script::Bomb(BIG)).await;
    let grown = memory_kib(&proxy, "VmHWM:") - before;
    assert_eq!((upload, json, event), (BIG, BIG, BIG));
    assert!(bomb < BIG / 100, "the bomb is {bomb} bytes long on the wire");
    assert!(grown < BOUND_KIB, "400 MB of bodies took {grown} KiB");
    println!("400 MB of bodies took {grown} KiB");

    proxy.signal(Signal::INT);
    assert!(proxy.ended(Duration::from_secs(20)).await.success());
    let lines = proxy.lines();
    assert_eq!(lines.len(), 5);
    for line in &lines[1..] {
        assert_eq!(line.text("usage_source"), Some("missing"), "{line:?}");
        assert_eq!(line.text("outcome"), Some("complete"), "{line:?}");
    }
    let bytes = |key: &str| lines.iter().map(|line: &Line| line.number(key).unwrap_or(0)).max();
    assert_eq!((bytes("request_bytes"), bytes("response_bytes")), (Some(BIG), Some(BIG)));
}

/// What a call may need in the middle of an event, beyond what the same exchange needs that is no model call: hyper's
/// buffers are in both.
const BOUND_PER_CALL_KIB: u64 = 256;
const CALLS: u64 = 50;

#[tokio::test(flavor = "multi_thread")]
async fn memory_per_call_is_bounded_in_the_middle_of_an_event() {
    let plain = in_the_middle_of_an_event(Method::PUT).await;
    let model = in_the_middle_of_an_event(Method::POST).await;
    println!("{CALLS} plain exchanges took {plain} KiB, and {CALLS} model calls {model} KiB");
    assert!(model < plain + CALLS * BOUND_PER_CALL_KIB, "{plain} KiB became {model} KiB");
}

/// What so many requests take that have got two megabytes of an event which does not end.
async fn in_the_middle_of_an_event(method: Method) -> u64 {
    const LENGTH: u64 = 2_000_000;
    let replay = Replay::scripted().await;
    let config = Config::new().upstream("replay", &replay.url(), "");
    let proxy = Child::start(BINARY, &config, &[]).await;
    call(&proxy, &replay, "0", full(GOOD), Script::Json).await;
    proxy.metrics().await;

    let before = memory_kib(&proxy, "VmRSS:");
    let mut requests = JoinSet::new();
    for _ in 0..CALLS {
        let (address, method) = (proxy.address(), method.clone());
        requests.spawn(async move {
            let mut connection = Connection::http1(address).await;
            let mut request = post(&format!("/replay{CHAT}"), GOOD);
            *request.method_mut() = method;
            let request = with(request, &[("x-replay-script", &*Script::HeldEvent(LENGTH).to_string())]);
            let mut body = connection.send(request).await.unwrap().into_body();
            let mut length = 0;
            while length < LENGTH {
                length += body.frame().await.unwrap().unwrap().data_ref().map_or(0, Bytes::len) as u64;
            }
            (connection, body)
        });
    }
    let held = requests.join_all().await;
    let grown = memory_kib(&proxy, "VmRSS:") - before;
    let in_flight = proxy.metrics().await.count("tower_genai_calls_in_flight", &[]);
    assert_eq!(in_flight, if method == Method::POST { i64::try_from(CALLS).unwrap() } else { 0 });
    drop(held);
    grown
}

/// Makes one call and returns the lengths of the request as it arrived and of the reply.
async fn call(proxy: &Child, replay: &Replay, number: &str, body: RequestBody, script: Script) -> (u64, u64) {
    let mut request = post(&format!("/replay{CHAT}"), "");
    *request.body_mut() = body;
    let headers = [("x-replay-script", &*script.to_string()), ("x-replay-id", number)];
    let mut connection = Connection::http1(proxy.address()).await;
    let response = connection.send(with(request, &headers)).await.unwrap();
    let (mut body, mut length) = (response.into_body(), 0);
    while let Some(frame) = body.frame().await {
        length += frame.unwrap().data_ref().map_or(0, Bytes::len) as u64;
    }
    (replay.received().pop().unwrap().body_bytes, length)
}

/// A line of the process's status: `VmRSS:` is the memory it has, `VmHWM:` the most it ever had.
fn memory_kib(proxy: &Child, key: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", proxy.id())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(key)).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

/// So many bytes, made as they are needed.
struct Filling(u64);

impl Body for Filling {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        static BLOCK: [u8; 1 << 16] = [b' '; 1 << 16];
        let length = usize::try_from(self.0).map_or(BLOCK.len(), |left| left.min(BLOCK.len()));
        self.0 -= length as u64;
        Poll::Ready((length > 0).then(|| Ok(Frame::data(Bytes::from_static(&BLOCK[..length])))))
    }
}
