//! Threads and files come and go with the guard. One test per process: they count what the process holds.
#![cfg(all(feature = "otlp-grpc", feature = "otlp-json"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod support;

use std::time::{Duration, SystemTime};

use support::emit::{count, make_everything, start_all};
use support::{Answer, Collector, files, open_files, threads};
use tower_genai_telemetry::{DropReason, Signal, Telemetry, TelemetryConfig};

const PROTOCOLS: [&str; 3] = ["http/protobuf", "http/json", "grpc"];

fn start(endpoint: &str, protocol: &str) -> Telemetry {
    start_all(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
        ("OTEL_BSP_SCHEDULE_DELAY", "60000"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "60000"),
    ])
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
    assert!(telemetry.meter_provider().is_none() && telemetry.logger_provider().is_none());
    assert_eq!((threads(), files()), (threads_before, files_before));
    telemetry.shutdown(Duration::ZERO).unwrap();

    // tokio's first runtime opens a pair of sockets for signals that stays for the life of the process, where another
    // package of the build asks for signals.
    drop(start("http://127.0.0.1:9", "http/protobuf"));
    let files_before = files();

    // A thousand set-ups of all signals, shut down and dropped in turns.
    for round in 0..1000 {
        let telemetry = start("http://127.0.0.1:9", PROTOCOLS[round % 3]);
        if round < 3 {
            assert_eq!(threads(), threads_before + 3);
        }
        if round % 2 == 0 {
            telemetry.shutdown(Duration::from_secs(5)).unwrap();
        } else {
            drop(telemetry);
        }
    }
    assert_eq!(threads(), threads_before);
    assert_eq!(files(), files_before, "{:?}", open_files());

    // The same with something to say that nobody takes; few, because each tries until its time is over.
    for round in 0..6 {
        let telemetry = start("http://127.0.0.1:9", PROTOCOLS[round % 3]);
        make_everything(&telemetry);
        let deadline = Duration::from_millis(500);
        let time = took(|| {
            let error = telemetry.shutdown(deadline).unwrap_err();
            assert_eq!(Signal::ALL.iter().map(|signal| error.lost(*signal)).collect::<Vec<_>>(), [1, 2, 1]);
        });
        assert!(time < 2 * deadline, "{time:?}");
    }
    assert_eq!(threads(), threads_before);
    assert_eq!(files(), files_before, "{:?}", open_files());

    // A collector that takes all and never answers: the deadline holds, and the threads are gone.
    for protocol in PROTOCOLS {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let telemetry = start(&format!("http://{}", silent.local_addr().unwrap()), protocol);
        make_everything(&telemetry);
        let stats = telemetry.stats().clone();
        let deadline = Duration::from_secs(1);
        let time = took(|| {
            let error = telemetry.shutdown(deadline).unwrap_err();
            let text = "1 spans, 2 data points, 1 log records were lost at shutdown";
            assert_eq!(error.to_string(), text);
        });
        assert!(time < 2 * deadline, "{protocol}: {time:?}");
        assert!(time > deadline / 2, "it was given its time: {time:?}");
        assert_eq!(threads(), threads_before);
        for stats in stats.iter() {
            assert_eq!((stats.exported(), stats.pending()), (0, 0), "{stats:?}");
            assert_eq!(stats.dropped(DropReason::Shutdown), stats.lost(), "{stats:?}");
        }
    }
    assert_eq!(files(), files_before, "{:?}", open_files());

    // No time at all.
    let silent = Collector::start(&[Answer::Silence]);
    let telemetry = start(&silent.endpoint(), "http/protobuf");
    make_everything(&telemetry);
    let time = took(|| {
        telemetry.shutdown(Duration::ZERO).unwrap_err();
    });
    assert!(time < Duration::from_millis(500), "{time:?}");

    // What comes after the shutdown is lost, and counted.
    let collector = Collector::start(&[Answer::Ok]);
    let telemetry = start(&collector.endpoint(), "http/protobuf");
    let logger = telemetry.logger_provider().unwrap().clone();
    let stats = telemetry.stats().of(Signal::Logs).unwrap().clone();
    count(&telemetry);
    telemetry.shutdown(Duration::from_secs(5)).unwrap();
    {
        use opentelemetry::logs::{Logger, LoggerProvider};
        let logger = logger.logger("late");
        logger.emit(logger.create_log_record());
    }
    assert_eq!((stats.pending(), stats.exported()), (0, 0));
}
