//! What a collector that refuses costs the traffic: calls over loopback sockets with metrics, traces and cost, whose
//! spans, metrics and events are exported to a collector that takes them, and to one that is not there, in turns. Bar:
//! p99 at most 1.10 times that with the healthy one.

#![allow(clippy::expect_used, reason = "a benchmark that cannot run says so by stopping")]

use std::time::Duration;

use opentelemetry::logs::LoggerProvider;
use opentelemetry::metrics::MeterProvider;
use tower_genai::Metrics;
use tower_genai::core::{CallLayer, Profile};
use tower_genai::cost::Pricing;
use tower_genai::telemetry::{Signal, Telemetry, TelemetryConfig};
use tower_genai::trace::TraceObserver;
use tower_genai::trace::events::EventObserver;
use tower_genai::trace::meter::MeterObserver;
use tower_genai_benches::windows::{COMPLETION, compare, runtime, serve, traffic};

const PAIRS: usize = 21;
const WINDOW: Duration = Duration::from_secs(2);

/// Where nothing listens.
const NOBODY: &str = "http://127.0.0.1:9";

#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() {
    let upstream = serve(COMPLETION);
    let collector = serve("");
    let endpoints = [format!("http://{collector}"), NOBODY.to_owned()];
    let telemetry = endpoints.each_ref().map(|endpoint| start(endpoint));
    let runtime = runtime();
    let compared =
        compare(PAIRS, |setting| runtime.block_on(traffic(upstream, &layer(&telemetry[setting]), WINDOW)));
    println!("| collector | calls | p99, median of windows | spans exported | spans lost |");
    println!("| --- | --- | --- | --- | --- |");
    for (index, name) in ["takes everything", "refuses"].into_iter().enumerate() {
        let stats = telemetry[index].stats().of(Signal::Traces).expect("spans are exported");
        let (calls, p99) = (compared.calls[index], compared.p99[index]);
        println!("| {name} | {calls} | {p99:.1?} | {} | {} |", stats.exported(), stats.lost());
    }
    println!("\nratio of a pair of windows: median {:.3}", compared.ratio);
    for telemetry in telemetry {
        // Nobody takes what the one has left.
        let _ = telemetry.shutdown(Duration::from_secs(2));
    }
}

fn start(endpoint: &str) -> Telemetry {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("LITELLM_OTEL_INTEGRATION_ENABLE_METRICS", "true"),
        ("LITELLM_OTEL_INTEGRATION_ENABLE_EVENTS", "true"),
        ("OTEL_METRIC_EXPORT_INTERVAL", "500"),
        ("OTEL_BSP_SCHEDULE_DELAY", "500"),
        ("OTEL_BLRP_SCHEDULE_DELAY", "500"),
    ];
    let config = TelemetryConfig::from_env(&variables).expect("a configuration");
    Telemetry::start(config).expect("pipelines")
}

fn layer(telemetry: &Telemetry) -> CallLayer {
    let metrics = Metrics::new();
    let logger = telemetry.logger_provider().expect("log records").logger("bench");
    let meter = telemetry.meter_provider().expect("metrics").meter("bench");
    CallLayer::client()
        .with(metrics.observer())
        .with(TraceObserver::new(telemetry.tracer_provider().expect("spans")))
        .with(EventObserver::from_logger(logger))
        .with(MeterObserver::from_meter(&meter, Profile::V1_41))
        .with(Pricing::embedded())
        .self_check(metrics.self_check())
}
