//! Threads and files come and go with the guard. One test per process: they count what the process holds.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod support;

use std::time::{Duration, SystemTime};

use opentelemetry::trace::{Span as _, Tracer, TracerProvider};
use support::{Answer, Collector, files, open_files, threads};
use tower_genai_telemetry::{Signal, Telemetry, TelemetryConfig};

fn start(endpoint: &str) -> Telemetry {
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("OTEL_BSP_SCHEDULE_DELAY", "60000")];
    Telemetry::start(TelemetryConfig::from_env(&environment).unwrap()).unwrap()
}

fn make_span(telemetry: &Telemetry) {
    telemetry.tracer_provider().unwrap().tracer("test").start("work").end();
}

fn took(work: impl FnOnce()) -> Duration {
    let start = SystemTime::now();
    work();
    start.elapsed().unwrap()
}

#[test]
fn threads_and_files_are_given_back() {
    // Nothing set: nothing spent.
    let (threads_before, files_before) = (threads(), files());
    let none = [("OTEL_SERVICE_NAME", "search")];
    let telemetry = Telemetry::start(TelemetryConfig::from_env(&none).unwrap()).unwrap();
    assert!(telemetry.tracer_provider().is_none() && telemetry.stats().is_empty());
    assert_eq!((threads(), files()), (threads_before, files_before));
    telemetry.shutdown(Duration::ZERO).unwrap();

    // tokio's first runtime opens a pair of sockets for signals that stays for the life of the process, where another
    // package of the build asks for signals.
    drop(start("http://127.0.0.1:9"));
    let files_before = files();

    // A thousand set-ups, shut down and dropped in turns.
    for round in 0..1000 {
        let telemetry = start("http://127.0.0.1:9");
        if round == 0 {
            assert_eq!(threads(), threads_before + 1);
        }
        if round % 2 == 0 {
            telemetry.shutdown(Duration::from_secs(5)).unwrap();
        } else {
            drop(telemetry);
        }
    }
    assert_eq!(threads(), threads_before);
    assert_eq!(files(), files_before, "{:?}", open_files());

    // A collector that takes the batch and never answers: the deadline holds, and the thread is gone.
    let silent = Collector::start(&[Answer::Silence]);
    let telemetry = start(&silent.endpoint());
    make_span(&telemetry);
    let stats = telemetry.stats().of(Signal::Traces).unwrap().clone();
    let with_collector = threads() - 1;
    let deadline = Duration::from_millis(500);
    let time = took(|| {
        let error = telemetry.shutdown(deadline).unwrap_err();
        assert_eq!(error.to_string(), "1 spans were lost at shutdown");
    });
    assert!(time < 2 * deadline, "{time:?}");
    assert!(time > deadline / 2, "it was given its time: {time:?}");
    // The collector serves each connection on a thread of its own.
    assert_eq!(threads(), with_collector + 1);
    assert_eq!((stats.exported(), stats.pending()), (0, 0));

    // No time at all.
    let telemetry = start(&silent.endpoint());
    make_span(&telemetry);
    let time = took(|| {
        telemetry.shutdown(Duration::ZERO).unwrap_err();
    });
    assert!(time < Duration::from_millis(500), "{time:?}");
}
