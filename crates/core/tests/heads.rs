//! What the heads of request and reply say reaches the record.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Full};
use support::{MockBody, Recorder, Step, reply};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::clock::Clock;
use tower_genai_core::{Arrival, CallLayer, CallRecord, RequestBody};

/// The record of a call whose request and reply are these.
async fn record(
    request: Request<Full<Bytes>>,
    status: u16,
    headers: &'static [(&'static str, &'static str)],
    body: &'static str,
) -> CallRecord {
    let recorder = Recorder::default();
    let service = CallLayer::client().with(recorder.clone()).layer(service_fn(
        async |request: Request<RequestBody<Full<Bytes>>>| {
            request.into_body().collect().await?;
            Ok::<_, Infallible>(reply(status, headers, MockBody::new([Step::Data(body)])))
        },
    ));
    service.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
    recorder.only_record()
}

#[tokio::test]
async fn the_headers_of_a_reply() {
    let request = Request::post("/v1/chat/completions").body(Full::from("{}")).unwrap();
    let headers = &[
        ("x-request-id", "req_1"),
        ("openai-processing-ms", "250"),
        ("x-ratelimit-remaining-tokens", "0"),
        ("retry-after", "20"),
    ];
    let record = record(request, 429, headers, r#"{"error":{"code":"rate_limit_exceeded"}}"#).await;
    let head = record.reply_head().unwrap();
    assert_eq!(head.request_id.as_deref(), Some("req_1"));
    assert_eq!(head.processing, Some(Duration::from_millis(250)));
    assert_eq!((head.limits.tokens.remaining, head.limits.tokens.limit), (Some(0), None));
    assert_eq!(head.limits.retry_after, Some(Duration::from_secs(20)));
}

#[tokio::test]
async fn a_form_is_read_by_its_content_type() {
    let form = "--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n--b--\r\n";
    let request = Request::post("/v1/audio/transcriptions")
        .header("content-type", "multipart/form-data; boundary=b")
        .body(Full::from(form))
        .unwrap();
    let record = record(request, 200, &[], r#"{"text":"hello"}"#).await;
    assert_eq!(record.request_model(), Some("whisper-1"));
}

#[tokio::test]
async fn what_was_refused_is_not_billed() {
    let images = |status| async move {
        let body = r#"{"prompt":"a cat","n":2,"size":"1024x1024"}"#;
        let request = Request::post("/v1/images/generations").body(Full::from(body)).unwrap();
        record(request, status, &[], "{}").await.billing().and_then(|billing| billing.images)
    };
    assert_eq!(images(200).await, Some(2));
    assert_eq!(images(400).await, None);
}

#[tokio::test]
async fn a_path_is_told_as_its_template_and_a_request_as_old_as_it_is() {
    let (clock, mock) = Clock::mock();
    let mut request = Request::post("/openai/deployments/mine/chat/completions").body(()).unwrap();
    request.extensions_mut().insert(Arrival::at(clock.now()));
    mock.increment(Duration::from_millis(3));
    let recorder = Recorder::default();
    let service =
        CallLayer::client().clock(clock).with(recorder.clone()).layer(service_fn(async |_: Request<_>| {
            Ok::<_, Infallible>(reply(200, &[], MockBody::new([Step::Data("{}")])))
        }));
    let request = request.map(|()| Full::<Bytes>::from("{}"));
    service.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
    let record = recorder.only_record();
    assert_eq!(record.time_before(), Some(Duration::from_millis(3)));
    assert_eq!(record.api_route(), Some("/v1/chat/completions"));

    let request = Request::post("/v1/chat/completions").body(Full::from("{}")).unwrap();
    assert_eq!(self::record(request, 200, &[], "{}").await.time_before(), None);
}
