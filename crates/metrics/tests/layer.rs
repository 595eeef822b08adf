//! What the types promise.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use tower::util::BoxCloneSyncService;
use tower::{Layer, Service, ServiceExt, service_fn};
use tower_genai_core::{Call, RequestBody, TapBody};
use tower_genai_metrics::scrape::{Format, MetricsService};
use tower_genai_metrics::{Metrics, MetricsBuilder, MetricsLayer, MetricsObserver};

type Boxed = http_body_util::combinators::UnsyncBoxBody<Bytes, std::convert::Infallible>;

#[test]
fn the_types_travel() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<Metrics>();
    shared::<MetricsBuilder>();
    shared::<MetricsObserver>();
    shared::<MetricsLayer>();
    shared::<Call<BoxCloneSyncService<Request<RequestBody<Full<Bytes>>>, Response<Full<Bytes>>, Infallible>>>(
    );
}

type Infallible = std::convert::Infallible;

#[tokio::test]
async fn bodies_keep_their_type_where_the_neighbour_names_it() {
    let metrics = Metrics::new();
    let handler =
        service_fn(async |request: Request<Boxed>| Ok::<_, Infallible>(Response::new(request.into_body())));
    let service =
        MetricsLayer::server(&metrics).same_body(|body: TapBody<Boxed>| body.boxed_unsync()).layer(handler);
    let mut service: BoxCloneSyncService<Request<Boxed>, Response<Boxed>, Infallible> =
        BoxCloneSyncService::new(service);
    let request = Request::new(Full::from("echo").boxed_unsync());
    let reply = service.ready().await.unwrap().call(request).await.unwrap();
    assert_eq!(reply.into_body().collect().await.unwrap().to_bytes(), "echo");

    let page = MetricsService::builder().source(metrics).build().unwrap().render(Format::Text);
    assert!(page.contains(
        "http_server_response_body_size_bytes_sum{http_request_method=\"GET\",http_route=\"\"} 4\n"
    ));
}

#[tokio::test]
async fn exchange_only_counts_no_calls() {
    let metrics = Metrics::new();
    let handler = service_fn(async |_| Ok::<_, Infallible>(Response::new(Full::<Bytes>::from("{}"))));
    let service = MetricsLayer::server(&metrics).exchange_only().layer(handler);
    let request = Request::post("/v1/chat/completions").body(Full::<Bytes>::from("{}")).unwrap();
    service.oneshot(request).await.unwrap().into_body().collect().await.unwrap();

    let page = MetricsService::builder().source(metrics).build().unwrap().render(Format::Text);
    assert!(page.contains("http_server_request_duration_seconds_count{"));
    assert!(page.contains("tower_genai_calls_opened_total{role=\"server\"} 0\n"));
    assert!(!page.contains("gen_ai_client_calls_total{"));
}
