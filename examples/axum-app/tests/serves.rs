//! The application over a real socket: what its metrics say after one call of each kind.
#![allow(clippy::unwrap_used)]

use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;

async fn ask(client: &Client<HttpConnector, Full<Bytes>>, method: &str, uri: String) -> String {
    let request = Request::builder().method(method).uri(uri).body(Full::from("{}")).unwrap();
    let reply = client.request(request).await.unwrap();
    assert_eq!(reply.status(), 200);
    String::from_utf8(reply.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn calls_and_exchanges_are_counted_by_route_and_model() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, axum_app::app().unwrap()).await });

    let client = Client::builder(TokioExecutor::new()).build_http();
    ask(&client, "POST", format!("{base}/v1/chat/completions")).await;
    ask(&client, "POST", format!("{base}/tickets/7/summary")).await;
    ask(&client, "GET", format!("{base}/tickets/7")).await;
    let text = ask(&client, "GET", format!("{base}/metrics")).await;

    let line = |name: &str, labels: &[&str]| {
        let found = text.lines().find(|line| {
            line.starts_with(&format!("{name}{{")) && labels.iter().all(|label| line.contains(label))
        });
        found
            .unwrap_or_else(|| panic!("no {name} with {labels:?} in\n{text}"))
            .rsplit(' ')
            .next()
            .unwrap()
            .to_owned()
    };
    let duration = "http_server_request_duration_seconds_count";
    assert_eq!(line(duration, &["http_route=\"/v1/chat/completions\""]), "1");
    assert_eq!(line(duration, &["http_route=\"/tickets/{id}/summary\""]), "1");
    assert_eq!(line(duration, &["http_route=\"/tickets/{id}\"", "http_request_method=\"GET\""]), "1");
    let cost = "gen_ai_client_cost_usd_total";
    // 1000 x $0.15 and 100 x $0.60 a million; 2000 x $3 and 50 x $15 a million.
    assert_eq!(line(cost, &["gen_ai_response_model=\"gpt-4o-mini-2024-07-18\""]), "0.00021");
    assert_eq!(line(cost, &["gen_ai_response_model=\"claude-sonnet-4-5-20250929\""]), "0.00675");
    assert!(!text.contains("/tickets/7"), "no raw path in\n{text}");
}
