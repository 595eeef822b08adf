//! What the benchmarks share: requests, replies, the bare services, and the layers they are put under.

#![allow(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a benchmark that cannot run says so by stopping"
)]

pub mod dialects;
pub mod layers;
pub mod peers;
pub mod table;
pub mod traffic;
pub mod windows;

use std::future::poll_fn;
use std::pin::pin;

use bytes::Bytes;
use criterion::Criterion;
use http::{Request, Response};
use http_body::Body;
use tokio::time::Instant;
use tower::Service;

/// One measured thing: runs that many exchanges, each read to its end.
pub struct Case {
    /// Its name in the tables.
    pub name: &'static str,
    /// Runs it.
    pub run: Box<dyn FnMut(u64)>,
}

impl std::fmt::Debug for Case {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Makes a case of a service: one current_thread runtime, entered once per batch so that it costs nothing per
/// exchange; every request is built anew, and the reply is read frame by frame to its end.
pub fn case<A, B, S>(name: &'static str, mut service: S, request: impl Fn() -> Request<A> + 'static) -> Case
where
    S: Service<Request<A>, Response = Response<B>, Error: std::fmt::Debug> + 'static,
    A: 'static,
    B: Body<Data = Bytes, Error: std::fmt::Debug> + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a current_thread runtime");
    let run = move |exchanges| {
        runtime.block_on(async {
            for _ in 0..exchanges {
                exchange(&mut service, request()).await;
            }
        });
    };
    Case { name, run: Box::new(run) }
}

/// Lets criterion measure the cases, in turns as it does.
pub fn measure(criterion: &mut Criterion, group: &str, cases: impl IntoIterator<Item = Case>) {
    let mut group = criterion.benchmark_group(group);
    for Case { name, mut run } in cases {
        group.bench_function(name, |bencher| {
            bencher.iter_custom(|exchanges| {
                let started = Instant::now();
                run(exchanges);
                started.elapsed()
            });
        });
    }
    group.finish();
}
async fn exchange<A, B, S>(service: &mut S, request: Request<A>)
where
    S: Service<Request<A>, Response = Response<B>, Error: std::fmt::Debug>,
    B: Body<Data = Bytes, Error: std::fmt::Debug>,
{
    poll_fn(|cx| service.poll_ready(cx)).await.expect("ready");
    let response = service.call(request).await.expect("a reply");
    let mut body = pin!(response.into_body());
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        std::hint::black_box(frame.expect("a frame"));
    }
}
