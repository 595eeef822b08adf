//! What the process log says about exports that fail.

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

use opentelemetry::trace::{Span as _, Tracer, TracerProvider};
use support::{Answer, Collector};
use tower_genai_telemetry::{Telemetry, TelemetryConfig};

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

#[test]
fn failures_are_logged_once_a_minute_with_endpoint_cause_and_hint_and_without_credentials() {
    let log = Log::default();
    let writer = log.clone();
    // For all threads: the export runs on one of its own.
    tracing::subscriber::set_global_default(
        tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish(),
    )
    .unwrap();
    let run = |endpoint: &str, rounds: usize| {
        let environment = [
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", endpoint),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret"),
            ("OTEL_EXPORTER_OTLP_TIMEOUT", "100"),
        ];
        let telemetry = Telemetry::start(TelemetryConfig::from_env(&environment).unwrap()).unwrap();
        for _ in 0..rounds {
            telemetry.tracer_provider().unwrap().tracer("test").start("work").end();
            telemetry.tracer_provider().unwrap().force_flush().ok();
        }
        telemetry.shutdown(Duration::from_secs(2)).ok();
        String::from_utf8(std::mem::take(&mut *log.0.lock().unwrap())).unwrap()
    };

    let lines = run("http://127.0.0.1:9/v1/traces?token=s3cret", 5);
    assert_eq!(lines.lines().count(), 1, "{lines}");
    let expected = "OTEL export failed: connection refused (endpoint http://127.0.0.1:9/v1/traces)";
    assert!(lines.contains(expected) && lines.contains("4318") && lines.contains("WARN"), "{lines}");
    assert!(!lines.contains("s3cret"), "{lines}");

    let collector = Collector::start(&[Answer::Status("401 Unauthorized")]);
    let lines = run(&format!("{}/v1/traces", collector.endpoint()), 3);
    assert_eq!(lines.lines().count(), 1, "{lines}");
    assert!(lines.contains("401") && lines.contains("OTEL_EXPORTER_OTLP_HEADERS"), "{lines}");
    assert!(!lines.contains("s3cret"), "{lines}");

    let collector = Collector::start(&[Answer::Status("400 Bad Request"), Answer::Ok]);
    let lines = run(&format!("{}/v1/traces", collector.endpoint()), 3);
    assert!(lines.contains("OTEL export works again"), "{lines}");
    assert_eq!(lines.lines().count(), 2, "{lines}");
}
