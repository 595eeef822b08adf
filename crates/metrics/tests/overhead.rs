//! Our own time, measured by two layers.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

mod support;

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use support::{Bench, ms};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::clock::{Clock, Mock};
use tower_genai_core::{CallLayer, Role};
use tower_genai_metrics::{Metrics, MetricsBuilder};

fn bench(
    options: impl FnOnce(MetricsBuilder) -> MetricsBuilder,
) -> (Bench, CallLayer, CallLayer, std::sync::Arc<Mock>) {
    let (clock, mock) = Clock::mock();
    let builder = Metrics::builder().overhead(true).overhead_buckets([0.001, 0.1]).clock(clock);
    let bench = Bench::with(options(builder).build().unwrap());
    let server = CallLayer::server().exchange_only().with(bench.metrics.observer());
    let client = bench.layer(Role::Client);
    (bench, server, client, mock)
}

fn request(uri: &str) -> Request<Full<Bytes>> {
    Request::post(uri).body(Full::from(r#"{"model":"m"}"#)).unwrap()
}

fn sums(bench: &Bench) -> Vec<String> {
    let samples = bench.samples("tower_genai_overhead_seconds");
    samples
        .iter()
        .map(|sample| sample.strip_prefix("tower_genai_overhead_seconds_").unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn attempts_are_the_upstreams_time_and_all_else_is_ours() {
    let (bench, server, client, mock) = bench(|builder| builder);
    let upstream = {
        let mock = mock.clone();
        client.layer(service_fn(move |_| {
            mock.increment(ms(500));
            async { Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("{}"))) }
        }))
    };
    let proxy = server.layer(service_fn(move |request: Request<_>| {
        let (mock, upstream) = (mock.clone(), upstream.clone());
        async move {
            mock.increment(ms(2));
            let (head, _) = request.into_parts();
            for _ in 0..2 {
                let attempt = Request::from_parts(head.clone(), Full::<Bytes>::from("{}"));
                let reply = upstream.clone().oneshot(attempt).await?;
                reply.into_body().collect().await.unwrap();
                mock.increment(ms(30));
            }
            mock.increment(ms(1));
            Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("done")))
        }
    }));
    let reply = proxy.oneshot(request("/v1/chat/completions")).await.unwrap();
    reply.into_body().collect().await.unwrap();
    // Before the first attempt 2 ms and between the two 30; after the last 31.
    assert_eq!(
        sums(&bench),
        [
            r#"sum{phase="request"} 0.032"#,
            r#"count{phase="request"} 1"#,
            r#"sum{phase="response"} 0.031"#,
            r#"count{phase="response"} 1"#,
        ]
    );
}

#[tokio::test]
async fn a_request_that_asks_no_upstream_and_one_that_no_server_received_are_not_measured() {
    let (bench, server, client, _) = bench(|builder| builder);
    let answer = service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("{}"))));
    for service in [server.layer(answer), client.layer(answer)] {
        let reply = service.oneshot(request("https://api.openai.com/v1/chat/completions")).await.unwrap();
        reply.into_body().collect().await.unwrap();
    }
    assert!(sums(&bench).is_empty());
}

#[tokio::test]
async fn without_being_asked_nothing_is_measured_or_shown() {
    let (bench, server, client, _) = bench(|builder| builder.overhead(false));
    let answer = service_fn(async |request: Request<_>| {
        assert!(request.extensions().is_empty(), "{:?}", request.extensions());
        let _: Request<tower_genai_core::RequestBody<Full<Bytes>>> = request;
        Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("{}")))
    });
    let reply = server.layer(answer).oneshot(request("/")).await.unwrap();
    reply.into_body().collect().await.unwrap();
    drop(client);
    assert!(sums(&bench).is_empty());
}
