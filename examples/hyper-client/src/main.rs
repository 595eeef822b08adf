//! Asks an OpenAI-compatible server (by default the demo of a `genai-proxy` on this machine) and shows what the call
//! left in the metrics. With `OTEL_EXPORTER_OTLP_ENDPOINT` set, its span goes there.

use std::time::Duration;

use clap::Parser;
use http_body_util::BodyExt;
use tower::ServiceExt;
use tower_genai::telemetry::{ProcessEnv, Telemetry, TelemetryConfig};
use tower_genai::trace::TraceObserver;
use tower_genai::trace::opentelemetry::trace::noop::NoopTracerProvider;
use tower_genai::{Metrics, MetricsService};

/// Asks a model and shows what was observed.
#[derive(Parser)]
struct Arguments {
    /// Where the server is.
    #[arg(long, default_value = "http://127.0.0.1:4000/demo")]
    base_url: String,
    /// Which model to ask.
    #[arg(long, default_value = "gpt-4o-mini")]
    model: String,
    /// What to ask.
    #[arg(default_value = "Say hello.")]
    prompt: String,
}

#[tokio::main]
#[allow(clippy::print_stdout, reason = "the answer is what this program is for")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments = Arguments::parse();
    let telemetry = Telemetry::start(TelemetryConfig::from_env(&ProcessEnv)?)?;
    let metrics = Metrics::new();
    let trace = match telemetry.tracer_provider() {
        Some(tracers) => TraceObserver::new(tracers),
        // No span is made; a trace context that is there still goes on.
        None => TraceObserver::new(&NoopTracerProvider::new()),
    };
    let client = hyper_client::observed_client(&metrics, trace);

    let request = hyper_client::chat_request(&arguments.base_url, &arguments.model, &arguments.prompt)?;
    let reply = client.oneshot(request).await?;
    println!("{}", String::from_utf8_lossy(&reply.into_body().collect().await?.to_bytes()));

    let scrape = MetricsService::builder().source(metrics).build()?;
    for line in scrape.render(tower_genai::scrape::Format::OpenMetrics).lines() {
        if line.starts_with("gen_ai_client_tokens") || line.starts_with("gen_ai_client_cost") {
            println!("{line}");
        }
    }
    telemetry.shutdown(Duration::from_secs(5))?;
    Ok(())
}
