use std::convert::Infallible;
use std::sync::Arc;

use http::request::Parts;
use http::{Request, Response};
use tokio::runtime::Handle;
use tower::ServiceExt;
use tower::util::{BoxCloneSyncService, MapResponse};
use tower_genai_core::drain::DrainLayer;
use tower_genai_core::stream_usage::RequestBody;
use tower_genai_core::{CallLayer, Caller, DecoderBudget, Gate, Role, StreamUsageLayer};
use tower_genai_cost::Pricing;
use tower_genai_cost::header::CostHeaderLayer;
use tower_genai_cost::ledger::SpendLedger;
use tower_genai_metrics::{Metrics, MetricsBuilder};
use tower_genai_scrape::{Error, MetricsService, ProcessMetrics, RuntimeMetrics};
use tower_genai_sinks::{CallLog, DropReason};
use tower_genai_telemetry::Telemetry;
use tower_genai_trace::Outgoing;
use tower_layer::Layer;
use tower_service::Service;

use super::observers::TelemetryObservers;
use super::source::{CallLogSource, PriceFileSource};
use super::traffic_spans::TrafficSpans;
use crate::admin;
use crate::body::{Body, boxed};
use crate::config::{CostHeaderConfig, MetricsConfig};
use crate::place::Place;
use crate::price_file::PriceFileStats;
use crate::route::UpstreamService;

/// What observes the traffic.
#[derive(Debug)]
pub(crate) struct Layers {
    metrics: Metrics,
    pricing: Pricing,
    ledger: SpendLedger,
    cost_header: Option<CostHeaderLayer>,
    telemetry: TelemetryObservers,
    call_log: Option<Arc<CallLog>>,
    drain: DrainLayer,
    /// One for all upstreams.
    decoder_budget: DecoderBudget,
    stream_usage: StreamUsageLayer,
}

impl Layers {
    /// Observers for the given clients, with the metrics in the making.
    pub(crate) fn new<'a>(
        metrics: MetricsBuilder,
        clients: impl IntoIterator<Item = &'a Caller>,
        telemetry: TelemetryObservers,
        pricing: Pricing,
        cost_header: Option<CostHeaderConfig>,
        call_log: Option<CallLog>,
        drain: DrainLayer,
    ) -> Result<Self, tower_genai_metrics::BuildError> {
        let metrics = metrics.overhead(true);
        let mut metrics = clients.into_iter().fold(metrics, MetricsBuilder::reserve_caller);
        if let Some(call_log) = &call_log {
            let call_log = call_log.clone();
            let lost = move || DropReason::ALL.into_iter().map(|reason| call_log.dropped(reason)).sum();
            metrics = metrics.callback_failures("call_log", lost);
        }
        // Where spans go somewhere, metrics point to them.
        let metrics = metrics.exemplars(telemetry.spans.is_some()).build()?;
        Ok(Self {
            metrics,
            pricing,
            cost_header: cost_header.map(|config| CostHeaderLayer::new().max_body(config.max_body)),
            ledger: SpendLedger::new(),
            telemetry,
            call_log: call_log.map(Arc::new),
            drain,
            decoder_budget: DecoderBudget::default(),
            stream_usage: StreamUsageLayer::new(),
        })
    }

    /// Puts the layers that record calls around the service of one upstream. Every POST is a call, but for those to
    /// management paths. Outside them, `stream_usage` asks for the usage that clients did not ask for. `outgoing`
    /// tells what the upstream gets to see of clients' traces.
    pub(crate) fn around_upstream<S, B>(
        &self,
        service: S,
        stream_usage: bool,
        outgoing: Outgoing,
    ) -> UpstreamService
    where
        S: Service<
                Request<tower_genai_core::RequestBody<RequestBody<Body>>>,
                Response = Response<B>,
                Error = Infallible,
            > + Clone
            + Send
            + Sync
            + 'static,
        S::Future: Send,
        B: http_body::Body<Data = bytes::Bytes> + Send + Unpin + 'static,
        B::Error: Into<crate::body::BoxError> + Send,
    {
        let layer = CallLayer::client()
            .gate(Gate::every_post())
            .self_check(self.metrics.self_check())
            .decoder_budget(self.decoder_budget.clone())
            .with(self.metrics.observer())
            .with(self.pricing.clone())
            .with(self.ledger.clone());
        let mut layer = self.telemetry.observe_calls(layer, outgoing);
        if let Some(call_log) = &self.call_log {
            layer = layer.with_shared(call_log.clone());
        }
        let service = self.drain.layer(layer.layer(service));
        let stream_usage = self.stream_usage.clone().enabled(stream_usage);
        if let Some(header) = &self.cost_header {
            let service = stream_usage.layer(header.layer(service));
            BoxCloneSyncService::new(service.map_response(|response| response.map(boxed)))
        } else {
            let service = stream_usage.layer(service);
            BoxCloneSyncService::new(service.map_response(|response| response.map(boxed)))
        }
    }

    /// The layer around the front.
    pub(crate) fn around_front(&self) -> CallLayer {
        let layer = CallLayer::server()
            .exchange_only()
            .self_check(self.metrics.self_check())
            .with(self.metrics.observer())
            .route(template);
        match &self.telemetry.spans {
            Some(spans) => layer.with(TrafficSpans(spans.clone())),
            None => layer,
        }
    }

    /// Calls that have not been recorded yet.
    pub(crate) fn in_flight(&self) -> u64 {
        self.metrics.self_check().in_flight(Role::Client)
    }

    /// Who spent what.
    pub(crate) fn ledger(&self) -> SpendLedger {
        self.ledger.clone()
    }

    /// The scrape.
    pub(crate) fn scrape(
        &self,
        config: &MetricsConfig,
        telemetry: &Telemetry,
        price_file: Option<PriceFileStats>,
    ) -> Result<admin::Metrics, Error> {
        let mut builder = MetricsService::builder()
            .source(self.metrics.clone())
            .histograms(config.histograms)
            .created_samples(config.created);
        if let Some(call_log) = &self.call_log {
            builder = builder.source(CallLogSource::new(CallLog::clone(call_log)));
        }
        if !telemetry.stats().is_empty() {
            builder = builder.source(telemetry.stats().clone());
        }
        if let Some(stats) = price_file {
            builder = builder.source(PriceFileSource::new(stats));
        }
        builder = builder.source(ProcessMetrics::new());
        if let Ok(runtime) = Handle::try_current() {
            builder = builder.source(RuntimeMetrics::new(&runtime));
        }
        let service = MapResponse::new(builder.build()?, |response: Response<_>| response.map(boxed));
        Ok(BoxCloneSyncService::new(service))
    }
}

fn template(head: &Parts) -> Option<&str> {
    head.extensions.get::<Place>()?.template()
}
