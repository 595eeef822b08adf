//! Every recorded exchange through the running proxy, however the reply is cut and
//! encoded: the client gets the bytes, the provider gets the request, and the call log has one line with the truth.
//!
//! Reads `$GENAI_CORPUS` (a relative path is meant from the workspace's folder); without it every test says so and
//! passes.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests")]

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, LazyLock};

use http::{Request, Version};
use percent_encoding::percent_decode_str;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::task::JoinSet;
use tower_genai_tests::call_log::Line;
use tower_genai_tests::client::{Connection, Reply, full};
use tower_genai_tests::corpus::{Corpus, Exchange, Expected};
use tower_genai_tests::exposition::Exposition;
use tower_genai_tests::hex;
use tower_genai_tests::proxy::{Config, Proxy};
use tower_genai_tests::replay::{Mode, Received, Replay, Settings};

const CLIENTS: usize = 64;

#[allow(clippy::disallowed_methods, reason = "a test may read where its data is")]
static CORPUS: LazyLock<Option<Arc<Corpus>>> = LazyLock::new(|| {
    let folder = std::env::var("GENAI_CORPUS").ok()?;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    Some(Arc::new(Corpus::load(&folder).unwrap()))
});

#[tokio::test(flavor = "multi_thread")]
async fn in_one_frame() {
    replay_all(|_| "whole".to_owned(), Version::HTTP_11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_random_frames() {
    replay_all(|seed| format!("frames={seed}"), Version::HTTP_11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn in_random_frames_over_http2() {
    replay_all(|seed| format!("frames={}", seed + 1_000_000), Version::HTTP_2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn byte_by_byte() {
    replay_all(|_| "bytes".to_owned(), Version::HTTP_11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_in_one_frame() {
    replay_all(|_| "gzip".to_owned(), Version::HTTP_11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn gzip_in_random_frames() {
    replay_all(|seed| format!("gzip-frames={seed}"), Version::HTTP_11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deflate() {
    replay_all(|_| "deflate".to_owned(), Version::HTTP_11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn brotli() {
    replay_all(|_| "br".to_owned(), Version::HTTP_11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zstd() {
    replay_all(|_| "zstd".to_owned(), Version::HTTP_11).await;
}

fn upstream_of(host: &str) -> String {
    host.replace(['.', ':'], "-")
}

fn config(corpus: &Corpus, url: &str) -> Config {
    let hosts: BTreeSet<&str> = corpus.exchanges.iter().map(|exchange| exchange.host.as_str()).collect();
    hosts.into_iter().fold(Config::new(), |config, host| {
        let provider = tower_genai_wire::provider_of_host(host);
        let provider = provider.map(|provider| format!("provider = \"{provider}\"\n")).unwrap_or_default();
        // Here the provider is to get what the client sent.
        config.upstream(&upstream_of(host), url, &format!("{provider}stream_usage = false"))
    })
}

async fn replay_all(mode: fn(usize) -> String, version: Version) {
    let Some(corpus) = CORPUS.clone() else {
        println!("SKIPPED: GENAI_CORPUS is not set");
        return;
    };
    let replay = Replay::start(Settings { corpus: corpus.clone(), ..Settings::default() }).await;
    let proxy = Proxy::start(&config(&corpus, &replay.url())).await;
    assert!(corpus.expected.len() > 1000, "the corpus holds {} good replies", corpus.expected.len());

    let next = Arc::new(AtomicUsize::new(0));
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (corpus, next, address) = (corpus.clone(), next.clone(), proxy.address());
        clients.spawn(async move {
            let mut connection = Connection::open(address, version).await.unwrap();
            let mut faults = Vec::new();
            loop {
                let at = next.fetch_add(1, Relaxed);
                let Some(exchange) = corpus.exchanges.get(at) else { break };
                let mode = mode(at);
                if connection.is_closed() {
                    // The proxy was long done with a reply that this client had still to read.
                    connection = Connection::open(address, version).await.unwrap();
                }
                let reply = connection.fetch(request(exchange, &mode)).await;
                faults.extend(about_reply(exchange, mode.parse().unwrap(), &reply));
            }
            faults
        });
    }
    let mut faults: Vec<String> = clients.join_all().await.into_iter().flatten().collect();

    let metrics = proxy.settled().await;
    let lines = proxy.finish().await;
    faults.extend(about_metrics(&corpus, &metrics));
    faults.extend(about_requests(&corpus, &replay.received()));
    faults.extend(about_log(&corpus, &lines));
    faults.truncate(30);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn request(exchange: &Exchange, mode: &str) -> Request<tower_genai_tests::client::RequestBody> {
    let query = if exchange.query.is_empty() { String::new() } else { format!("?{}", exchange.query) };
    let uri = format!("/{}{}{query}", upstream_of(&exchange.host), exchange.path);
    let mut request = Request::builder().method(&*exchange.method).uri(uri);
    for (name, value) in &exchange.request.headers {
        request = request.header(name, value);
    }
    request = request.header("x-replay-id", &exchange.id).header("x-replay-mode", mode);
    request.body(full(exchange.request.body.clone())).unwrap()
}

fn fault_unless(holds: bool, exchange: &Exchange, what: impl FnOnce() -> String) -> Option<String> {
    (!holds).then(|| format!("{}: {}", exchange.id, what()))
}

/// The client gets what was recorded.
fn about_reply(exchange: &Exchange, mode: Mode, reply: &Reply) -> Vec<String> {
    let recorded = &exchange.response;
    let sent = mode.encode(&recorded.body);
    let mut faults = Vec::new();
    faults.extend(fault_unless(reply.status == recorded.status, exchange, || format!("{}", reply.status)));
    faults.extend(fault_unless(reply.whole, exchange, || "the reply breaks off".to_owned()));
    faults.extend(fault_unless(reply.body == sent, exchange, || {
        format!("{} bytes instead of {}, or others", reply.body.len(), sent.len())
    }));
    let encoding = mode.encoding().unwrap_or_default();
    faults.extend(fault_unless(reply.header("content-encoding") == encoding, exchange, || {
        format!("content-encoding is {:?}", reply.header("content-encoding"))
    }));
    let not_of_the_body =
        |name: &str| !["content-encoding", "content-length", "transfer-encoding"].contains(&name);
    for (name, value) in recorded.headers.iter().filter(|(name, _)| not_of_the_body(name)) {
        faults.extend(fault_unless(reply.header(name) == value, exchange, || {
            format!("{name} is {:?} instead of {value:?}", reply.header(name))
        }));
    }
    faults
}

/// The provider gets what the client sent, once.
fn about_requests(corpus: &Corpus, received: &[Received]) -> Vec<String> {
    let mut faults = Vec::new();
    if received.len() != corpus.exchanges.len() {
        faults.push(format!("{} requests became {}", corpus.exchanges.len(), received.len()));
    }
    let by_id: HashMap<&str, &Received> = received.iter().map(|r| (r.header("x-replay-id"), r)).collect();
    for exchange in &corpus.exchanges {
        let Some(received) = by_id.get(&*exchange.id) else {
            faults.push(format!("{}: the request did not arrive", exchange.id));
            continue;
        };
        let same = received.method == *exchange.method
            && received.path == exchange.path
            && received.query.as_deref().unwrap_or_default() == exchange.query
            && received.body_sha256 == hex(&Sha256::digest(&exchange.request.body));
        faults.extend(fault_unless(same, exchange, || format!("{received:?}")));
        let lost = exchange.request.headers.iter().find(|(name, value)| received.header(name) != *value);
        faults.extend(lost.map(|header| format!("{}: the request lost {header:?}", exchange.id)));
    }
    faults
}

/// One line for each exchange, with what the provider reported.
fn about_log(corpus: &Corpus, lines: &[Line]) -> Vec<String> {
    let mut by_id: HashMap<&str, Vec<&Line>> = HashMap::new();
    for line in lines {
        by_id.entry(line.text("echo").unwrap_or_default()).or_default().push(line);
    }
    let mut faults = Vec::new();
    if lines.len() != corpus.exchanges.len() {
        faults.push(format!("{} lines for {} exchanges", lines.len(), corpus.exchanges.len()));
    }
    for exchange in &corpus.exchanges {
        match by_id.get(&*exchange.id).map(Vec::as_slice) {
            Some([line]) => match corpus.expected.get(&exchange.id) {
                Some(expected) => faults.extend(about_line(exchange, expected, line)),
                None => faults.extend(about_refusal(exchange, line)),
            },
            other => faults.push(format!("{}: {} lines", exchange.id, other.map_or(0, <[_]>::len))),
        }
    }
    faults
}

/// What the body of a whole reply says beyond what `expected.jsonl` judges.
#[derive(Default)]
struct Says {
    /// The reply is an error, whatever its status.
    error: bool,
    /// A usage that is a total and nothing else: Voyage's, whose calls have no output. The rows know no total.
    total: Option<u64>,
}

impl Says {
    fn of(body: &[u8]) -> Self {
        let Ok(Value::Object(reply)) = serde_json::from_slice(body) else { return Self::default() };
        let usage = reply.get("usage").and_then(Value::as_object).filter(|usage| usage.len() == 1);
        Self {
            error: reply.get("error").is_some_and(|error| !error.is_null()),
            total: usage.and_then(|usage| usage.get("total_tokens")?.as_u64()),
        }
    }
}

/// What the request asks for, in its body or, where that does not say, in its path.
struct Asked {
    model: Option<String>,
    stream: Option<bool>,
}

impl Asked {
    /// `None` where the request is not JSON throughout, as some recorders left it.
    fn of(exchange: &Exchange) -> Option<Self> {
        let body: Value = serde_json::from_slice(&exchange.request.body).ok()?;
        let model = body["model"].as_str().map(str::to_owned);
        let stream = body["stream"].as_bool();
        let path = &*exchange.path;
        let (in_path, streams) = match path.split('/').collect::<Vec<_>>()[..] {
            ["", "model", model, action] => (Some(model), Some(action.contains("stream"))),
            ["", "openai", "deployments", deployment, ..] => (Some(deployment), None),
            ["", "v1beta", "models", method] => (method.strip_suffix(":generateContent"), Some(false)),
            ["", "api", "chat" | "generate"] => (None, Some(true)),
            _ => (None, None),
        };
        let decoded = |model| percent_decode_str(model).decode_utf8().unwrap().into_owned();
        Some(Self { model: model.or(in_path.map(decoded)), stream: stream.or(streams) })
    }
}

fn about_line(exchange: &Exchange, expected: &Expected, line: &Line) -> Vec<String> {
    let says = Says::of(&exchange.response.body);
    let mut faults = Vec::new();
    let mut compare = |what: &str, actual: String, expected_value: String| {
        if actual != expected_value {
            faults.push(format!("{}: {what} is {actual} instead of {expected_value}", expected.id));
        }
    };
    let (outcome, error_type, origin) = line.verdict();
    let judged =
        if says.error { (Some("failed"), true, Some("upstream")) } else { (Some("complete"), false, None) };
    compare("outcome", format!("{:?}", (outcome, error_type.is_some(), origin)), format!("{judged:?}"));
    if let Some(asked) = Asked::of(exchange) {
        let (model, stream) = (asked.model.as_deref(), asked.stream.map(Value::Bool));
        compare("request model", format!("{:?}", line.text("gen_ai.request.model")), format!("{model:?}"));
        compare(
            "request stream",
            format!("{:?}", line.get("gen_ai.request.stream")),
            format!("{:?}", stream.as_ref()),
        );
    }
    compare("streamed", format!("{:?}", line.get("streamed")), format!("Some(Bool({}))", expected.streamed));
    if let Some(model) = &expected.response_model {
        compare("model", format!("{:?}", line.text("gen_ai.response.model")), format!("{:?}", Some(model)));
    }
    if !expected.finish_reasons.is_empty() {
        let reasons = line.get("gen_ai.response.finish_reasons").and_then(|reasons| reasons.as_array());
        let reasons: BTreeSet<&str> =
            reasons.into_iter().flatten().filter_map(|text| text.as_str()).collect();
        let judged: BTreeSet<&str> = expected.finish_reasons.iter().map(String::as_str).collect();
        compare("finish reasons", format!("{reasons:?}"), format!("{judged:?}"));
    }
    let source = if expected.has_usage { "reported" } else { "missing" };
    compare("usage_source", format!("{:?}", line.text("usage_source")), format!("{:?}", Some(source)));
    for (key, count) in [
        ("gen_ai.usage.input_tokens", says.total.or(expected.input)),
        ("gen_ai.usage.output_tokens", expected.output),
        ("gen_ai.usage.cache_read.input_tokens", expected.cache_read),
        ("gen_ai.usage.cache_write.input_tokens", expected.cache_write),
        ("gen_ai.usage.reasoning.output_tokens", expected.reasoning),
    ] {
        if expected.has_usage {
            // What the provider did not mention is no key in the line, and zero in the expectation.
            compare(key, line.number(key).unwrap_or(0).to_string(), count.unwrap_or(0).to_string());
        } else {
            compare(key, format!("{:?}", line.number(key)), "None".to_owned());
        }
    }
    faults
}

fn about_refusal(exchange: &Exchange, line: &Line) -> Option<String> {
    let (outcome, error_type, origin) = line.verdict();
    let status = line.number("http.response.status_code");
    let right = outcome == Some("failed")
        && error_type.is_some()
        && origin == Some("upstream")
        && status == Some(u64::from(exchange.response.status))
        && line.text("usage_source") == Some("missing");
    fault_unless(right, exchange, || format!("{line:?}"))
}

/// The counters say the same.
fn about_metrics(corpus: &Corpus, metrics: &Exposition) -> Vec<String> {
    let sum =
        |tokens: fn(&Expected) -> Option<u64>| -> u64 { corpus.expected.values().filter_map(tokens).sum() };
    let tokens = |kind| metrics.count("gen_ai_client_tokens_total", &[("token_type", kind)]).to_string();
    let calls = |outcome| metrics.count("gen_ai_client_calls_total", &[("outcome", outcome)]).to_string();
    let failed = corpus
        .exchanges
        .iter()
        .filter(|exchange| exchange.response.status >= 300 || Says::of(&exchange.response.body).error);
    let failed = failed.count();
    let totals: u64 = corpus.exchanges.iter().filter_map(|e| Says::of(&e.response.body).total).sum();
    let rows = [
        ("calls that are not accounted for", metrics.unaccounted().to_string(), "0".to_owned()),
        ("complete calls", calls("complete"), (corpus.exchanges.len() - failed).to_string()),
        ("failed calls", calls("failed"), failed.to_string()),
        ("dropped calls", calls("dropped"), "0".to_owned()),
        ("input tokens", tokens("input"), (sum(|e| e.input) + totals).to_string()),
        ("output tokens", tokens("output"), sum(|e| e.output).to_string()),
        ("cached tokens", tokens("cache_read"), sum(|e| e.cache_read).to_string()),
        ("tokens written to a cache", tokens("cache_write"), sum(|e| e.cache_write).to_string()),
        ("reasoning tokens", tokens("reasoning"), sum(|e| e.reasoning).to_string()),
    ];
    let wrong = rows.into_iter().filter(|(_, actual, expected)| actual != expected);
    wrong
        .map(|(what, actual, expected)| format!("/metrics: {what}: {actual} instead of {expected}"))
        .collect()
}
