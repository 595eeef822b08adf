//! Telemetry that stays in memory or goes to standard output, limits, and the reader of metrics.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod support;

use std::process::Command;

use opentelemetry::logs::AnyValue;
use opentelemetry::trace::{Span as _, Tracer, TracerProvider};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, SumDataPoint};
use support::emit::{SECOND, count, log, make_everything, make_span, start_all};
use tower_genai_telemetry::{ExportStats, Signal};

#[test]
fn in_memory_everything_is_there_at_once() {
    let telemetry = start_all(&[
        ("OTEL_TRACES_EXPORTER", "in_memory"),
        ("OTEL_METRICS_EXPORTER", "in_memory"),
        ("OTEL_LOGS_EXPORTER", "in_memory"),
        ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2"),
    ]);
    make_everything(&telemetry);
    let spans = telemetry.in_memory_spans();
    assert_eq!(spans.iter().map(|span| &*span.name).collect::<Vec<_>>(), ["chat gpt-4o-mini"]);
    assert_eq!(spans[0].events[0].attributes[0].value.as_str(), "äö");
    assert_eq!(spans[0].attributes[0].value.as_str(), "12");

    let logs = telemetry.in_memory_logs();
    assert_eq!(logs.len(), 1);
    assert_eq!(logs[0].0.event_name(), Some("gen_ai.client.inference.operation.details"));
    assert_eq!(logs[0].0.body(), Some(&AnyValue::from("said")));
    assert_eq!(logs[0].1.name(), "litellm");

    let metrics = telemetry.in_memory_metrics().unwrap();
    let scope = metrics.scope_metrics().next().unwrap();
    let mut names: Vec<_> = scope.metrics().map(|metric| metric.name().to_owned()).collect();
    names.sort();
    assert_eq!((scope.scope().name(), names), ("litellm", vec!["calls".to_owned(), "duration".to_owned()]));

    let stats = telemetry.stats().clone();
    for signal in Signal::ALL {
        let stats = stats.of(*signal).unwrap();
        assert_eq!((stats.destination(), stats.lost(), stats.pending()), ("in_memory", 0, 0));
        assert!(stats.exported() > 0, "{stats:?}");
    }
    telemetry.shutdown(SECOND).unwrap();
}

#[test]
fn memory_is_bounded() {
    let telemetry = start_all(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "in_memory")]);
    let tracer = telemetry.tracer_provider().unwrap().tracer("test");
    for _ in 0..65_537 {
        tracer.start("work").end();
    }
    let stats = telemetry.stats().of(Signal::Traces).unwrap();
    assert_eq!((stats.exported(), stats.lost()), (65_536, 1));
    assert_eq!(telemetry.in_memory_spans().len(), 65_536);
}

#[test]
fn nothing_is_in_memory_that_goes_elsewhere() {
    let telemetry = start_all(&[("OTEL_EXPORTER_OTLP_PROTOCOL", "none")]);
    assert!(telemetry.stats().is_empty());
    assert!(telemetry.in_memory_spans().is_empty() && telemetry.in_memory_logs().is_empty());
    assert!(telemetry.in_memory_metrics().is_none());
    telemetry.shutdown(SECOND).unwrap();
}

#[test]
fn delta_begins_anew() {
    let telemetry = start_all(&[
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "in_memory"),
        ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", "delta"),
    ]);
    let calls = || {
        let metrics = telemetry.in_memory_metrics().unwrap();
        let scope = metrics.scope_metrics().next()?;
        let metric = scope.metrics().find(|metric| metric.name() == "calls")?;
        let AggregatedMetrics::U64(MetricData::Sum(sum)) = metric.data() else { panic!("{metric:?}") };
        sum.data_points().next().map(SumDataPoint::value)
    };
    count(&telemetry);
    count(&telemetry);
    assert_eq!(calls(), Some(6));
    assert_eq!(calls(), None);
    count(&telemetry);
    assert_eq!(calls(), Some(3));
}

/// Run by the test below, in a process whose standard output is read.
#[test]
#[ignore = "writes to standard output"]
fn to_the_console() {
    let telemetry = start_all(&[
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "console"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret"),
        ("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2"),
    ]);
    make_span(&telemetry);
    make_span(&telemetry);
    count(&telemetry);
    log(&telemetry);
    let stats = telemetry.stats().clone();
    telemetry.shutdown(SECOND).unwrap();
    assert_eq!(stats.iter().map(ExportStats::exported).collect::<Vec<_>>(), [2, 2, 1]);
}

#[test]
fn the_console_gets_a_message_per_line() {
    let child = Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "to_the_console", "--nocapture"])
        .output()
        .unwrap();
    let output = String::from_utf8(child.stdout).unwrap();
    assert!(child.status.success(), "{output}");
    assert!(!output.contains("s3cret"), "{output}");
    let lines: Vec<_> = output.lines().filter(|line| line.starts_with('{')).collect();
    assert_eq!(lines.len(), 5, "{output}");
    let (mut spans, mut metrics, mut records) = (0, 0, 0);
    for line in lines {
        if line.contains("resourceSpans") {
            let request: ExportTraceServiceRequest = serde_json::from_str(line).unwrap();
            let scope = &request.resource_spans[0].scope_spans[0];
            assert_eq!((scope.spans.len(), scope.scope.as_ref().unwrap().name.as_str()), (1, "litellm"));
            assert_eq!(scope.spans[0].name, "chat gpt-4o-mini");
            spans += 1;
        } else if line.contains("resourceMetrics") {
            let request: ExportMetricsServiceRequest = serde_json::from_str(line).unwrap();
            assert_eq!(request.resource_metrics[0].scope_metrics[0].metrics.len(), 1);
            metrics += 1;
        } else {
            let request: ExportLogsServiceRequest = serde_json::from_str(line).unwrap();
            let record = &request.resource_logs[0].scope_logs[0].log_records[0];
            let cut = record.attributes.iter().find(|attribute| attribute.key == "text").unwrap();
            assert!(format!("{cut:?}").contains("\"äö\""), "{cut:?}");
            records += 1;
        }
    }
    assert_eq!((spans, metrics, records), (2, 2, 1));
}
