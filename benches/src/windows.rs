//! Traffic over loopback sockets in windows of time, those of two settings in turns: for what a setting costs the calls
//! that take longest.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;
use tower::{Layer, Service};
use tower_genai::core::CallLayer;

/// What a model answers.
pub const COMPLETION: &str = r#"{"id":"chatcmpl-1","model":"gpt-4o-mini","choices":[{"index":0,"message":{"role":"assistant","content":"Hello."},"finish_reason":"stop"}],"usage":{"prompt_tokens":82,"completion_tokens":117,"total_tokens":199}}"#;

/// Calls in flight.
const CALLS: usize = 4;
/// Between two calls of one client: the machine is not to be busy with them alone.
const PAUSE: Duration = Duration::from_millis(1);

/// What was measured under two settings.
#[derive(Debug, Default)]
pub struct Compared {
    /// How many calls there were.
    pub calls: [usize; 2],
    /// The median over the windows of each window's 99th percentile.
    pub p99: [Duration; 2],
    /// The median over the pairs of windows of the second setting's percentile by the first's.
    pub ratio: f64,
}

/// Runs pairs of windows, and one pair before that is not counted. `window` runs traffic under one of the settings and
/// tells how long each call took.
pub fn compare(pairs: usize, mut window: impl FnMut(usize) -> Vec<Duration>) -> Compared {
    let mut p99 = [Vec::new(), Vec::new()];
    let mut calls = [0, 0];
    for pair in 0..=pairs {
        // The first of each pair is now the one, now the other.
        for setting in if pair % 2 == 0 { [0, 1] } else { [1, 0] } {
            let mut times = window(setting);
            times.sort_unstable();
            if pair > 0 {
                calls[setting] += times.len();
                p99[setting].push(times[times.len() * 99 / 100]);
            }
        }
    }
    let mut ratios: Vec<_> =
        p99[1].iter().zip(&p99[0]).map(|(one, other)| one.div_duration_f64(*other)).collect();
    ratios.sort_unstable_by(f64::total_cmp);
    for times in &mut p99 {
        times.sort_unstable();
    }
    Compared { calls, p99: [p99[0][pairs / 2], p99[1][pairs / 2]], ratio: ratios[pairs / 2] }
}

/// How long each call took that clients made under the layer for so long.
pub async fn traffic(upstream: SocketAddr, layer: &CallLayer, window: Duration) -> Vec<Duration> {
    let client: Client<HttpConnector, _> = Client::builder(TokioExecutor::new()).build_http();
    let end = Instant::now() + window;
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

/// A runtime of one thread.
pub fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().expect("a runtime")
}

/// A server on a thread of its own that reads every request and answers with the body.
pub fn serve(body: &'static str) -> SocketAddr {
    let (told, address) = mpsc::channel();
    thread::spawn(move || {
        runtime().block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            told.send(listener.local_addr().expect("an address")).expect("someone who waits");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let answer = service_fn(move |request| answer(request, body));
                tokio::spawn(async move {
                    // A client that leaves is no fault here.
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), answer).await;
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
