//! `x-genai-cost-usd`, in a header and in a trailer.

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;

use crate::support::{get, h2_client, post, proxy, send, serve, upstream};

const BODY: &str = r#"{"model": "gpt-4o-mini", "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}"#;

async fn config(header: &str) -> String {
    let address = serve(|request| async move {
        let streamed = request.uri().query() == Some("stream");
        let kind = if streamed { "text/event-stream" } else { "application/json" };
        let body = if streamed {
            let frame = Frame::data(Bytes::from(format!("data: {BODY}\n\ndata: [DONE]\n\n")));
            StreamBody::new(futures_util::stream::iter([Ok::<_, std::convert::Infallible>(frame)])).boxed()
        } else {
            Full::from(BODY).boxed()
        };
        Response::builder().header("content-type", kind).body(body).unwrap()
    })
    .await;
    format!("{header}{}provider = \"openai\"\n", upstream(address))
}

#[tokio::test]
async fn whole_replies_tell_their_cost_when_the_operator_says_so() {
    for (header, expected) in [
        ("", None),
        ("[cost_header]\nmax_body = \"10B\"\n", None),
        ("[cost_header]\nmax_body = \"1KiB\"\n", Some("0.00021")),
    ] {
        let running = proxy(&config(header).await).await;
        let reply = send(post(running.url("/v1/chat/completions"), &[], r#"{"model":"gpt-4o-mini"}"#)).await;
        assert_eq!((reply.status, &*reply.body), (StatusCode::OK, BODY.as_bytes()));
        assert_eq!(reply.headers["content-length"], BODY.len().to_string());
        let told = reply.headers.get("x-genai-cost-usd").map(|value| value.to_str().unwrap());
        assert_eq!(told, expected, "{header}");

        let page = send(get(running.url("/metrics"), &[])).await.text();
        assert!(
            page.contains("tower_genai_calls_recorded_total{role=\"client\",outcome=\"complete\"} 1\n"),
            "{page}"
        );
    }
}

#[tokio::test]
async fn streams_tell_it_in_a_trailer() {
    let running = proxy(&config("[cost_header]\nmax_body = \"1KiB\"\n").await).await;
    for te in [false, true] {
        let headers = if te { &[("te", "trailers")][..] } else { &[] };
        let request = post(running.url("/v1/chat/completions?stream"), headers, "{}");
        let reply = h2_client().request(request).await.unwrap();
        assert!(!reply.headers().contains_key("x-genai-cost-usd"));
        let body = reply.into_body().collect().await.unwrap();
        let told = body.trailers().map(|trailers| trailers["x-genai-cost-usd"].clone());
        assert_eq!(told, te.then(|| "0.00021".parse().unwrap()));
    }
}
