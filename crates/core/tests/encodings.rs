//! Encoded bodies are read beside the stream, within the layer's budget.

#![allow(clippy::unwrap_used, clippy::panic)]

mod support;

use std::convert::Infallible;
use std::io::Write;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use support::Recorder;
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::{CallLayer, CallRecord, DecoderBudget, RequestBody, UsageSource};

fn brotli(body: &str) -> Bytes {
    let mut encoder = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
    encoder.write_all(body.as_bytes()).unwrap();
    encoder.into_inner().into()
}

/// One frame of one raw block.
fn zstd(body: &str) -> Bytes {
    let len = u8::try_from(body.len()).unwrap();
    let block = (u32::from(len) << 3 | 1).to_le_bytes();
    [&[0x28, 0xb5, 0x2f, 0xfd, 0x20, len][..], &block[..3], body.as_bytes()].concat().into()
}

async fn record(budget: &DecoderBudget) -> CallRecord {
    let recorder = Recorder::default();
    let reply = brotli(
        r#"{"id":"c","model":"gpt-4o","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#,
    );
    let layer = CallLayer::client().decoder_budget(budget.clone()).with(recorder.clone());
    let expected = reply.clone();
    let service = layer.layer(service_fn(move |request: Request<RequestBody<Full<Bytes>>>| {
        let reply = reply.clone();
        async move {
            request.into_body().collect().await?;
            let reply = Response::builder().header("content-encoding", "br").body(Full::new(reply)).unwrap();
            Ok::<_, Infallible>(reply)
        }
    }));
    let request = Request::post("/v1/chat/completions")
        .header("content-encoding", "zstd")
        .body(Full::from(zstd(r#"{"model":"gpt-4o","temperature":0.5}"#)))
        .unwrap();
    let body = service.oneshot(request).await.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert_eq!(body, expected);
    recorder.only_record()
}

#[tokio::test]
async fn encoded_bodies_are_read() {
    let budget = DecoderBudget::default();
    let record = record(&budget).await;
    assert_eq!((record.request_model(), record.response_model()), (Some("gpt-4o"), Some("gpt-4o")));
    assert_eq!((record.usage().input, record.usage().output), (Some(3), Some(4)));
    assert_eq!((budget.in_use(), budget.refused()), (0, 0));
}

#[tokio::test]
async fn without_memory_the_usage_is_missing_and_it_is_counted() {
    let budget = DecoderBudget::new(0);
    let record = record(&budget).await;
    assert_eq!((record.request_model(), record.usage_source()), (None, UsageSource::Missing));
    assert!(record.reply().unreadable);
    assert_eq!(budget.refused(), 2);
}
