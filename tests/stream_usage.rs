//! Streams whose clients did not ask for their usage, through the running proxy, from a provider that states it when it
//! is asked: the client gets the bytes it would have got, and the call log has the usage.
//!
//! Reads `$GENAI_CORPUS` (a relative path is meant from the workspace's folder); without it every test says so and
//! passes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};

use bytes::Bytes;
use http::{Request, Version};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;
use tower_genai_tests::call_log::Line;
use tower_genai_tests::client::{Connection, Reply, RequestBody, fetch, full, with};
use tower_genai_tests::corpus::{Corpus, Exchange};
use tower_genai_tests::hex;
use tower_genai_tests::proxy::{Config, Proxy};
use tower_genai_tests::replay::{
    EXTRA_INPUT, EXTRA_OUTPUT, Mode, Received, Replay, Settings, with_event, with_lines,
};

const CLIENTS: usize = 64;

#[allow(clippy::disallowed_methods, reason = "a test may read where its data is")]
static CORPUS: LazyLock<Option<Arc<Corpus>>> = LazyLock::new(|| {
    let folder = std::env::var("GENAI_CORPUS").ok()?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    Some(Arc::new(Corpus::load(&folder).unwrap()))
});

/// The recorded exchanges, unless there are none on this machine.
fn corpus() -> Option<Arc<Corpus>> {
    if CORPUS.is_none() {
        println!("SKIPPED: GENAI_CORPUS is not set");
    }
    CORPUS.clone()
}

fn is_completion(exchange: &Exchange) -> bool {
    exchange.path.ends_with("/completions") && exchange.response.status == 200
}

/// Streams recorded without usage: those whose clients did not ask for it.
fn silent(corpus: &Corpus) -> Vec<usize> {
    let expected = |exchange: &Exchange| corpus.expected.get(&exchange.id);
    let all = corpus.exchanges.iter().enumerate();
    let silent = all.filter(|(_, exchange)| {
        is_completion(exchange)
            && expected(exchange).is_some_and(|expected| expected.streamed && !expected.has_usage)
    });
    silent.map(|(at, _)| at).collect()
}

fn upstream_of(host: &str) -> String {
    host.replace(['.', ':'], "-")
}

struct Stage {
    replay: Replay,
    proxy: Proxy,
}

impl Stage {
    /// An upstream for each recorded host, with more lines of its table.
    async fn set(corpus: &Arc<Corpus>, lines: &str) -> Self {
        let replay = Replay::start(Settings { corpus: corpus.clone(), ..Settings::default() }).await;
        let hosts: BTreeSet<&str> = corpus.exchanges.iter().map(|exchange| exchange.host.as_str()).collect();
        let config = hosts.into_iter().fold(Config::new(), |config, host| {
            let provider = tower_genai_wire::provider_of_host(host);
            let provider =
                provider.map(|provider| format!("provider = \"{provider}\"\n")).unwrap_or_default();
            config.upstream(&upstream_of(host), &replay.url(), &format!("{provider}{lines}"))
        });
        let proxy = Proxy::start(&config).await;
        Self { replay, proxy }
    }

    async fn finish(self) -> (Vec<Received>, Vec<Line>) {
        let metrics = self.proxy.settled().await;
        assert_eq!(metrics.unaccounted(), 0);
        (self.replay.received(), self.proxy.finish().await)
    }
}

fn request(exchange: &Exchange, replay: &[(&'static str, &str)]) -> Request<RequestBody> {
    let query = if exchange.query.is_empty() { String::new() } else { format!("?{}", exchange.query) };
    let uri = format!("/{}{}{query}", upstream_of(&exchange.host), exchange.path);
    let mut request = Request::builder().method(&*exchange.method).uri(uri);
    for (name, value) in &exchange.request.headers {
        request = request.header(name, value);
    }
    let request = request.header("x-replay-id", &exchange.id).body(full(exchange.request.body.clone()));
    with(request.unwrap(), replay)
}

/// The client sees nothing of it.
fn about_reply(exchange: &Exchange, expected: &Bytes, reply: &Reply) -> Option<String> {
    let same = reply.body == *expected && reply.whole && reply.status == 200;
    (!same).then(|| format!("{}: {:?} {}", exchange.id, reply.status, reply.text()))
}

/// The provider is asked for the usage, and for nothing else that is new.
fn about_request(exchange: &Exchange, received: &Received) -> Option<String> {
    let mut expected: Value = serde_json::from_slice(&exchange.request.body).unwrap();
    expected["stream_options"] = json!({ "include_usage": true });
    let sent: Value = serde_json::from_slice(&received.body_start).unwrap_or_default();
    let mut lost = exchange.request.headers.iter().filter(|(name, value)| {
        !["accept-encoding", "content-length"].contains(&name.as_str()) && received.header(name) != *value
    });
    let same = sent == expected
        && received.header("content-length") == received.body_bytes.to_string()
        && received.header("accept-encoding") == "identity"
        && lost.next().is_none();
    (!same).then(|| format!("{}: {received:?}", exchange.id))
}

/// The record has the usage.
fn about_line(exchange: &Exchange, line: &Line) -> Option<String> {
    let same = line.text("outcome") == Some("complete")
        && line.text("usage_source") == Some("reported")
        && line.number("gen_ai.usage.input_tokens") == Some(EXTRA_INPUT)
        && line.number("gen_ai.usage.output_tokens") == Some(EXTRA_OUTPUT);
    (!same).then(|| format!("{}: {line:?}", exchange.id))
}

/// Every silent stream, from many clients at once.
async fn replay_all(version: Version, lines: &'static str, mode: fn(usize) -> String) {
    let Some(corpus) = corpus() else { return };
    let stage = Stage::set(&corpus, "").await;
    let mut scope = silent(&corpus);
    assert!(scope.len() > 100, "the corpus holds {} streams without usage", scope.len());
    // Frames of one byte are slow to send, and a few thousand of them show as much as a hundred thousand.
    scope.retain(|&at| mode(at) != "bytes" || corpus.exchanges[at].response.body.len() < 6_000);
    let scope: Arc<[usize]> = scope.into();
    assert!(scope.len() > 20, "{} of them are short", scope.len());
    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (corpus, scope, next, address) =
            (corpus.clone(), scope.clone(), next.clone(), stage.proxy.address());
        clients.spawn(async move {
            let mut faults = Vec::new();
            while let Some(&at) = scope.get(next.fetch_add(1, Relaxed)) {
                let exchange = &corpus.exchanges[at];
                let how =
                    [("x-replay-usage", "honour"), ("x-replay-lines", lines), ("x-replay-mode", &*mode(at))];
                let mut connection = Connection::open(address, version).await.unwrap();
                let reply = connection.fetch(request(exchange, &how)).await;
                faults.extend(about_reply(exchange, &with_lines(&exchange.response.body, lines), &reply));
            }
            faults
        });
    }
    let mut faults: Vec<String> = clients.join_all().await.into_iter().flatten().collect();
    let (received, log) = stage.finish().await;
    assert_eq!((received.len(), log.len()), (scope.len(), scope.len()));
    let by_id: HashMap<&str, &Exchange> =
        corpus.exchanges.iter().map(|exchange| (&*exchange.id, exchange)).collect();
    faults.extend(
        received.iter().filter_map(|received| about_request(by_id[received.header("x-replay-id")], received)),
    );
    faults.extend(log.iter().filter_map(|line| about_line(by_id[line.text("echo").unwrap()], line)));
    faults.truncate(10);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn in_one_frame() {
    replay_all(Version::HTTP_11, "lf", |_| "whole".to_owned()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_random_frames() {
    replay_all(Version::HTTP_11, "lf", |seed| format!("frames={seed}")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_random_frames_over_http2_with_carriage_returns_and_line_feeds() {
    replay_all(Version::HTTP_2, "crlf", |seed| format!("frames={}", seed + 1_000_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_random_frames_with_carriage_returns() {
    replay_all(Version::HTTP_11, "cr", |seed| format!("frames={}", seed + 2_000_000)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn byte_by_byte() {
    replay_all(Version::HTTP_11, "lf", |_| "bytes".to_owned()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn byte_by_byte_with_carriage_returns_and_line_feeds() {
    replay_all(Version::HTTP_11, "crlf", |_| "bytes".to_owned()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn byte_by_byte_with_carriage_returns() {
    replay_all(Version::HTTP_11, "cr", |_| "bytes".to_owned()).await;
}

/// Whoever asked, or gets its usage anyway, sends and gets the bytes that were recorded.
#[tokio::test(flavor = "multi_thread")]
async fn others_are_left_alone() {
    let Some(corpus) = corpus() else { return };
    let stage = Stage::set(&corpus, "").await;
    let silent: BTreeSet<usize> = silent(&corpus).into_iter().collect();
    let with_usage = corpus.exchanges.iter().enumerate().filter(|(at, exchange)| {
        // A local server's stream has a usage in an event with choices: that it need not be asked is not known.
        is_completion(exchange) && !silent.contains(at) && !exchange.host.starts_with("localhost")
    });
    let mut streams = 0;
    for (_, exchange) in with_usage {
        streams += usize::from(corpus.expected.get(&exchange.id).is_some_and(|expected| expected.streamed));
        let reply = fetch(stage.proxy.address(), request(exchange, &[("x-replay-mode", "frames")])).await;
        assert_eq!(reply.body, exchange.response.body, "{}", exchange.id);
        let received = stage.replay.received().pop().unwrap();
        assert_eq!(received.body_sha256, hex(&Sha256::digest(&exchange.request.body)), "{}", exchange.id);
        // Of a request that is too large to be collected it is not known beforehand.
        let collected = exchange.request.body.len() <= 256 * 1024;
        let accepts = exchange.request.headers.get("accept-encoding").map_or("", String::as_str);
        let accepts = if collected { accepts } else { "identity" };
        assert_eq!(received.header("accept-encoding"), accepts, "{}", exchange.id);
    }
    assert!(streams > 10, "{streams} streams");
}

/// One silent stream, asked for in many ways.
async fn one(
    lines: &str,
    how: &[(&'static str, &str)],
    body: impl Into<Bytes>,
) -> (Reply, Vec<Received>, Vec<Line>) {
    let corpus = corpus().unwrap();
    let stage = Stage::set(&corpus, lines).await;
    let exchange = &corpus.exchanges[silent(&corpus)[0]];
    let mut request = request(exchange, how);
    request.headers_mut().remove("content-length");
    *request.body_mut() = full(body.into());
    let reply = fetch(stage.proxy.address(), request).await;
    let (received, log) = stage.finish().await;
    (reply, received, log)
}

fn recorded() -> Bytes {
    let corpus = corpus().unwrap();
    corpus.exchanges[silent(&corpus)[0]].response.body.clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_of_twenty_megabytes_with_stream_as_its_last_key() {
    if corpus().is_none() {
        return;
    }
    let start =
        format!(r#"{{"messages":[{{"content":"{}"}}],"stream":true"#, "a\\\"b \u{e9}".repeat(3_000_000));
    let body = format!("{start}}}");
    assert!(body.len() > 20_000_000);
    let (reply, received, log) =
        one("", &[("x-replay-usage", "honour"), ("x-replay-mode", "frames=7")], body).await;
    assert_eq!(reply.body, recorded());
    let sent = format!(r#"{start},"stream_options":{{"include_usage":true}}}}"#);
    assert_eq!(received[0].body_sha256, hex(&Sha256::digest(sent)));
    assert_eq!(
        (received[0].header("content-length"), received[0].header("transfer-encoding")),
        ("", "chunked")
    );
    assert_eq!((log.len(), log[0].number("gen_ai.usage.input_tokens")), (1, Some(EXTRA_INPUT)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_can_be_left_out() {
    if corpus().is_none() {
        return;
    }
    let body = r#"{"stream": true}"#;
    let (reply, received, log) = one("stream_usage = false", &[("x-replay-usage", "honour")], body).await;
    assert_eq!(reply.body, recorded());
    assert_eq!(received[0].body_start, body);
    assert_eq!(log[0].text("usage_source"), Some("missing"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_wants_none_gets_none() {
    if corpus().is_none() {
        return;
    }
    for options in ["null", r#"{"include_usage":false,"include_obfuscation":false}"#, "{}"] {
        let body = format!(r#"{{"stream_options":{options},"stream":true}}"#);
        let (reply, received, log) =
            one("", &[("x-replay-usage", "honour"), ("x-replay-mode", "bytes")], body).await;
        assert_eq!(reply.body, recorded());
        let sent: Value = serde_json::from_slice(&received[0].body_start).unwrap();
        assert_eq!(
            sent["stream_options"].get("include_obfuscation").is_some(),
            options.contains("obfuscation")
        );
        assert_eq!(log[0].number("gen_ai.usage.output_tokens"), Some(EXTRA_OUTPUT));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_asked_sees_its_event() {
    if corpus().is_none() {
        return;
    }
    let body = r#"{"stream":true, "stream_options":{"include_usage":true}}"#;
    let (reply, received, log) = one("", &[("x-replay-usage", "honour")], body).await;
    assert_eq!(reply.body, with_event(&recorded()));
    assert_eq!(received[0].body_start, body);
    assert_eq!(log[0].number("gen_ai.usage.output_tokens"), Some(EXTRA_OUTPUT));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reply_that_comes_encoded_all_the_same_passes() {
    if corpus().is_none() {
        return;
    }
    let (reply, _, log) =
        one("", &[("x-replay-usage", "honour"), ("x-replay-mode", "gzip")], r#"{"stream":true}"#).await;
    assert_eq!(reply.body, Mode::Gzip.encode(&with_event(&recorded())));
    assert_eq!(reply.header("content-length"), reply.body.len().to_string());
    assert_eq!(log[0].number("gen_ai.usage.output_tokens"), Some(EXTRA_OUTPUT));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upstream_that_rejects_the_field_is_left_alone() {
    let Some(corpus) = corpus() else { return };
    let stage = Stage::set(&corpus, "").await;
    let exchange = &corpus.exchanges[silent(&corpus)[0]];
    for (requests, calls) in [(2, 2), (3, 3), (4, 4)] {
        let reply = fetch(stage.proxy.address(), request(exchange, &[("x-replay-usage", "reject")])).await;
        assert_eq!((reply.status.as_u16(), &reply.body), (200, &exchange.response.body));
        let received = stage.replay.received();
        assert_eq!(received.len(), requests);
        let last = received.last().unwrap();
        assert_eq!(last.body_sha256, hex(&Sha256::digest(&exchange.request.body)));
        assert_eq!(last.header("accept-encoding"), exchange.request.headers["accept-encoding"]);
        assert_eq!(stage.proxy.settled().await.count("tower_genai_calls_recorded_total", &[]), calls);
    }
    // Every request that reached the provider has a line of its own.
    let (_, log) = stage.finish().await;
    let verdicts: Vec<_> = log.iter().map(Line::verdict).collect();
    let complete = (Some("complete"), None, None);
    let rejected = (Some("failed"), Some("unknown_parameter"), Some("upstream"));
    assert_eq!(verdicts, [rejected, complete, complete, complete]);
}
