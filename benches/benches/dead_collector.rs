//! What a collector that refuses costs the traffic: calls over loopback sockets with metrics, traces and cost, whose
//! spans, metrics and events are exported to a collector that takes them, and to one that is not there, in turns. Bar:
//! p99 at most 1.10 times that with the healthy one.

#![allow(clippy::expect_used, reason = "a benchmark that cannot run says so by stopping")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use opentelemetry::logs::LoggerProvider;
use opentelemetry::metrics::MeterProvider;
use tokio::net::TcpListener;
use tokio::time::Instant;
use tower::{Layer, Service};
use tower_genai::Metrics;
use tower_genai::core::{CallLayer, Profile};
use tower_genai::cost::Pricing;
use tower_genai::telemetry::{Signal, Telemetry, TelemetryConfig};
use tower_genai::trace::TraceObserver;
use tower_genai::trace::events::EventObserver;
use tower_genai::trace::meter::MeterObserver;

const WINDOWS: usize = 21;
const WINDOW: Duration = Duration::from_secs(2);
/// Calls in flight.
const CALLS: usize = 4;
/// Between two calls of one client: the machine is not to be busy with them alone.
const PAUSE: Duration = Duration::from_millis(1);

/// Where nothing listens.
const NOBODY: &str = "http://127.0.0.1:9";

#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() {
    let upstream = serve(
        r#"{"id":"chatcmpl-1","model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Hello."},"finish_reason":"stop"}],"usage":{"prompt_tokens":82,"completion_tokens":117,"total_tokens":199}}"#,
    );
    let collector = serve("");
    let endpoints = [format!("http://{collector}"), NOBODY.to_owned()];
    let telemetry = endpoints.each_ref().map(|endpoint| start(endpoint));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let mut p99 = [Vec::new(), Vec::new()];
    let mut calls = [0, 0];
    for window in 0..=WINDOWS {
        // The first of each pair is now the one, now the other.
        for index in if window % 2 == 0 { [0, 1] } else { [1, 0] } {
            let mut times = runtime.block_on(traffic(upstream, &telemetry[index]));
            times.sort_unstable();
            if window > 0 {
                calls[index] += times.len();
                p99[index].push(times[times.len() * 99 / 100]);
            }
        }
    }
    let mut ratios: Vec<_> =
        p99[1].iter().zip(&p99[0]).map(|(dead, alive)| dead.div_duration_f64(*alive)).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    println!("| collector | calls | p99, median of windows | spans exported | spans lost |");
    println!("| --- | --- | --- | --- | --- |");
    for (index, name) in ["takes everything", "refuses"].into_iter().enumerate() {
        p99[index].sort_unstable();
        let stats = telemetry[index].stats().of(Signal::Traces).expect("spans are exported");
        let median = p99[index][WINDOWS / 2];
        println!("| {name} | {} | {median:.1?} | {} | {} |", calls[index], stats.exported(), stats.lost());
    }
    println!("\nratio of a pair of windows: median {:.3}", ratios[WINDOWS / 2]);
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

/// How long each call of a window took.
async fn traffic(upstream: SocketAddr, telemetry: &Telemetry) -> Vec<Duration> {
    let metrics = Metrics::new();
    let logger = telemetry.logger_provider().expect("log records").logger("bench");
    let meter = telemetry.meter_provider().expect("metrics").meter("bench");
    let layer = CallLayer::client()
        .with(metrics.observer())
        .with(TraceObserver::new(telemetry.tracer_provider().expect("spans")))
        .with(EventObserver::from_logger(logger))
        .with(MeterObserver::from_meter(&meter, Profile::V1_41))
        .with(Pricing::embedded())
        .self_check(metrics.self_check());
    let client: Client<HttpConnector, _> = Client::builder(TokioExecutor::new()).build_http();
    let end = Instant::now() + WINDOW;
    let clients: Vec<_> = (0..CALLS)
        .map(|_| {
            let mut service = layer.layer(client.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while Instant::now() < end {
                    let request = Request::post(format!("http://{upstream}/v1/chat/completions"))
                        .header("content-type", "application/json")
                        .body(Full::<Bytes>::from(
                            r#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello?"}]}"#,
                        ))
                        .expect("a request");
                    let started = Instant::now();
                    let reply = service.call(request).await.expect("a reply");
                    reply.into_body().collect().await.expect("a body");
                    times.push(started.elapsed());
                    tokio::time::sleep(PAUSE).await;
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for client in clients {
        times.extend(client.await.expect("a client"));
    }
    times
}

/// A server on a thread of its own that reads every request and answers with the body.
fn serve(body: &'static str) -> SocketAddr {
    let (told, address) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            told.send(listener.local_addr().expect("an address")).expect("someone who waits");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                tokio::spawn(async move {
                    // A client that leaves is no fault here.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(
                            TokioIo::new(stream),
                            service_fn(move |request| answer(request, body)),
                        )
                        .await;
                });
            }
        });
    });
    address.recv().expect("the server's address")
}

async fn answer(request: Request<Incoming>, body: &'static str) -> Result<Response<Full<Bytes>>, Infallible> {
    // One that breaks off is answered all the same.
    let _ = request.into_body().collect().await;
    let mut reply = Response::new(Full::from(body));
    reply.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    Ok(reply)
}
