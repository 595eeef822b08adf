//! The server over a real socket: the status in the trailers is what is counted.
#![allow(clippy::unwrap_used)]

use http_body_util::{BodyExt, Empty};
use tokio::net::TcpListener;
use tonic::Code;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tower::{Layer, ServiceExt};
use tower_genai::scrape::Format;
use tower_genai::{Metrics, MetricsLayer, MetricsService};

#[tokio::test]
async fn the_status_of_the_trailers_is_counted() {
    let metrics = Metrics::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(tonic_server::serve(listener, metrics.clone()));

    let channel = tonic::transport::Endpoint::from_shared(address).unwrap().connect().await.unwrap();
    let mut client = HealthClient::new(channel);
    client.check(HealthCheckRequest { service: String::new() }).await.unwrap();
    let unknown = client.check(HealthCheckRequest { service: "nobody".into() }).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    // A stream that the client gives up: recorded as well, without a status it never got.
    let watch = client.watch(HealthCheckRequest { service: String::new() }).await.unwrap();
    drop(watch);
    drop(client);

    let scrape = MetricsService::builder().source(metrics).build().unwrap();
    let series = |method: &str, status: &str| {
        format!(
            "rpc_server_call_duration_seconds_count{{rpc_system_name=\"grpc\",rpc_method=\"grpc.health.v1.Health/{method}\",rpc_status_code=\"{status}\"}} 1"
        )
    };
    let expected = [series("Check", "OK"), series("Check", "NOT_FOUND")];
    let mut text = String::new();
    // The server learns of a closed stream a moment after the client has closed it.
    for _ in 0..100 {
        let request = http::Request::get("/metrics").body(Empty::<tonic::codegen::Bytes>::new()).unwrap();
        let reply = scrape.clone().oneshot(request).await.unwrap();
        text = String::from_utf8(reply.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap();
        if text.contains("grpc.health.v1.Health/Watch") {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    for line in expected {
        assert!(text.contains(&line), "no {line} in\n{text}");
    }
    assert!(text.contains("grpc.health.v1.Health/Watch"), "{text}");
    assert!(
        text.contains("http_server_active_requests{http_request_method=\"POST\",url_scheme=\"http\"} 0"),
        "{text}"
    );
}

#[tokio::test]
async fn a_client_counts_the_status_of_the_trailers_too() {
    let metrics = Metrics::new();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(tonic_server::serve(listener, Metrics::new()));

    let channel = tonic::transport::Endpoint::from_shared(address).unwrap().connect().await.unwrap();
    let observed = MetricsLayer::client(&metrics).same_body(tonic::body::Body::new).layer(channel);
    let mut client = HealthClient::new(observed);
    client.check(HealthCheckRequest { service: String::new() }).await.unwrap();
    let unknown = client.check(HealthCheckRequest { service: "nobody".into() }).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);

    let text = MetricsService::builder().source(metrics).build().unwrap().render(Format::Text);
    for status in ["OK", "NOT_FOUND"] {
        let line = format!(
            "rpc_client_call_duration_seconds_count{{rpc_system_name=\"grpc\",rpc_method=\"grpc.health.v1.Health/Check\",\
             rpc_status_code=\"{status}\"}} 1"
        );
        assert!(text.contains(&line), "no {line} in\n{text}");
    }
}
