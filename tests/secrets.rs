//! No credential of a request shows anywhere, on success or on failure, even with the process log wide open.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{Request, Uri, Version};
use rustix::process::Signal;
use tokio::net::TcpListener;
use tower_genai_tests::client::{Connection, Reply, RequestBody, full, get, with};
use tower_genai_tests::otlp::Receiver;
use tower_genai_tests::proxy::{Child, Config};
use tower_genai_tests::replay::Replay;

const BINARY: &str = env!("CARGO_BIN_EXE_genai-proxy-under-test");

/// Every secret contains this.
const MARK: &str = "s3cr3t";
const UPSTREAM_KEY: &str = "sk-s3cr3t-of-the-upstream";
const ADMIN_TOKEN: &str = "s3cr3t-of-the-operator";

/// What a client can put a credential into.
const PLACES: [&str; 11] = [
    "bearer",
    "basic",
    "x-api-key",
    "api-key",
    "x-goog-api-key",
    "query",
    "websocket",
    "cookie",
    "user-info",
    "body",
    "proxy-authorization",
];

fn secret(place: &str) -> String {
    format!("sk-{MARK}-{place}-7f3a")
}

fn basic(place: &str) -> String {
    STANDARD.encode(format!("user:{}", secret(place)))
}

/// A request with a credential in one place, or in all of them.
fn request(place: &str, path: &str, address: SocketAddr) -> Request<RequestBody> {
    let mut request = Request::post(path).body(full(r#"{"model":"gpt-4o-mini","messages":[]}"#)).unwrap();
    let here = |other| place == other || place == "everywhere";
    let mut header = |name: &'static str, value: String| {
        request.headers_mut().append(name, value.parse().unwrap());
    };
    if here("bearer") {
        header("authorization", format!("Bearer {}", secret("bearer")));
    }
    if here("basic") {
        header("authorization", format!("Basic {}", basic("basic")));
    }
    for name in ["x-api-key", "api-key", "x-goog-api-key"] {
        if here(name) {
            header(name, secret(name));
        }
    }
    if here("websocket") {
        header(
            "sec-websocket-protocol",
            format!("realtime, openai-insecure-api-key.{}", secret("websocket")),
        );
    }
    if here("cookie") {
        header("cookie", format!("theme=dark; session={}", secret("cookie")));
    }
    if here("proxy-authorization") {
        header("proxy-authorization", format!("Basic {}", basic("proxy-authorization")));
    }
    if here("body") {
        let secret = secret("body");
        *request.body_mut() = full(format!(
            r#"{{"model":"gpt-4o-mini","api_key":"{secret}","messages":[{{"role":"user","content":"{secret}"}}]}}"#
        ));
    }
    let user_info = if here("user-info") {
        format!("http://user:{}@{address}", secret("user-info"))
    } else {
        String::new()
    };
    let query = if here("query") { format!("?alt=sse&key={}", secret("query")) } else { String::new() };
    *request.uri_mut() = format!("{user_info}{path}{query}").parse::<Uri>().unwrap();
    request
}

/// The secrets in a text, those that are encoded included.
fn leaks(what: &str, text: &str) -> Vec<String> {
    let encoded = ["basic", "proxy-authorization"].map(basic);
    let lines =
        text.lines().filter(|line| line.contains(MARK) || encoded.iter().any(|code| line.contains(code)));
    lines.map(|line| format!("{what}: {line}")).collect()
}

struct Way {
    /// Where the request goes and how it is answered.
    path: &'static str,
    script: &'static str,
    status: u16,
    /// Whether the reply is our own.
    ours: bool,
}

const fn way(path: &'static str, script: &'static str, status: u16, ours: bool) -> Way {
    Way { path, script, status, ours }
}

const WAYS: [Way; 9] = [
    way("/replay/v1/chat/completions", "json", 200, false),
    way("/replay/v1/messages", "stream=2,0", 200, false),
    way("/replay/v1/chat/completions", "wrong-key", 401, false),
    way("/replay/v1/chat/completions", "status=500", 500, false),
    way("/replay/v1/files", "malformed", 200, false),
    way("/replay/v1/chat/completions", "close", 502, true),
    way("/silent/v1/chat/completions", "hang", 504, true),
    way("/closed/v1/chat/completions", "json", 502, true),
    way("/nowhere/v1/chat/completions", "json", 404, true),
];

async fn run(config: Config, replay: &Replay, require_client: bool) -> Vec<String> {
    let collector = Receiver::start().await;
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url()),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20collector-token"),
        ("UPSTREAM_KEY", UPSTREAM_KEY),
        ("RUST_LOG", "trace"),
    ];
    let mut proxy = Child::start(BINARY, &config, &environment).await;
    let address = proxy.address();
    let mut found = Vec::new();
    for (number, way) in WAYS.iter().enumerate() {
        for place in PLACES.into_iter().chain(["everywhere"]) {
            let request = with(request(place, way.path, address), &[("x-replay-script", way.script)]);
            // Credentials before a host are possible in HTTP/1.1 only.
            let version = if number.is_multiple_of(2) && place != "user-info" {
                Version::HTTP_2
            } else {
                Version::HTTP_11
            };
            let reply = Connection::open(address, version).await.unwrap().fetch(request).await;
            if !require_client {
                assert_eq!(reply.status, way.status, "{place} {} {}: {}", way.path, way.script, reply.text());
            }
            if way.ours || require_client {
                found.extend(leaks("an error of ours", &format!("{:?}\n{}", reply.headers, reply.text())));
            }
        }
    }
    for accept in ["text/plain", "application/openmetrics-text; version=1.0.0"] {
        let token = format!("Bearer {ADMIN_TOKEN}");
        let request = with(get("/metrics"), &[("accept", accept), ("authorization", &token)]);
        let page: Reply = Connection::http1(address).await.fetch(request).await;
        assert_eq!(page.status, 200);
        assert!(page.text().contains("tower_genai_calls_opened_total"), "{}", page.text());
        found.extend(leaks("/metrics", &page.text()));
    }
    proxy.signal(Signal::INT);
    assert!(proxy.ended(Duration::from_secs(20)).await.success());

    let log = proxy.call_log();
    assert!(log.lines().count() >= PLACES.len(), "the calls are in the log");
    found.extend(leaks("call log", &log));
    assert!(!collector.spans().is_empty());
    found.extend(leaks("spans", &collector.everything()));
    let output = proxy.output();
    assert!(output.contains("\"level\":\"DEBUG\""), "the process log is wide open");
    found.extend(leaks("process log", &output));
    assert!(!output.contains("collector-token"), "the collector's own token shows");

    if !require_client {
        // They were there: the provider got those that are not for us.
        let received = format!("{:#?}", replay.received());
        for place in PLACES.into_iter().filter(|place| !["proxy-authorization", "user-info"].contains(place))
        {
            let sent = if place == "basic" { basic(place) } else { secret(place) };
            assert!(received.contains(&sent), "{place} did not reach the provider");
        }
    }
    found
}

async fn config(replay: &Replay) -> Config {
    let closed = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    Config::new()
        .upstream("replay", &replay.url(), "api_key_env = \"UPSTREAM_KEY\"")
        .upstream("silent", &replay.url(), "timeouts = { response_head = \"100ms\" }")
        .upstream("closed", &format!("http://{closed}"), "")
        .admin_token(ADMIN_TOKEN)
}

#[tokio::test(flavor = "multi_thread")]
async fn passed_through() {
    let replay = Replay::scripted().await;
    let found = run(config(&replay).await, &replay, false).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn refused() {
    let replay = Replay::scripted().await;
    let found = run(config(&replay).await.top("require_client = true"), &replay, true).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(replay.received().is_empty(), "who is refused reaches nobody");
}

#[test]
fn a_url_with_a_credential_is_refused_without_showing_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("proxy.toml");
    let text =
        Config::new().upstream("replay", &format!("http://user:{}@127.0.0.1:1", secret("base-url")), "");
    std::fs::write(&file, text.text()).unwrap();
    let output = Command::new(BINARY).arg("--config").arg(&file).env_clear().output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("base_url") && said.contains("proxy.toml"), "{said}");
    assert!(
        leaks("stderr", &said).is_empty()
            && leaks("stdout", &String::from_utf8_lossy(&output.stdout)).is_empty()
    );
}

/// Which texts of messages show where, with the process log wide open.
async fn messages_shown(capture: Option<&str>, content: &str) -> Vec<String> {
    let (replay, collector) = (Replay::scripted().await, Receiver::start().await);
    let url = collector.url();
    let mut environment = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", &*url), ("RUST_LOG", "trace")];
    if let Some(capture) = capture {
        environment.push(("OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT", capture));
    }
    let config = Config::new().upstream("replay", &replay.url(), "").top(content);
    let mut proxy = Child::start(BINARY, &config, &environment).await;
    let text = secret("message");
    for (path, script) in [
        ("/replay/v1/chat/completions", "json"),
        ("/replay/v1/chat/completions", "stream=2,0"),
        ("/replay/v1/messages", "json"),
        ("/replay/v1/messages", "stream=2,0"),
        ("/replay/v1/chat/completions", "status=500"),
    ] {
        let body = format!(
            r#"{{"model":"gpt-4o-mini","messages":[{{"role":"user","content":"Say {text} now"}}],
                "tools":[{{"type":"function","function":{{"name":"{text}","parameters":{{"{text}":1}}}}}}]}}"#
        );
        let request = Request::post(path).header("x-replay-script", script).body(full(body)).unwrap();
        Connection::http1(proxy.address()).await.fetch(request).await;
    }
    let page = Connection::http1(proxy.address()).await.fetch(get("/metrics")).await;
    let mut found = leaks("/metrics", &page.text());
    proxy.signal(Signal::INT);
    assert!(proxy.ended(Duration::from_secs(20)).await.success());
    found.extend(leaks("call log", &proxy.call_log()));
    found.extend(leaks("process log", &proxy.output()));
    assert!(!collector.spans().is_empty());
    found.extend(leaks("exported", &collector.everything()));
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_show_nowhere_unless_they_are_captured() {
    let found = messages_shown(None, "").await;
    assert!(found.is_empty(), "{}", found.join("\n"));
    let found = messages_shown(Some("SPAN_ONLY"), "").await;
    assert!(
        !found.is_empty() && found.iter().all(|line| line.starts_with("exported")),
        "{}",
        found.join("\n")
    );
    let redact = format!("content = {{ redact = ['\\bsk-{MARK}[\\w-]*'] }}");
    let found = messages_shown(Some("SPAN_AND_EVENT"), &redact).await;
    assert!(found.is_empty(), "{}", found.join("\n"));
}
