//! A reply of 30 MB of embeddings over a loopback socket, read by a hyper client with and without metrics, traces and
//! cost. Bar: less than 15 % of the time of reading it, where it is not compressed.

#![allow(clippy::expect_used, reason = "a benchmark that cannot run says so by stopping")]

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use http_body_util::Full;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpListener;
use tokio::time::Instant;
use tower::Layer;
use tower_genai::Metrics;
use tower_genai::core::CallLayer;
use tower_genai::cost::Pricing;
use tower_genai::trace::TraceObserver;
use tower_genai_benches::{case, layers};

const ROUNDS: usize = 21;
const MEGABYTES: usize = 30;

#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() {
    let address = serve(reply());
    let request = move || {
        Request::post(format!("http://{address}/v1/embeddings"))
            .header("content-type", "application/json")
            .body(Full::<Bytes>::from(r#"{"model":"text-embedding-3-small","input":"x"}"#))
            .expect("a request")
    };
    let metrics = Metrics::new();
    let layer = CallLayer::client()
        .with(metrics.observer())
        .with(TraceObserver::new(&layers::batched_tracers()))
        .with(Pricing::embedded())
        .self_check(metrics.self_check());
    let bare = Client::builder(TokioExecutor::new()).build_http();
    let observed = layer.layer(Client::builder(TokioExecutor::new()).build_http());
    let mut cases = [case("bare", bare, request), case("observed", observed, request)];
    let mut times: [Vec<Duration>; 2] = Default::default();
    for round in 0..=ROUNDS {
        for (index, case) in cases.iter_mut().enumerate() {
            let started = Instant::now();
            (case.run)(1);
            if round > 0 {
                times[index].push(started.elapsed());
            }
        }
    }
    for times in &mut times {
        times.sort_unstable();
    }
    println!("| case | ms (least / median) | of bare |\n| --- | --- | --- |");
    for (case, times_of) in cases.iter().zip(&times) {
        let [least, median] = [0, ROUNDS / 2].map(|rank| times_of[rank].as_secs_f64() * 1e3);
        let of_bare =
            [0, ROUNDS / 2].map(|rank| times_of[rank].as_secs_f64() / times[0][rank].as_secs_f64() * 100.0);
        println!("| {} | {least:.1} / {median:.1} | {:.0} % / {:.0} % |", case.name, of_bare[0], of_bare[1]);
    }
}

fn reply() -> Bytes {
    let vector = "-0.0123456789,".repeat(1535) + "0.5";
    let embedding =
        |index: usize| format!("{{\"object\":\"embedding\",\"index\":{index},\"embedding\":[{vector}]}}");
    let count = MEGABYTES * 1_000_000 / embedding(0).len();
    let data: Vec<String> = (0..count).map(embedding).collect();
    let data = data.join(",");
    let usage = r#""usage":{"prompt_tokens":9000,"total_tokens":9000}"#;
    format!("{{\"object\":\"list\",\"data\":[{data}],\"model\":\"text-embedding-3-small\",{usage}}}").into()
}

/// A server on a thread of its own that answers everything with the body.
fn serve(body: Bytes) -> SocketAddr {
    let (told, address) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
            told.send(listener.local_addr().expect("an address")).expect("someone who waits");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let body = body.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |_| {
                        let mut reply = Response::new(Full::new(body.clone()));
                        reply
                            .headers_mut()
                            .insert("content-type", HeaderValue::from_static("application/json"));
                        async { Ok::<_, Infallible>(reply) }
                    });
                    // A client that leaves is no fault here.
                    let _ = hyper::server::conn::http1::Builder::new()
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
    });
    address.recv().expect("the server's address")
}
