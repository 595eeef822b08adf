//! What the record of a call says, for each way it can go.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use http::StatusCode;
use http_body_util::BodyExt;
use serde_json::Value;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{client, eventually, get, nobody, post, proxy, raw, read_head, send, upstream};

/// A call log in a folder of its own.
pub(crate) struct Log {
    folder: tempfile::TempDir,
    seen: std::cell::Cell<usize>,
}

impl Log {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), seen: std::cell::Cell::new(0) }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("calls.jsonl")
    }

    pub(crate) fn table(&self) -> String {
        format!("[call_log]\npath = {:?}\n", self.path().display().to_string())
    }

    pub(crate) fn text(&self) -> String {
        std::fs::read_to_string(self.path()).unwrap_or_default()
    }

    pub(crate) fn lines(&self) -> Vec<Value> {
        // A line that is being written has no end yet.
        let text = self.text();
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Waits for the next line; there must be exactly one more than last time.
    pub(crate) async fn last(&self) -> Value {
        let expected = self.seen.get() + 1;
        eventually(|| self.lines().len() >= expected).await;
        self.seen.set(expected);
        let lines = self.lines();
        assert_eq!(lines.len(), expected, "{lines:?}");
        lines.into_iter().next_back().unwrap()
    }
}

async fn answers(reply: impl Into<Vec<u8>>) -> SocketAddr {
    let reply = reply.into();
    raw(move |_, mut stream: TcpStream| {
        let reply = reply.clone();
        async move {
            read_head(&mut stream).await;
            stream.write_all(&reply).await.unwrap();
        }
    })
    .await
}

fn judged(line: &Value) -> (&str, Option<&str>, Option<&str>) {
    let text = |key: &str| line.get(key).and_then(Value::as_str);
    (text("outcome").unwrap(), text("error.type"), text("error_origin"))
}

const CHAT: &str = "/v1/chat/completions";

#[tokio::test]
async fn statuses_and_error_bodies() {
    const JSON: &str = "application/json";
    const EVENTS: &str = "text/event-stream";
    const SERVER_ERROR: &str = r#"{"error":{"message":"m","type":"server_error"}}"#;
    let event = format!("data: {SERVER_ERROR}\n\n");
    for (status, kind, body, judgement) in [
        (200, JSON, "{}", ("complete", None, None)),
        (
            401,
            JSON,
            r#"{"error":{"code":"invalid_api_key"}}"#,
            ("failed", Some("invalid_api_key"), Some("upstream")),
        ),
        (429, JSON, "", ("failed", Some("429"), Some("upstream"))),
        (500, "text/plain", "oops", ("failed", Some("500"), Some("upstream"))),
        (529, JSON, "", ("failed", Some("529"), Some("upstream"))),
        (200, JSON, SERVER_ERROR, ("failed", Some("server_error"), Some("upstream"))),
        (200, EVENTS, &event, ("failed", Some("server_error"), Some("upstream"))),
    ] {
        let reply = format!(
            "HTTP/1.1 {status} X\r\nretry-after: 7\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let log = Log::new();
        let running = proxy(&format!("{}{}", log.table(), upstream(answers(reply.into_bytes()).await))).await;
        let answer = send(post(running.url(CHAT), &[], r#"{"model":"gpt-4o-mini"}"#)).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (status, body));
        assert_eq!(answer.headers["retry-after"], "7");
        let line = log.last().await;
        assert_eq!(judged(&line), judgement, "{status} {body}");
        assert_eq!(line["http.response.status_code"], status);
    }
}

#[tokio::test]
async fn replies_that_break_off_and_upstreams_that_are_late() {
    let cut = answers(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome").await;
    let silent = raw(|_, mut stream: TcpStream| async move {
        read_head(&mut stream).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
    })
    .await;
    let stops = raw(|_, mut stream: TcpStream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome").await.unwrap();
        tokio::time::sleep(Duration::from_secs(60)).await;
    })
    .await;
    for (address, status, kind, bytes) in [
        (cut, Some(200), "truncated", 4),
        (silent, Some(504), "timeout", 0),
        (stops, Some(200), "timeout", 4),
        (nobody().await, Some(502), "connect", 0),
    ] {
        let log = Log::new();
        let timeouts = "timeouts = { response_head = \"200ms\", idle = \"200ms\" }\n";
        let running = proxy(&format!("{}{}{timeouts}", log.table(), upstream(address))).await;
        let reply = client().request(post(running.url(CHAT), &[], "{}")).await.unwrap();
        let _ = reply.into_body().collect().await;
        let line = log.last().await;
        assert_eq!(judged(&line), ("failed", Some(kind), Some("upstream")), "{line}");
        assert_eq!(line["http.response.status_code"].as_u64(), status);
        assert_eq!(line["upstream"], "up");
        if status == Some(200) {
            assert_eq!(line["response_bytes"], bytes);
        }
        let page = send(get(running.url("/metrics"), &[])).await.text();
        assert!(page.contains("gen_ai_client_operation_duration_seconds_count{"), "{page}");
    }
}

#[tokio::test]
async fn a_client_that_leaves_is_dropped_and_nothing_is_left() {
    const CLIENTS: usize = 200;
    let address = raw(|_, mut stream: TcpStream| async move {
        read_head(&mut stream).await;
        let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {\"id\":\"1\"}\n\n";
        stream.write_all(head).await.unwrap();
        let _ = tokio::io::AsyncReadExt::read(&mut stream, &mut [0; 1]).await;
    })
    .await;
    let log = Log::new();
    let running = proxy(&format!("{}{}", log.table(), upstream(address))).await;
    for _ in 0..CLIENTS {
        let mut stream = TcpStream::connect(running.address).await.unwrap();
        stream
            .write_all(b"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}")
            .await
            .unwrap();
        let mut got = read_head(&mut stream).await;
        while !got.contains("data") {
            let mut more = [0; 64];
            let n = tokio::io::AsyncReadExt::read(&mut stream, &mut more).await.unwrap();
            got.push_str(std::str::from_utf8(&more[..n]).unwrap());
        }
    }
    eventually(|| log.lines().len() == CLIENTS).await;
    for line in log.lines() {
        assert_eq!(judged(&line), ("dropped", None, None));
        assert_eq!(line["response_bytes"], 18);
    }
    let page = send(get(running.url("/metrics"), &[])).await.text();
    let value = |series: &str| {
        let line =
            page.lines().find(|line| line.starts_with(series)).unwrap_or_else(|| panic!("{series}\n{page}"));
        line.rsplit(' ').next().unwrap().to_owned()
    };
    assert_eq!(value("tower_genai_calls_in_flight{role=\"client\"}"), "0");
    assert_eq!(value("tower_genai_calls_opened_total{role=\"client\"}"), CLIENTS.to_string());
    assert_eq!(
        value("tower_genai_calls_recorded_total{role=\"client\",outcome=\"dropped\"}"),
        CLIENTS.to_string()
    );
    assert_eq!(value("http_client_active_requests{"), "0");
}

#[tokio::test]
async fn every_post_is_a_call_and_other_methods_and_management_are_not() {
    let log = Log::new();
    let reply: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    let running = proxy(&format!("{}{}", log.table(), upstream(answers(reply).await))).await;
    send(get(running.url("/v1/models"), &[])).await;
    send(post(running.url("/v1/files"), &[], "{}")).await;
    send(post(running.url("/some/unknown/path"), &[], "not json")).await;
    let line = log.last().await;
    assert_eq!(line["gen_ai.operation.name"], "unknown");
    assert_eq!(line["url.path"], "/some/unknown/path");
    assert_eq!(line["usage_source"], "missing");
    assert_eq!((line["request_bytes"].as_u64(), line["response_bytes"].as_u64()), (Some(8), Some(2)));
}

#[tokio::test]
async fn the_demo_is_recorded_counted_and_priced() {
    let log = Log::new();
    let running = proxy(&log.table()).await;
    let body = r#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}"#;
    let reply = send(post(running.url("/demo/v1/chat/completions"), &[], body)).await;
    assert_eq!(reply.status, StatusCode::OK);
    let line = log.last().await;
    assert_eq!(line["upstream"], "demo");
    assert_eq!(line["gen_ai.request.model"], "gpt-4o-mini");
    assert_eq!(line["gen_ai.usage.input_tokens"], reply.json()["usage"]["prompt_tokens"]);
    assert_eq!(line["gen_ai.usage.output_tokens"], reply.json()["usage"]["completion_tokens"]);
    // 6 tokens at $0.15 and 25 at $0.60 per million.
    assert_eq!(
        (line["cost_usd"].as_str(), line["cost_status"].as_str()),
        (Some("0.0000159"), Some("priced"))
    );

    for (options, source) in [
        (r#"{"include_usage":true}"#, "reported"),
        (r#"{"include_usage":false}"#, "missing"),
        ("null", "reported"),
    ] {
        let body = format!(r#"{{"stream":true,"stream_options":{options},"messages":[]}}"#);
        let reply = send(post(running.url("/demo/v1/chat/completions"), &[], body)).await;
        assert!(reply.text().ends_with("data: [DONE]\n\n"));
        let line = log.last().await;
        assert_eq!((line["streamed"].as_bool(), line["usage_source"].as_str()), (Some(true), Some(source)));
        assert!(line["time_to_first_chunk_s"].as_f64().unwrap() <= line["duration_s"].as_f64().unwrap());
    }

    let body = r#"{"model":"text-embedding-3-small","input":["one","two"]}"#;
    let reply = send(post(running.url("/demo/v1/embeddings"), &[], body)).await;
    assert_eq!(reply.json()["data"].as_array().unwrap().len(), 2);
    assert_eq!(log.last().await["gen_ai.operation.name"], "embeddings");
    assert_eq!(send(get(running.url("/demo/v1/models"), &[])).await.json()["object"], "list");

    let page = send(get(running.url("/metrics"), &[])).await.text();
    for part in
        ["gen_ai_client_cost_usd_total{", "gen_ai_client_tokens_total{", "http_route=\"/demo/{path}\""]
    {
        assert!(page.contains(part), "{part}\n{page}");
    }
}
