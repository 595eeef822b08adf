//! Spans from an SDK tracer to a collector over a real socket.

#![cfg(feature = "otlp-http")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod support;

use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry::trace::{Span as _, SpanKind, TraceContextExt, Tracer, TracerProvider};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::trace::v1::span;
use prost::Message;
use support::{Answer, Collector};
use tower_genai_scrape::{Format, MetricsService};
use tower_genai_telemetry::{DropReason, ExportStats, FailureReason, Signal, Telemetry, TelemetryConfig};

const SECOND: Duration = Duration::from_secs(1);

fn start(endpoint: &str, more: &[(&str, &str)]) -> (Telemetry, ExportStats) {
    let mut variables = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_SERVICE_NAME", "search")];
    variables.extend_from_slice(more);
    let telemetry = Telemetry::start(TelemetryConfig::from_env(&variables.as_slice()).unwrap()).unwrap();
    let stats = telemetry.stats().of(Signal::Traces).unwrap().clone();
    (telemetry, stats)
}

fn make_spans(telemetry: &Telemetry, count: usize) {
    let tracer = telemetry.tracer_provider().unwrap().tracer("test");
    for _ in 0..count {
        tracer.start("work").end();
    }
}

fn dropped(stats: &ExportStats) -> Vec<(&'static str, u64)> {
    let all = DropReason::ALL.iter().map(|reason| (reason.as_str(), stats.dropped(*reason)));
    all.filter(|(_, count)| *count > 0).collect()
}

fn failures(stats: &ExportStats) -> Vec<(&'static str, u64)> {
    let all = FailureReason::ALL.iter().map(|reason| (reason.as_str(), stats.failures(*reason)));
    all.filter(|(_, count)| *count > 0).collect()
}

#[test]
fn a_collector_receives_names_kinds_links_and_the_resource() {
    let collector = Collector::start(&[Answer::Ok]);
    let (telemetry, stats) = start(
        &collector.endpoint(),
        &[
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=s3cret"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=test,service.name=overridden"),
        ],
    );
    let tracer = telemetry.tracer_provider().unwrap().tracer("test");
    let server = tracer
        .span_builder("POST /v1/chat/completions")
        .with_kind(SpanKind::Server)
        .with_attributes([KeyValue::new("url.path", "/v1/chat/completions")])
        .start(&tracer);
    let context = opentelemetry::Context::new().with_span(server);
    tracer
        .span_builder("chat gpt-4o-mini")
        .with_kind(SpanKind::Client)
        .start_with_context(&tracer, &context)
        .end();
    context.span().end();
    drop(context);
    telemetry.shutdown(SECOND).unwrap();

    let received = collector.next();
    assert!(received.head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{}", received.head);
    assert!(received.head.contains("x-api-key: s3cret"), "{}", received.head);
    assert!(received.head.contains("content-type: application/x-protobuf"), "{}", received.head);
    let text = received.resource();
    for expected in ["search", "deployment.environment.name", "telemetry.sdk.language"] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(!text.contains("overridden"), "{text}");

    let spans = received.spans();
    let [client, server] = spans.as_slice() else { panic!("two spans in {spans:?}") };
    assert_eq!((client.name.as_str(), client.kind()), ("chat gpt-4o-mini", span::SpanKind::Client));
    assert_eq!((server.name.as_str(), server.kind()), ("POST /v1/chat/completions", span::SpanKind::Server));
    assert_eq!(client.parent_span_id, server.span_id);
    assert_eq!(client.trace_id, server.trace_id);
    assert_eq!(server.attributes[0].key, "url.path");
    assert_eq!((stats.exported(), stats.pending()), (2, 0));
    assert_eq!((dropped(&stats), failures(&stats)), (vec![], vec![]));
}

#[test]
fn a_busy_collector_is_tried_again() {
    let collector = Collector::start(&[Answer::Status("503 Service Unavailable"), Answer::Close, Answer::Ok]);
    let (telemetry, stats) = start(&collector.endpoint(), &[]);
    make_spans(&telemetry, 3);
    telemetry.shutdown(5 * SECOND).unwrap();
    let attempts: Vec<_> = (0..3).map(|_| collector.next().spans().len()).collect();
    assert_eq!(attempts, [3, 3, 3]);
    assert_eq!(stats.exported(), 3);
    assert_eq!(failures(&stats), [("status", 1), ("transport", 1)]);
    assert_eq!(dropped(&stats), []);
}

#[test]
fn a_refusal_is_final_and_counted() {
    let collector = Collector::start(&[Answer::Status("401 Unauthorized")]);
    let (telemetry, stats) = start(&collector.endpoint(), &[]);
    make_spans(&telemetry, 3);
    assert_eq!(telemetry.shutdown(SECOND).unwrap_err().lost(Signal::Traces), 3);
    collector.next();
    assert!(collector.try_next().is_none(), "one attempt");
    assert_eq!(stats.exported(), 0);
    assert_eq!(failures(&stats), [("status", 1)]);
    assert_eq!(dropped(&stats), [("export_failed", 3)]);
}

/// Spans with a text of so many bytes each.
fn make_large_spans(telemetry: &Telemetry, sizes: impl IntoIterator<Item = usize>) {
    let tracer = telemetry.tracer_provider().unwrap().tracer("test");
    for size in sizes {
        tracer
            .span_builder("work")
            .with_attributes([KeyValue::new("text", "x".repeat(size))])
            .start(&tracer)
            .end();
    }
}

#[test]
fn a_batch_that_is_too_large_is_sent_in_halves() {
    let collector = Collector::start(&[Answer::AtMost(5000)]);
    let (telemetry, stats) = start(&collector.endpoint(), &[]);
    // The sixth cannot pass.
    make_large_spans(&telemetry, [1000, 1000, 1000, 1000, 1000, 6000, 1000, 1000]);
    assert_eq!(telemetry.shutdown(5 * SECOND).unwrap_err().lost(Signal::Traces), 1);
    let sizes: Vec<_> = std::iter::from_fn(|| collector.try_next()).map(|got| got.spans().len()).collect();
    assert_eq!(sizes, [8, 4, 4, 2, 1, 1, 2]);
    assert_eq!(stats.exported(), 7);
    assert_eq!(failures(&stats), [("status", 4)]);
    assert_eq!(dropped(&stats), [("export_failed", 1)]);
}

#[test]
fn no_message_is_larger_than_collectors_take() {
    let collector = Collector::start(&[Answer::AtMost(4 << 20)]);
    let (telemetry, stats) = start(&collector.endpoint(), &[]);
    make_large_spans(&telemetry, [1 << 20; 10]);
    telemetry.shutdown(5 * SECOND).unwrap();
    assert_eq!((stats.exported(), failures(&stats), dropped(&stats)), (10, vec![], vec![]));
}

#[test]
fn spans_that_the_collector_rejects_are_counted() {
    let answer = ExportTraceServiceResponse {
        partial_success: Some(ExportTracePartialSuccess {
            rejected_spans: 2,
            error_message: "too old".into(),
        }),
    };
    let collector = Collector::start(&[Answer::Body(answer.encode_to_vec())]);
    let (telemetry, stats) = start(&collector.endpoint(), &[]);
    let all = telemetry.stats().clone();
    make_spans(&telemetry, 5);
    telemetry.shutdown(SECOND).unwrap_err();
    assert_eq!(stats.exported(), 3);
    assert_eq!(dropped(&stats), [("rejected", 2)]);

    let metrics = MetricsService::builder().source(all).build().unwrap();
    let page = metrics.render(Format::Text);
    for line in [
        "tower_genai_telemetry_exported_total{destination=\"otlp\",signal=\"traces\"} 3",
        "tower_genai_telemetry_dropped_total{destination=\"otlp\",signal=\"traces\",reason=\"rejected\"} 2",
        "tower_genai_telemetry_export_failures_total{destination=\"otlp\",signal=\"traces\",reason=\"connect\"} 0",
    ] {
        assert!(page.lines().any(|written| written == line), "{line} in {page}");
    }
}

#[test]
fn a_collector_that_is_not_there_is_counted() {
    let (telemetry, stats) = start("http://127.0.0.1:9", &[("OTEL_EXPORTER_OTLP_TIMEOUT", "500")]);
    make_spans(&telemetry, 2);
    telemetry.shutdown(3 * SECOND).unwrap_err();
    assert!(stats.failures(FailureReason::Connect) >= 1, "{:?}", failures(&stats));
    assert_eq!(dropped(&stats), [("export_failed", 2)]);
}

#[test]
fn a_full_queue_is_counted_exactly() {
    let collector = Collector::start(&[Answer::Ok]);
    let (telemetry, stats) = start(
        &collector.endpoint(),
        &[
            ("OTEL_BSP_MAX_QUEUE_SIZE", "10"),
            ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "10"),
            ("OTEL_BSP_SCHEDULE_DELAY", "60000"),
        ],
    );
    let tracer = telemetry.tracer_provider().unwrap().tracer("test");
    let spans: Vec<_> = (0..1000).map(|_| tracer.start("work")).collect();
    let made = spans.len() as u64;
    drop(spans);
    telemetry.shutdown(5 * SECOND).ok();
    let mut received = 0;
    while let Some(batch) = collector.try_next() {
        received += batch.spans().len() as u64;
    }
    assert_eq!(stats.exported(), received);
    assert!(stats.dropped(DropReason::QueueFull) > 0, "{stats:?}");
    let lost: u64 = dropped(&stats).iter().map(|(_, count)| count).sum();
    assert_eq!(stats.exported() + lost, made, "{stats:?}");
    assert_eq!(stats.pending(), 0);
}

#[test]
fn what_is_not_sampled_is_not_exported() {
    let collector = Collector::start(&[Answer::Ok]);
    let (telemetry, stats) = start(&collector.endpoint(), &[("OTEL_TRACES_SAMPLER", "always_off")]);
    make_spans(&telemetry, 5);
    telemetry.shutdown(SECOND).unwrap();
    assert!(collector.try_next().is_none());
    assert_eq!(stats.exported(), 0);
}

#[test]
fn a_connection_that_the_collector_closed_while_idle_costs_nothing() {
    let collector = Collector::start(&[Answer::OkThenClose]);
    let (telemetry, stats) = start(&collector.endpoint(), &[]);
    for _ in 0..3 {
        make_spans(&telemetry, 1);
        telemetry.tracer_provider().unwrap().force_flush().unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
    telemetry.shutdown(SECOND).unwrap();
    assert_eq!(stats.exported(), 3);
    assert_eq!(failures(&stats), []);
}

#[test]
fn an_https_endpoint_is_spoken_to_in_tls() {
    let collector = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("https://{}", collector.local_addr().unwrap());
    let (telemetry, stats) = start(&endpoint, &[("OTEL_EXPORTER_OTLP_TIMEOUT", "300")]);
    make_spans(&telemetry, 1);
    let server = std::thread::spawn(move || {
        use std::io::Read;
        let (mut stream, _) = collector.accept().unwrap();
        let mut start = [0; 3];
        stream.read_exact(&mut start).unwrap();
        start
    });
    telemetry.shutdown(2 * SECOND).unwrap_err();
    // A TLS handshake record, with the version every client states there.
    assert_eq!(server.join().unwrap(), [22, 3, 1]);
    assert_eq!(dropped(&stats), [("export_failed", 1)]);
}
