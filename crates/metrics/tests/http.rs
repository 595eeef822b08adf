//! Series of HTTP exchanges and gRPC calls.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

mod support;

use http::Request;
use support::{Bench, Reply, get, ms};
use tower_genai_core::Role;
use tower_genai_metrics::Metrics;

/// The labels of each sample with its value, without the metric's name.
fn labels(samples: &[String]) -> Vec<&str> {
    samples.iter().map(|sample| &sample[sample.find('{').unwrap()..]).collect()
}

#[tokio::test]
async fn a_server_counts_by_route_status_and_method() {
    let bench = Bench::new();
    let layer = bench.layer(Role::Server).route(|head| (head.uri.path() == "/a").then_some("/a"));
    bench.send(&layer, get("/a"), Reply::new(200)).await;
    bench.send(&layer, get("/a?secret=1"), Reply::new(200)).await;
    bench.send(&layer, get("https://example.com/wp-admin"), Reply::new(404)).await;
    bench.send(&layer, get("/a"), Reply::new(503)).await;
    bench.send(&layer, get("/a"), Reply::new(200).data(ms(0), "half").cut()).await;
    let odd = Request::builder().method("BREW").uri("/a").body("").unwrap();
    bench.send(&layer, odd, Reply::new(529)).await;

    let counts = bench.samples("http_server_request_duration_seconds_count");
    let label = |method: &str, route: &str, status: u16, scheme: &str, error: &str, count: u8| {
        format!(
            "{{http_request_method=\"{method}\",http_route=\"{route}\",http_response_status_code=\"{status}\",\
             url_scheme=\"{scheme}\",error_type=\"{error}\"}} {count}"
        )
    };
    assert_eq!(
        labels(&counts),
        [
            label("GET", "/a", 200, "http", "", 2),
            label("GET", "", 404, "https", "", 1),
            label("GET", "/a", 503, "http", "503", 1),
            label("GET", "/a", 200, "http", "truncated", 1),
            label("_OTHER", "/a", 529, "http", "529", 1),
        ]
    );
    assert_eq!(
        labels(&bench.samples("http_server_response_body_size_bytes_sum")),
        [
            r#"{http_request_method="GET",http_route="/a"} 4"#,
            r#"{http_request_method="GET",http_route=""} 0"#,
            r#"{http_request_method="_OTHER",http_route="/a"} 0"#,
        ]
    );
}

#[tokio::test]
async fn the_duration_lasts_until_the_end_of_the_body() {
    let bench = Bench::new();
    let reply = Reply::new(200).data(ms(100), "a").data(ms(380), "b");
    bench.send(&bench.layer(Role::Server), get("/"), reply).await;
    let sum = bench.samples("http_server_request_duration_seconds_sum");
    assert!(sum[0].ends_with("} 0.5"), "{sum:?}");
}

#[tokio::test]
async fn active_requests_rise_and_fall() {
    let bench = Bench::new();
    let server = bench.layer(Role::Server);
    assert!(bench.samples("http_server_active_requests").is_empty());
    let first = bench.head(&server, get("/"), Reply::new(200).data(ms(0), "a")).await;
    let second = bench.head(&server, get("/"), Reply::new(200).data(ms(0), "a")).await;
    let active = |count| {
        vec![format!(
            "http_server_active_requests{{http_request_method=\"GET\",url_scheme=\"http\"}} {count}"
        )]
    };
    assert_eq!(bench.samples("http_server_active_requests"), active(2));
    drop(first);
    assert_eq!(bench.samples("http_server_active_requests"), active(1));
    drop(second);
    assert_eq!(bench.samples("http_server_active_requests"), active(0));
    // Whoever gives up a reply has met no error.
    let counts = bench.samples("http_server_request_duration_seconds_count");
    assert!(counts[0].ends_with("error_type=\"\"} 2"), "{counts:?}");
}

#[tokio::test]
async fn a_client_counts_by_server_and_its_errors_begin_at_400() {
    let bench = Bench::new();
    let client = bench.layer(Role::Client);
    bench.send(&client, get("https://user:password@api.example.com/x"), Reply::new(404)).await;
    let held = bench.head(&client, get("http://127.0.0.1:9/x"), Reply::new(200).data(ms(0), "a")).await;
    assert_eq!(
        bench.samples("http_client_request_duration_seconds_count"),
        ["http_client_request_duration_seconds_count{http_request_method=\"GET\",http_route=\"\",\
          http_response_status_code=\"404\",url_scheme=\"https\",error_type=\"404\",\
          server_address=\"api.example.com\",server_port=\"443\"} 1"]
    );
    assert_eq!(
        labels(&bench.samples("http_client_active_requests")),
        [
            r#"{http_request_method="GET",url_scheme="https",server_address="api.example.com",server_port="443"} 0"#,
            r#"{http_request_method="GET",url_scheme="http",server_address="127.0.0.1",server_port="9"} 1"#,
        ]
    );
    drop(held);
}

#[tokio::test]
async fn routes_and_servers_over_the_budget_fold_and_gauges_still_balance() {
    let bench = Bench::with(Metrics::builder().series_budget(1).build().unwrap());
    let server = bench.layer(Role::Server).route(|head| Some(head.uri.path()));
    let client = bench.layer(Role::Client);
    for path in ["/a", "/b", "/c"] {
        bench.send(&server, get(path), Reply::new(200)).await;
        let uri = format!("http://{}.example.com/", &path[1..]);
        bench.send(&client, get(&uri), Reply::new(200)).await;
    }
    let counts = bench.samples("http_server_request_duration_seconds_count");
    assert_eq!(counts.len(), 2);
    assert!(counts[0].contains("http_route=\"/a\"") && counts[0].ends_with(" 1"));
    assert!(counts[1].contains("http_route=\"other\"") && counts[1].ends_with(" 2"));
    assert_eq!(
        labels(&bench.samples("http_client_active_requests")),
        [
            r#"{http_request_method="GET",url_scheme="http",server_address="a.example.com",server_port="80"} 0"#,
            r#"{http_request_method="GET",url_scheme="http",server_address="other",server_port=""} 0"#,
        ]
    );
    // Told once, for the duration: the sizes take the folded route over.
    assert_eq!(
        labels(&bench.samples("tower_genai_label_values_folded_total{metric=\"http_server")),
        [r#"{metric="http_server_request_duration_seconds",label="http_route"} 2"#]
    );
    let sizes = bench.samples("http_server_response_body_size_bytes_count");
    assert_eq!(
        labels(&sizes),
        [
            r#"{http_request_method="GET",http_route="/a"} 1"#,
            r#"{http_request_method="GET",http_route="other"} 2"#
        ]
    );
}

fn grpc(path: &str) -> Request<&'static str> {
    Request::post(path).header("content-type", "application/grpc").body("").unwrap()
}

#[tokio::test]
async fn grpc_calls_count_by_the_status_of_their_trailers() {
    let bench = Bench::new();
    let server = bench.layer(Role::Server);
    bench.send(&server, grpc("/shop.Cart/Nothing1"), Reply::grpc(&[("grpc-status", "12")])).await;
    bench.send(&server, grpc("/shop.Cart/Nothing2"), Reply::grpc(&[("grpc-status", "12")])).await;
    bench.send(&server, grpc("/shop.Cart/Add"), Reply::grpc(&[("grpc-status", "0")])).await;
    bench.send(&server, grpc("/shop.Cart/Add"), Reply::grpc(&[("grpc-status", "12")])).await;
    bench.send(&server, grpc("/shop.Cart/Add"), Reply::grpc(&[("grpc-status", "99")])).await;
    let head_only = Reply::new(200).header("content-type", "application/grpc").header("grpc-status", "7");
    bench.send(&server, grpc("/shop.Cart/Add"), head_only).await;
    drop(bench.head(&server, grpc("/shop.Cart/Add"), Reply::grpc(&[("grpc-status", "0")])).await);

    let counts = bench.samples("rpc_server_call_duration_seconds_count");
    let label = |method: &str, status: &str, count: u8| {
        format!("{{rpc_system_name=\"grpc\",rpc_method=\"{method}\",rpc_status_code=\"{status}\"}} {count}")
    };
    assert_eq!(
        labels(&counts),
        [
            label("_OTHER", "UNIMPLEMENTED", 2),
            label("shop.Cart/Add", "OK", 1),
            label("shop.Cart/Add", "UNIMPLEMENTED", 1),
            label("shop.Cart/Add", "UNKNOWN", 1),
            label("shop.Cart/Add", "PERMISSION_DENIED", 1),
            label("shop.Cart/Add", "CANCELLED", 1),
        ]
    );
    assert!(bench.samples("http_server_request_duration_seconds").is_empty());
    assert_eq!(
        labels(&bench.samples("http_server_active_requests")),
        [r#"{http_request_method="POST",url_scheme="http"} 0"#]
    );
}
