//! What the process log says about exports.
#![cfg(all(feature = "otlp-grpc", feature = "otlp-json"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod support;

use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use support::emit::{make_everything, make_span, start_all};
use support::{Answer, Collector};
use tower_genai_telemetry::{Telemetry, TelemetryConfig};
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Log {
    fn take(&self) -> String {
        String::from_utf8(std::mem::take(&mut *self.0.lock().unwrap())).unwrap()
    }
}

fn run(endpoint: &str, rounds: usize) {
    let environment = [
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "100"),
    ];
    let telemetry = Telemetry::start(TelemetryConfig::from_env(&environment).unwrap()).unwrap();
    for _ in 0..rounds {
        make_span(&telemetry);
        telemetry.tracer_provider().unwrap().force_flush().ok();
    }
    telemetry.shutdown(Duration::from_secs(2)).ok();
}

fn run_all(endpoint: &str, protocol: &str) {
    let telemetry = start_all(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "100"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "50"),
    ]);
    for _ in 0..3 {
        make_everything(&telemetry);
        telemetry.tracer_provider().unwrap().force_flush().ok();
        telemetry.meter_provider().unwrap().force_flush().ok();
        telemetry.logger_provider().unwrap().force_flush().ok();
    }
    telemetry.shutdown(Duration::from_secs(2)).ok();
}

#[test]
fn failures_are_logged_once_a_minute_and_exports_at_debug_without_credentials() {
    let log = Log::default();
    let writer = log.clone();
    let lines = tracing_subscriber::fmt::layer().with_writer(move || writer.clone()).with_ansi(false);
    // For all threads: the exports run on their own.
    let (level, handle) = tracing_subscriber::reload::Layer::new(Targets::new().with_default(Level::INFO));
    tracing::subscriber::set_global_default(tracing_subscriber::registry().with(level).with(lines)).unwrap();

    run("http://127.0.0.1:9/v1/traces?token=s3cret", 5);
    let lines = log.take();
    assert_eq!(lines.lines().count(), 1, "{lines}");
    let expected = "OTEL export failed: connection refused (endpoint http://127.0.0.1:9/v1/traces)";
    assert!(lines.contains(expected) && lines.contains("4318") && lines.contains("WARN"), "{lines}");
    assert!(lines.contains("lost_spans=1") && lines.contains("signal=traces"), "{lines}");
    assert!(!lines.contains("s3cret"), "{lines}");

    // One destination, whatever the signals.
    run_all("http://127.0.0.1:9", "grpc");
    let lines = log.take();
    assert_eq!(lines.lines().count(), 1, "{lines}");
    let expected = "OTEL export failed: connection refused (endpoint http://127.0.0.1:9/)";
    assert!(lines.contains(expected) && lines.contains("4317"), "{lines}");

    let collector = Collector::start(&[Answer::Status("401 Unauthorized")]);
    run(&format!("{}/v1/traces", collector.endpoint()), 3);
    let lines = log.take();
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.contains("401") && lines.contains("OTEL_EXPORTER_OTLP_HEADERS"), "{lines}");
    assert!(!lines.contains("s3cret"), "{lines}");

    let collector = Collector::start(&[Answer::Status("400 Bad Request"), Answer::Ok]);
    run(&format!("{}/v1/traces", collector.endpoint()), 3);
    let lines = log.take();
    assert!(lines.contains("OTEL export works again"), "{lines}");
    assert_eq!(lines.lines().count(), 2, "{lines}");

    // What DEBUG_OTEL is for.
    let talk = Targets::new().with_default(Level::INFO).with_target("tower_genai_telemetry", Level::DEBUG);
    handle.reload(talk).unwrap();
    let collector = Collector::start(&[Answer::Ok]);
    run_all(&collector.endpoint(), "http/json");
    let lines = log.take();
    for signal in ["traces", "metrics", "logs"] {
        let line = lines.lines().find(|line| line.contains(&format!("signal={signal}")));
        let line = line.unwrap_or_else(|| panic!("{signal} in {lines}"));
        for part in ["DEBUG", "OTEL export", "items=", "bytes=", "duration_ms=", "protocol=\"http/json\""] {
            assert!(line.contains(part), "{part} in {line}");
        }
    }
    assert!(!lines.contains("s3cret") && !lines.contains("gpt-4o-mini"), "{lines}");
}
