use std::convert::Infallible;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderName, Request, Response};
use http_body_util::{BodyExt, Full};
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::{
    CallHandle, CallLayer, CallRecord, Caller, Cost, ErrorOrigin, Fault, Observer, RequestBody, SpanRef,
    Upstream, Usage, UsageSource, Usd,
};

use super::target::Target;
use super::{CallLog, CallLogGuard, DropReason};

const REPLY: &str = r#"{"id":"chatcmpl-1","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,"finish_reason":"stop"}],
    "usage":{"prompt_tokens":9,"completion_tokens":4,"prompt_tokens_details":{"cached_tokens":3}}}"#;

/// Prices every call and gives it a span.
struct Enrich;

impl Observer for Enrich {
    fn name(&self) -> &'static str {
        "enrich"
    }

    fn begin(&self, head: &mut tower_genai_core::Head<'_>) -> Option<Box<dyn tower_genai_core::Watch>> {
        if let Some(call) = head.call() {
            call.set_span(SpanRef { trace_id: [0xab; 16], span_id: [0x0c; 8], sampled: true });
        }
        None
    }

    fn enrich(&self, record: &mut CallRecord) {
        let mut cost = Cost::default();
        cost.input = "0.00000115".parse::<Usd>().unwrap();
        cost.output = "0.0000024".parse::<Usd>().unwrap();
        record.set_cost(cost);
    }
}

async fn call(layer: &CallLayer, request: Request<Full<Bytes>>) {
    let service = layer.layer(service_fn(async |request: Request<_>| {
        let _: Result<_, Infallible> = BodyExt::collect(request.into_body()).await;
        Ok::<_, Infallible>(
            Response::builder()
                .header("content-type", "application/json")
                .body(Full::<Bytes>::from(REPLY))
                .unwrap_or_default(),
        )
    }));
    service.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
}

fn request() -> Request<Full<Bytes>> {
    Request::post("https://api.openai.com/v1/chat/completions?key=sk-secret")
        .header("x-replay-id", "r-17")
        .body(Full::from(r#"{"model":"gpt-4o-mini","stream":false,"user":"ada"}"#))
        .unwrap()
}

fn open(path: &Path) -> (CallLog, CallLogGuard) {
    CallLog::builder(path).echo_header(HeaderName::from_static("x-replay-id")).open().unwrap()
}

fn lines(path: &Path) -> Vec<Value> {
    fs::read_to_string(path).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn patiently() -> Duration {
    Duration::from_secs(10)
}

#[tokio::test]
async fn a_line_has_the_documented_keys() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    let (log, guard) = open(&path);
    let layer = CallLayer::client().with(log.clone()).with(Enrich);
    let mut request = request();
    request.extensions_mut().insert(
        Caller::new()
            .with_key_alias("search-prod")
            .with_hashed_key("88dc")
            .with_team("search")
            .with_tags(["beta"]),
    );
    request.extensions_mut().insert(Upstream::new().with_name("main").with_provider("openai"));
    call(&layer, request).await;
    guard.shutdown(patiently()).unwrap();

    let [line] = &mut lines(&path)[..] else { panic!("one line") };
    let line = line.as_object_mut().unwrap();
    let time = line.remove("time").unwrap();
    assert!(time.as_str().unwrap().parse::<jiff::Timestamp>().is_ok(), "{time}");
    assert_eq!(time.as_str().unwrap().len(), "2026-11-24T19:11:44.301274Z".len());
    assert_eq!(line.remove("call_id").unwrap().as_str().unwrap().len(), 32);
    assert!(line.remove("duration_s").unwrap().as_f64().unwrap() > 0.0);
    assert_eq!(
        Value::Object(line.clone()),
        json!({
            "trace_id": "abababababababababababababababab",
            "span_id": "0c0c0c0c0c0c0c0c",
            "upstream": "main",
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
            "gen_ai.response.id": "chatcmpl-1",
            "gen_ai.request.stream": false,
            "streamed": false,
            "gen_ai.usage.input_tokens": 9,
            "gen_ai.usage.output_tokens": 4,
            "gen_ai.usage.cache_read.input_tokens": 3,
            "gen_ai.response.finish_reasons": ["stop"],
            "usage_source": "reported",
            "outcome": "complete",
            "key_alias": "search-prod",
            "hashed_api_key": "88dc",
            "team": "search",
            "end_user": "ada",
            "tags": ["beta"],
            "http.request.method": "POST",
            "url.path": "/v1/chat/completions",
            "http.response.status_code": 200,
            "request_bytes": 51,
            "response_bytes": REPLY.len(),
            "cost_usd": "0.00000355",
            "cost_status": "priced",
            "echo": "r-17",
        })
    );
    assert!(!fs::read_to_string(&path).unwrap().contains("sk-secret"));
    assert_eq!(log.written(), 1);
}

#[tokio::test]
async fn a_call_that_nobody_answered_has_a_line_without_the_facts() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    let (log, guard) = open(&path);
    let layer = CallLayer::client().with(log);
    let service = layer.layer(service_fn(async |request: Request<RequestBody<Full<Bytes>>>| {
        if let Some(call) = request.extensions().get::<CallHandle>() {
            call.fail(Fault::new("connect", ErrorOrigin::Upstream));
        }
        Err::<Response<Full<Bytes>>, _>("refused")
    }));
    let request = Request::post("/v1/embeddings").body(Full::<Bytes>::from("{}")).unwrap();
    service.oneshot(request).await.unwrap_err();
    guard.shutdown(patiently()).unwrap();

    let [line] = &lines(&path)[..] else { panic!("one line") };
    assert_eq!(
        (&line["outcome"], &line["error.type"], &line["error_origin"]),
        (&json!("failed"), &json!("connect"), &json!("upstream"))
    );
    for absent in
        ["http.response.status_code", "gen_ai.usage.input_tokens", "cost_usd", "trace_id", "tags", "echo"]
    {
        assert!(line.get(absent).is_none(), "{absent}: {line}");
    }
}

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
async fn a_line_says_where_the_counts_come_from() {
    use UsageSource::{Drained, Estimated, Missing, Reported};
    for (source, word) in
        [(Reported, "reported"), (Drained, "drained"), (Estimated, "estimated"), (Missing, "missing")]
    {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("calls.jsonl");
        let (log, guard) = open(&path);
        call(&CallLayer::client().with(log).with(Source(source)), request()).await;
        guard.shutdown(patiently()).unwrap();
        let [line] = &lines(&path)[..] else { panic!("one line") };
        assert_eq!(line["usage_source"], word);
        let output = (source != Missing).then(|| json!(4));
        assert_eq!(line.get("gen_ai.usage.output_tokens"), output.as_ref());
    }
}

#[tokio::test]
async fn plain_exchanges_have_no_line_and_leave_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("calls.jsonl");
    let (log, guard) = open(&path);
    let layer = CallLayer::client().with(log);
    call(&layer, Request::get("/v1/models").header("x-replay-id", "r").body(Full::default()).unwrap()).await;
    guard.shutdown(patiently()).unwrap();
    assert!(lines(&path).is_empty());
}

#[tokio::test]
async fn the_log_is_opened_again_when_asked() {
    let folder = tempfile::tempdir().unwrap();
    let (path, moved) = (folder.path().join("calls.jsonl"), folder.path().join("calls.jsonl.1"));
    let (log, guard) = open(&path);
    let layer = CallLayer::client().with(log.clone());
    call(&layer, request()).await;
    eventually(|| log.written() == 1).await;
    fs::rename(&path, &moved).unwrap();
    log.reopen();
    eventually(|| path.exists()).await;
    call(&layer, request()).await;
    guard.shutdown(patiently()).unwrap();
    assert_eq!((lines(&moved).len(), lines(&path).len()), (1, 1));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_counted_and_not_felt() {
    let (log, guard) = CallLog::builder("/dev/full").open().unwrap();
    let layer = CallLayer::client().with(log.clone());
    for _ in 0..3 {
        call(&layer, request()).await;
    }
    guard.shutdown(patiently()).unwrap();
    assert_eq!((log.written(), log.dropped(DropReason::Io)), (0, 3));
}

/// A pipe that nobody reads blocks the writer, and nothing else.
#[cfg(unix)]
#[tokio::test]
async fn a_writer_that_hangs_costs_lines_and_no_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("pipe");
    let made = std::process::Command::new("mkfifo").arg(&path).status().unwrap();
    assert!(made.success());
    // Held open without being read, so that opening for writing succeeds.
    let reader = fs::OpenOptions::new().read(true).write(true).open(&path).unwrap();
    let (log, guard) = CallLog::builder(&path).queue(4).open().unwrap();
    let layer = CallLayer::client().with(log.clone());
    for _ in 0..2_000 {
        call(&layer, request()).await;
    }
    let full = log.dropped(DropReason::QueueFull);
    assert!(full > 0);
    guard.shutdown(Duration::from_millis(50)).unwrap_err();
    call(&layer, request()).await;
    assert_eq!(log.dropped(DropReason::Closed), 1);
    drop(reader);
}

/// Takes so many bytes, is full once, and then takes everything.
struct Short {
    room: usize,
    full: bool,
    taken: Arc<Mutex<Vec<u8>>>,
}

impl Target for Short {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = if self.full { bytes.len() } else { bytes.len().min(self.room) };
        if n == 0 {
            self.full = true;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.room -= n.min(self.room);
        self.taken.lock().unwrap().extend_from_slice(&bytes[..n]);
        Ok(n)
    }

    fn reopen(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn name(&self) -> &Path {
        Path::new("short")
    }
}

/// The disk has room again: the line that was cut stays alone, the next one is whole.
#[tokio::test]
async fn a_cut_line_does_not_spoil_the_next_one() {
    let taken = Arc::new(Mutex::new(Vec::new()));
    let target = Short { room: 10, full: false, taken: Arc::clone(&taken) };
    let (log, guard) = CallLog::builder("short").start(Box::new(target)).unwrap();
    let layer = CallLayer::client().with(log.clone());
    call(&layer, request()).await;
    eventually(|| log.dropped(DropReason::Io) == 1).await;
    call(&layer, request()).await;
    guard.shutdown(patiently()).unwrap();
    let text = String::from_utf8(taken.lock().unwrap().clone()).unwrap();
    let [cut, whole] = &text.lines().collect::<Vec<_>>()[..] else { panic!("{text}") };
    assert_eq!(cut.len(), 10);
    assert!(serde_json::from_str::<Value>(whole).is_ok(), "{whole}");
    assert_eq!(log.written(), 1);
}

async fn eventually(mut condition: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not become true");
}
