//! Traces: one SERVER and one CLIENT span per call, linked with each other, with the caller before and with the
//! provider behind; and a collector that is down is never felt.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::Instant;
use tower_genai_tests::client::{fetch, post, with};
use tower_genai_tests::otlp::{Kind, Receiver, Span};
use tower_genai_tests::proxy::{Config, Proxy};
use tower_genai_tests::replay::{INPUT_TOKENS, MODEL, Replay};

const PATH: &str = "/replay/v1/chat/completions";
const REQUEST: &str =
    r#"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#;
const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const CALLER: &str = "b7ad6b7169203331";

fn of_kind(spans: &[Span], kind: Kind) -> Vec<&Span> {
    spans.iter().filter(|span| span.kind == kind).collect()
}

fn attribute<'a>(span: &'a Span, key: &str) -> &'a str {
    span.attributes.get(key).map_or("", String::as_str)
}

async fn call(proxy: &Proxy, id: &str, script: &str, headers: &[(&'static str, &str)]) {
    let headers = [headers, &[("x-replay-script", script), ("x-replay-id", id)]].concat();
    let reply = fetch(proxy.address(), with(post(PATH, REQUEST), &headers)).await;
    assert_ne!(reply.status, 404, "{}", reply.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn one_pair_for_each_call() {
    let (replay, collector) = (Replay::scripted().await, Receiver::start().await);
    let environment =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url()), ("OTEL_SERVICE_NAME", "proxy-under-test")];
    let config = Config::new().upstream("replay", &replay.url(), "provider = \"openai\"");
    let proxy = Proxy::start_in(&config, &environment).await;
    for id in ["0", "1", "2"] {
        call(&proxy, id, "stream=3,0", &[]).await;
    }
    let lines = proxy.finish().await;
    let spans = collector.spans();
    assert_eq!(spans.len(), 6, "{spans:#?}");
    let (servers, clients) = (of_kind(&spans, Kind::Server), of_kind(&spans, Kind::Client));
    assert_eq!((servers.len(), clients.len()), (3, 3));

    for received in replay.received() {
        let id = received.header("x-replay-id");
        let [version, trace_id, span_id, flags] =
            *received.header("traceparent").split('-').collect::<Vec<_>>()
        else {
            panic!("{received:?}")
        };
        assert_eq!((version, flags.len()), ("00", 2));
        assert_eq!(u8::from_str_radix(flags, 16).unwrap() & 1, 1, "sampled");
        let client = clients.iter().find(|span| span.span_id == span_id);
        let client = client.unwrap_or_else(|| panic!("{received:?} names no CLIENT span: {spans:#?}"));
        let server = servers.iter().find(|span| span.span_id == client.parent_span_id);
        let server = server.unwrap_or_else(|| panic!("no SERVER span is the parent of {client:?}"));
        assert_eq!((&*client.trace_id, &*server.trace_id), (trace_id, trace_id));
        assert_eq!(server.parent_span_id, "", "nobody called before");
        assert_eq!(client.name, "chat gpt-4o-mini");
        assert!(server.name.starts_with("POST "), "{}", server.name);
        assert_eq!(attribute(client, "gen_ai.provider.name"), "openai");
        assert_eq!(attribute(client, "gen_ai.request.model"), "gpt-4o-mini");
        assert_eq!(attribute(client, "gen_ai.response.model"), MODEL);
        assert_eq!(attribute(client, "gen_ai.usage.input_tokens"), INPUT_TOKENS.to_string());
        assert_eq!(attribute(client, "gen_ai.usage.output_tokens"), "3");
        assert_eq!(attribute(client, "gen_ai.response.finish_reasons"), "stop");
        assert!(attribute(client, "gen_ai.usage.cost").parse::<f64>().unwrap() > 0.0);
        assert_eq!(attribute(server, "http.response.status_code"), "200");
        assert_eq!(client.service, "proxy-under-test");
        assert!(!client.failed && !server.failed);

        let line = lines.iter().find(|line| line.text("echo") == Some(id)).unwrap();
        assert_eq!((line.text("trace_id"), line.text("span_id")), (Some(trace_id), Some(span_id)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_callers_trace_goes_on() {
    let (replay, collector) = (Replay::scripted().await, Receiver::start().await);
    let config = Config::new().upstream("replay", &replay.url(), "");
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url())];
    let proxy = Proxy::start_in(&config, &environment).await;
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    call(&proxy, "0", "json", &[("traceparent", &traceparent), ("tracestate", "vendor=1,other=2")]).await;
    call(&proxy, "1", "status=500", &[("traceparent", &format!("00-{TRACE}-{CALLER}-00"))]).await;
    proxy.finish().await;

    let spans = collector.spans();
    assert_eq!(spans.len(), 2, "what the caller does not sample is not sampled: {spans:#?}");
    let (server, client) = (of_kind(&spans, Kind::Server)[0], of_kind(&spans, Kind::Client)[0]);
    assert_eq!((&*server.trace_id, &*server.parent_span_id), (TRACE, CALLER));
    assert_eq!((&*client.trace_id, &*client.parent_span_id), (TRACE, &*server.span_id));
    let received = replay.received();
    assert_eq!(received[0].header("traceparent"), format!("00-{TRACE}-{}-01", client.span_id));
    assert_eq!(received[0].header("tracestate"), "vendor=1,other=2");
    let unsampled = received[1].header("traceparent");
    assert!(unsampled.starts_with(&format!("00-{TRACE}-")) && unsampled.ends_with("-00"), "{unsampled}");
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_show_on_both() {
    let (replay, collector) = (Replay::scripted().await, Receiver::start().await);
    let config = Config::new().upstream("replay", &replay.url(), "");
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url())];
    let proxy = Proxy::start_in(&config, &environment).await;
    call(&proxy, "0", "status=500", &[]).await;
    proxy.finish().await;
    let spans = collector.spans();
    let (server, client) = (of_kind(&spans, Kind::Server)[0], of_kind(&spans, Kind::Client)[0]);
    assert!(server.failed && client.failed, "{spans:#?}");
    assert_eq!(attribute(client, "error.type"), "server_error");
    assert_eq!(attribute(client, "tower_genai.outcome"), "failed");
    assert_eq!(attribute(server, "http.response.status_code"), "500");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_exporter_the_trace_passes_unchanged() {
    let replay = Replay::scripted().await;
    let proxy = Proxy::start(&Config::new().upstream("replay", &replay.url(), "")).await;
    let traceparent = format!("00-{TRACE}-{CALLER}-01");
    call(&proxy, "0", "json", &[("traceparent", &traceparent), ("tracestate", "vendor=1")]).await;
    call(&proxy, "1", "json", &[]).await;
    proxy.finish().await;
    let received = replay.received();
    assert_eq!(
        (received[0].header("traceparent"), received[0].header("tracestate")),
        (&*traceparent, "vendor=1")
    );
    assert!(!received[1].headers.contains_key("traceparent"), "{:?}", received[1]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collector_that_is_down_is_counted_and_not_felt() {
    let replay = Replay::scripted().await;
    // Accepts connections, and never answers.
    let collector = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", collector.local_addr().unwrap());
    let environment = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*endpoint),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "200"),
        ("OTEL_BSP_SCHEDULE_DELAY", "50"),
    ];
    let config = Config::new().upstream("replay", &replay.url(), "");
    let proxy = Proxy::start_in(&config, &environment).await;
    let began = Instant::now();
    for id in 0..20 {
        call(&proxy, &id.to_string(), "json", &[]).await;
    }
    assert!(began.elapsed() < Duration::from_secs(2), "twenty calls took {:?}", began.elapsed());
    let failures = "tower_genai_telemetry_export_failures_total";
    for _ in 0..500 {
        if proxy.metrics().await.count(failures, &[("signal", "traces")]) > 0 {
            let lines = proxy.finish().await;
            assert_eq!(lines.len(), 20);
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no failure was counted:\n{}", proxy.metrics().await.text);
}
