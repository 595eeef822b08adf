//! The layers compared with, at their default configuration.

use std::sync::{Once, OnceLock};
use std::time::Duration;

use axum_prometheus::{PrometheusMetricLayer, PrometheusMetricLayerBuilder};
use metrics_exporter_prometheus::PrometheusBuilder;
use opentelemetry::metrics::MeterProvider as _;
use opentelemetry::trace::TracerProvider as _;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use opentelemetry_sdk::trace::{Sampler, SdkTracerProvider, SpanData, SpanExporter};
use tower_http::metrics::InFlightRequestsLayer;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::Case;

/// An exporter that takes spans and drops them.
#[derive(Debug)]
pub struct NoExport;

impl SpanExporter for NoExport {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        std::hint::black_box(batch);
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

/// axum-prometheus at its defaults.
pub fn axum_prometheus() -> PrometheusMetricLayer<'static> {
    install_recorder();
    PrometheusMetricLayer::new()
}

/// axum-prometheus, counting the bytes of replies as well.
pub fn axum_prometheus_with_body_size() -> PrometheusMetricLayer<'static> {
    install_recorder();
    PrometheusMetricLayerBuilder::new().enable_response_body_size(true).build()
}

/// Its recorder is global and can be installed once. Upkeep drains its histograms, which grow otherwise.
fn install_recorder() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let handle = PrometheusBuilder::new().install_recorder().expect("no other recorder");
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_secs(1));
                handle.run_upkeep();
            }
        });
    });
}

/// opentelemetry-instrumentation-tower with traces, or with traces and metrics. It takes its providers from the
/// globals, and the W3C propagator too.
pub fn otel_tower(
    tracers: &SdkTracerProvider,
    metrics: bool,
) -> opentelemetry_instrumentation_tower::http::server::Layer {
    opentelemetry::global::set_tracer_provider(tracers.clone());
    opentelemetry::global::set_text_map_propagator(
        opentelemetry_sdk::propagation::TraceContextPropagator::new(),
    );
    let reader = PeriodicReader::builder(InMemoryMetricExporter::default()).build();
    opentelemetry::global::set_meter_provider(SdkMeterProvider::builder().with_reader(reader).build());
    opentelemetry_instrumentation_tower::http::server::LayerBuilder::builder()
        .with_metrics(metrics)
        .build()
        .expect("a layer")
}

/// tower-otel's metrics at their defaults, with the SDK's meter.
pub fn tower_otel_metrics() -> tower_otel::metrics::HttpLayer {
    // It records nothing once its provider is gone.
    static PROVIDER: OnceLock<SdkMeterProvider> = OnceLock::new();
    let provider = PROVIDER.get_or_init(|| {
        let reader = PeriodicReader::builder(InMemoryMetricExporter::default()).build();
        SdkMeterProvider::builder().with_reader(reader).build()
    });
    tower_otel::metrics::HttpLayer::server(&provider.meter("bench"))
}

/// The requests in flight, which is all that tower-http measures by itself.
pub fn tower_http_in_flight() -> InFlightRequestsLayer {
    InFlightRequestsLayer::pair().0
}

/// A tracer provider that makes no spans, for peers whose metrics come with traces.
pub fn untraced() -> SdkTracerProvider {
    SdkTracerProvider::builder().with_sampler(Sampler::AlwaysOff).build()
}

/// Runs a case of a peer that speaks `tracing` under a subscriber that makes OpenTelemetry spans of its spans.
pub fn traced(tracers: &SdkTracerProvider, case: Case) -> Case {
    let layer = tracing_opentelemetry::layer().with_tracer(tracers.tracer("bench"));
    let subscriber = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    let Case { name, mut run } = case;
    Case {
        name,
        run: Box::new(move |exchanges| tracing::dispatcher::with_default(&subscriber, || run(exchanges))),
    }
}
