//! When metrics are exported.
#![cfg(feature = "otlp-http")]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod support;

use opentelemetry::metrics::MeterProvider;
use support::emit::{SECOND, count, start_all};
use support::{Answer, Collector};

#[test]
fn they_are_exported_again_and_again_and_when_somebody_flushes() {
    let collector = Collector::start(&[Answer::Ok]);
    for (interval, flush) in [("50", false), ("60000", true)] {
        let telemetry = start_all(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint()),
            ("OTEL_METRIC_EXPORT_INTERVAL", interval),
        ]);
        count(&telemetry);
        for _ in 0..3 {
            if flush {
                telemetry.meter_provider().unwrap().force_flush().unwrap();
            }
            assert_eq!(collector.next().metrics().len(), 2);
        }
        telemetry.shutdown(5 * SECOND).unwrap();
        while collector.try_next().is_some() {}
    }
}

#[test]
fn without_data_points_there_is_no_export() {
    let collector = Collector::start(&[Answer::Ok]);
    let telemetry = start_all(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.endpoint()),
        ("OTEL_METRIC_EXPORT_INTERVAL", "1"),
    ]);
    telemetry.meter_provider().unwrap().force_flush().unwrap();
    telemetry.shutdown(SECOND).unwrap();
    assert!(collector.try_next().is_none());
}

#[test]
fn a_callback_that_panics_ends_neither_the_thread_nor_the_shutdown() {
    let collector = Collector::start(&[Answer::Ok]);
    let telemetry = start_all(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.endpoint()),
        ("OTEL_METRIC_EXPORT_INTERVAL", "60000"),
    ]);
    let provider = telemetry.meter_provider().unwrap();
    let meter = provider.meter("test");
    let _gauge = meter.u64_observable_gauge("broken").with_callback(|_| panic!("on purpose")).build();
    for _ in 0..2 {
        provider.force_flush().unwrap_err();
    }
    telemetry.shutdown(5 * SECOND).unwrap();
    assert!(collector.try_next().is_none());
}
