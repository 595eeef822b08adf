//! Exchanges under a clock that moves only when told.
#![allow(dead_code, reason = "each test file uses its part")]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame};
use http_body_util::{BodyExt, Full};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::clock::{Clock, Mock};
use tower_genai_core::{Arrival, Call, CallLayer, CallRecord, Cost, CostStatus, Observer, Role};
use tower_genai_metrics::Metrics;
use tower_genai_metrics::scrape::{Format, MetricsService};

pub(crate) const fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

/// A service that answers every request with one scripted reply.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    wait: Duration,
    frames: VecDeque<(Duration, Step)>,
}

#[derive(Clone, Debug)]
enum Step {
    Data(Bytes),
    Trailers(HeaderMap),
    Error,
}

impl Reply {
    /// The head takes 20 ms.
    pub(crate) fn new(status: u16) -> Self {
        Self { status, headers: Vec::new(), wait: ms(20), frames: VecDeque::new() }
    }

    pub(crate) fn json(status: u16, body: &str) -> Self {
        Self::new(status).header("content-type", "application/json").data(ms(0), body)
    }

    pub(crate) fn events() -> Self {
        Self::new(200).header("content-type", "text/event-stream")
    }

    pub(crate) fn grpc(trailers: &[(&'static str, &str)]) -> Self {
        Self::new(200).header("content-type", "application/grpc").trailers(trailers)
    }

    pub(crate) fn header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    pub(crate) fn data(self, wait: Duration, data: &str) -> Self {
        self.step(wait, Step::Data(Bytes::copy_from_slice(data.as_bytes())))
    }

    pub(crate) fn trailers(self, trailers: &[(&'static str, &str)]) -> Self {
        let trailers =
            trailers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
        self.step(ms(0), Step::Trailers(trailers))
    }

    pub(crate) fn cut(self) -> Self {
        self.step(ms(0), Step::Error)
    }

    fn step(mut self, wait: Duration, step: Step) -> Self {
        self.frames.push_back((wait, step));
        self
    }
}

/// The body of a [`Reply`].
#[derive(Debug)]
pub(crate) struct Scripted {
    frames: VecDeque<(Duration, Step)>,
    mock: Arc<Mock>,
}

impl Body for Scripted {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        let Some((wait, step)) = self.frames.pop_front() else { return Poll::Ready(None) };
        self.mock.increment(wait);
        Poll::Ready(Some(match step {
            Step::Data(data) => Ok(Frame::data(data)),
            Step::Trailers(trailers) => Ok(Frame::trailers(trailers)),
            Step::Error => Err("cut"),
        }))
    }
}

/// A store with layers around scripted services.
pub(crate) struct Bench {
    pub(crate) metrics: Metrics,
    mock: Arc<Mock>,
    clock: Clock,
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(Metrics::new())
    }

    pub(crate) fn with(metrics: Metrics) -> Self {
        let (clock, mock) = Clock::mock();
        Self { metrics, mock, clock }
    }

    /// The clock of the layers.
    pub(crate) fn clock(&self) -> Clock {
        self.clock.clone()
    }

    /// What moves that clock.
    pub(crate) fn mock(&self) -> Arc<Mock> {
        self.mock.clone()
    }

    /// The layer under test, before an observer that prices.
    pub(crate) fn layer(&self, role: Role) -> CallLayer {
        CallLayer::new(role)
            .clock(self.clock.clone())
            .self_check(self.metrics.self_check())
            .with(self.metrics.observer())
            .with(Price)
    }

    /// A request that arrived some time ago.
    pub(crate) fn held<B>(&self, mut request: Request<B>, before: Duration) -> Request<B> {
        request.extensions_mut().insert(Arrival::at(self.clock.now()));
        self.mock.increment(before);
        request
    }

    /// Sends a request through the layer and reads the reply to its end.
    pub(crate) async fn send(&self, layer: &CallLayer, request: Request<&'static str>, reply: Reply) {
        if let Some(body) = self.head(layer, request, reply).await {
            let _ = body.collect().await;
        }
    }

    /// Sends a request and returns the reply's body unread.
    pub(crate) async fn head(
        &self,
        layer: &CallLayer,
        request: Request<&'static str>,
        reply: Reply,
    ) -> Option<tower_genai_core::TapBody<Scripted>> {
        let mock = self.mock.clone();
        let service: Call<_> =
            layer.layer(service_fn(move |request: Request<tower_genai_core::RequestBody<Full<Bytes>>>| {
                let (mock, reply) = (mock.clone(), reply.clone());
                async move {
                    request.into_body().collect().await.unwrap();
                    mock.increment(reply.wait);
                    let mut response = Response::builder().status(reply.status);
                    for (name, value) in reply.headers {
                        response = response.header(name, value);
                    }
                    Ok::<_, Infallible>(response.body(Scripted { frames: reply.frames, mock }).unwrap())
                }
            }));
        let response =
            service.oneshot(request.map(|body| Full::from(Bytes::from_static(body.as_bytes())))).await;
        response.ok().map(Response::into_body)
    }

    pub(crate) fn page(&self, format: Format) -> String {
        MetricsService::builder().source(self.metrics.clone()).build().unwrap().render(format)
    }

    /// The samples of the text page that begin with `prefix`, without those of a histogram's buckets.
    pub(crate) fn samples(&self, prefix: &str) -> Vec<String> {
        let page = self.page(Format::Text);
        page.lines()
            .filter(|line| line.starts_with(prefix) && !line.contains("_bucket{"))
            .map(str::to_owned)
            .collect()
    }
}

/// Everything the model named `free` does is free; a token of any other costs $0.00000015.
struct Price;

impl Observer for Price {
    fn name(&self) -> &'static str {
        "price"
    }

    fn enrich(&self, record: &mut CallRecord) {
        let usage = *record.usage();
        let (Some(input), Some(output)) = (usage.input, usage.output) else {
            return record.set_unpriced(CostStatus::NoUsage);
        };
        let mut cost = Cost::default();
        if record.response_model() != Some("free") {
            let tokens = i128::from(input + output);
            cost.input = tower_genai_core::Usd::from_parts(tokens * 15, 8).unwrap();
        }
        record.set_cost(cost);
    }
}

pub(crate) fn get(uri: &str) -> Request<&'static str> {
    Request::get(uri).body("").unwrap()
}

pub(crate) fn chat(uri: &str, body: &'static str) -> Request<&'static str> {
    Request::post(uri).header("content-type", "application/json").body(body).unwrap()
}
