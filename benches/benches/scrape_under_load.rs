//! What scrapes cost the traffic: calls over loopback sockets under a layer with metrics and cost, in a process that also
//! serves `/metrics`, with a scrape every 100 ms and without, in turns. Bar: p99 at most 1.10 times that without, as the
//! median ratio of pairs of windows.

#![allow(clippy::expect_used, reason = "a benchmark that cannot run says so by stopping")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tower::{Layer, ServiceExt};
use tower_genai::Metrics;
use tower_genai::core::{CallLayer, RequestBody};
use tower_genai::cost::Pricing;
use tower_genai::scrape::MetricsService;
use tower_genai_benches::windows::{COMPLETION, compare, runtime, serve, traffic};

const PAIRS: usize = 15;
const WINDOW: Duration = Duration::from_secs(1);
const BETWEEN_SCRAPES: Duration = Duration::from_millis(100);
/// Each has some 60 samples on the page.
const MODELS: usize = 250;

#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() {
    let metrics = Metrics::new();
    let layer = CallLayer::client()
        .with(metrics.observer())
        .with(Pricing::embedded())
        .self_check(metrics.self_check());
    let runtime = runtime();
    runtime.block_on(fill(&layer));
    let upstream = serve(COMPLETION);
    let page = runtime.block_on(serve_metrics(metrics));
    let scraper = Scraper::start(page);

    let compared = compare(PAIRS, |setting| {
        scraper.active.store(setting == 1, Relaxed);
        runtime.block_on(traffic(upstream, &layer, WINDOW))
    });
    println!("| scrapes | calls | p99, median of windows |");
    println!("| --- | --- | --- |");
    for (index, name) in ["none", "every 100 ms"].into_iter().enumerate() {
        println!("| {name} | {} | {:.1?} |", compared.calls[index], compared.p99[index]);
    }
    // One that has begun needs the runtime.
    let stopped = runtime.block_on(async { tokio::task::spawn_blocking(|| scraper.stop()).await });
    let (scrapes, bytes) = stopped.expect("a scraper");
    println!("\n{scrapes} scrapes; the last page had {bytes} bytes, compressed");
    println!("ratio of a pair of windows: median {:.3}", compared.ratio);
}

/// Makes the series of many models.
async fn fill(layer: &CallLayer) {
    for number in 0..MODELS {
        let answer = move |request: Request<RequestBody<Full<Bytes>>>| async move {
            request.into_body().collect().await.expect("a body");
            let reply = format!(
                r#"{{"model":"model-{number}","usage":{{"prompt_tokens":82,"completion_tokens":117}}}}"#
            );
            let reply = Response::builder()
                .header("content-type", "application/json")
                .body(Full::<Bytes>::from(reply));
            Ok::<_, Infallible>(reply.expect("a reply"))
        };
        let request = Request::post("http://localhost/v1/chat/completions")
            .header("content-type", "application/json")
            .body(Full::<Bytes>::from(format!(r#"{{"model":"model-{number}"}}"#)));
        let service = layer.layer(tower::service_fn(answer));
        let reply = service.oneshot(request.expect("a request")).await.expect("a reply");
        reply.into_body().collect().await.expect("a body");
    }
}

/// Serves `/metrics` on the runtime that the traffic is on.
async fn serve_metrics(metrics: Metrics) -> SocketAddr {
    let service = MetricsService::builder().source(metrics).build().expect("a page");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.expect("a connection");
            let service = service.clone();
            let answer = service_fn(move |request: Request<Incoming>| service.clone().oneshot(request));
            // A scraper that leaves is no fault here.
            tokio::spawn(async move {
                let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
            });
        }
    });
    address
}

/// A scraper on a thread of its own, as it would be on another machine.
struct Scraper {
    active: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    thread: thread::JoinHandle<(usize, usize)>,
}

impl Scraper {
    fn start(page: SocketAddr) -> Self {
        let (active, over) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
        let (wanted, stop) = (active.clone(), over.clone());
        let thread = thread::spawn(move || runtime().block_on(scrape(page, &wanted, &stop)));
        Self { active, over, thread }
    }

    /// How many scrapes there were, and how long the last page was.
    fn stop(self) -> (usize, usize) {
        self.active.store(false, Relaxed);
        self.over.store(true, Relaxed);
        self.thread.join().expect("a scraper")
    }
}

async fn scrape(page: SocketAddr, active: &AtomicBool, over: &AtomicBool) -> (usize, usize) {
    let client: Client<HttpConnector, Full<Bytes>> = Client::builder(TokioExecutor::new()).build_http();
    let (mut scrapes, mut bytes) = (0, 0);
    while !over.load(Relaxed) {
        if active.load(Relaxed) {
            // As Prometheus asks.
            let request = Request::get(format!("http://{page}/metrics"))
                .header("accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")
                .header("accept-encoding", "gzip")
                .body(Full::default())
                .expect("a request");
            let reply = client.request(request).await.expect("a page");
            let body = reply.into_body().collect().await.expect("a whole page");
            (scrapes, bytes) = (scrapes + 1, body.to_bytes().len());
        }
        tokio::time::sleep(BETWEEN_SCRAPES).await;
    }
    (scrapes, bytes)
}
