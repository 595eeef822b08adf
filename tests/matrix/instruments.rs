use std::io;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use http_body_util::combinators::BoxBody;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt};
use tower_genai_core::{CallLayer, RequestBody, Role, SelfCheck, TapBody};
use tower_genai_cost::{CostLayer, Pricing};
use tower_genai_metrics::{Metrics, MetricsLayer};
use tower_genai_scrape::{Format, MetricsService};
use tower_genai_tests::exposition::Exposition;
use tower_genai_trace::{TraceLayer, TraceObserver};

use crate::cases::Kind;

pub(crate) type Body = BoxBody<Bytes, io::Error>;
pub(crate) type Stack = BoxCloneSyncService<Request<Body>, Response<Body>, io::Error>;

/// What the layers of one stack fill.
pub(crate) struct Instruments {
    pub(crate) role: Role,
    pub(crate) spans: InMemorySpanExporter,
    metrics: Metrics,
    provider: SdkTracerProvider,
    pricing: Pricing,
}

impl Instruments {
    pub(crate) fn new(role: Role, pricing: &Pricing) -> Self {
        let spans = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
        Self { role, spans, metrics: Metrics::new(), provider, pricing: pricing.clone() }
    }

    pub(crate) fn self_check(&self) -> SelfCheck {
        self.metrics.self_check()
    }

    /// Puts the layers around a service, outermost first; all in one layer when there is no order.
    pub(crate) fn around(&self, order: Option<&[Kind]>, inner: Stack) -> Stack {
        match order {
            Some(order) => order.iter().rev().fold(inner, |stack, kind| self.layer(*kind, stack)),
            None => self.composed(inner),
        }
    }

    fn layer(&self, kind: Kind, stack: Stack) -> Stack {
        let (check, pricing) = (self.self_check(), self.pricing.clone());
        match (kind, self.role) {
            (Kind::Metrics, Role::Server) => layered(&MetricsLayer::server(&self.metrics), stack),
            (Kind::Metrics, Role::Client) => layered(&MetricsLayer::client(&self.metrics), stack),
            (Kind::Trace, Role::Server) => {
                layered(&TraceLayer::server(&self.provider).self_check(check), stack)
            }
            (Kind::Trace, Role::Client) => {
                layered(&TraceLayer::client(&self.provider).self_check(check), stack)
            }
            (Kind::Cost, Role::Server) => layered(&CostLayer::server(pricing).self_check(check), stack),
            (Kind::Cost, Role::Client) => layered(&CostLayer::client(pricing).self_check(check), stack),
        }
    }

    fn composed(&self, stack: Stack) -> Stack {
        let layer = CallLayer::new(self.role)
            .self_check(self.self_check())
            .with(self.metrics.observer())
            .with(TraceObserver::new(&self.provider))
            .with(self.pricing.clone());
        layered(&layer, stack)
    }

    pub(crate) fn exposition(&self) -> Exposition {
        let service = MetricsService::builder().source(self.metrics.clone()).build().unwrap();
        Exposition::parse(&service.render(Format::Text))
    }
}

/// A layer changes the types of the bodies; here they are changed back, so that layers can stand in any order.
fn layered<L>(layer: &L, stack: Stack) -> Stack
where
    L: Layer<Adapted>,
    L::Service: Service<Request<Body>, Response = Response<TapBody<Body>>, Error = io::Error>
        + Clone
        + Send
        + Sync
        + 'static,
    <L::Service as Service<Request<Body>>>::Future: Send,
{
    let layered = layer.layer(Adapted(stack));
    BoxCloneSyncService::new(layered.map_response(|response| response.map(TapBody::boxed)))
}

#[derive(Clone)]
struct Adapted(Stack);

impl Service<Request<RequestBody<Body>>> for Adapted {
    type Response = Response<Body>;
    type Error = io::Error;
    type Future = <Stack as Service<Request<Body>>>::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), io::Error>> {
        self.0.poll_ready(cx)
    }

    fn call(&mut self, request: Request<RequestBody<Body>>) -> Self::Future {
        self.0.call(request.map(RequestBody::boxed))
    }
}
