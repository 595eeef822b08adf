//! What spans carry where the user has a say: profiles, headers, filters; and choices that never finish.

#![allow(clippy::unwrap_used, reason = "a test says what went wrong by failing")]

mod support;

use std::convert::Infallible;

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Channel, Full};
use opentelemetry::Value;
use opentelemetry_sdk::trace::SpanData;
use support::{Traced, answer, attribute, chat, model, run};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::{Profile, Role, Upstream};
use tower_genai_trace::{TraceLayer, TraceObserver};

fn post(url: &str, body: &'static str) -> Request<Full<Bytes>> {
    Request::post(url).header("content-type", "application/json").body(Full::from(body)).unwrap()
}

/// The span of a call that is answered with that document.
async fn answered(profile: Profile, request: Request<Full<Bytes>>, reply: &'static str) -> SpanData {
    let traced = Traced::new();
    let upstream = service_fn(move |request: Request<_>| async move {
        model(request).await.unwrap();
        Ok::<_, Infallible>(answer(200, "application/json", reply))
    });
    let observer = TraceObserver::new(&traced.provider).profile(profile);
    run(TraceLayer::new(Role::Client, observer), upstream, request).await;
    traced.span()
}

#[tokio::test]
async fn a_profile_names_what_was_written_to_a_cache_and_the_parts_that_are_not_text() {
    const REPLY: &str = r#"{"id":"c","model":"gpt-audio","choices":[{"index":0,"finish_reason":"stop"}],"usage":{
        "prompt_tokens":20,"completion_tokens":9,"prompt_tokens_details":{"cache_write_tokens":5,"audio_tokens":4,"image_tokens":3},
        "completion_tokens_details":{"audio_tokens":6}}}"#;
    let parts = [
        "gen_ai.usage.audio.input_tokens",
        "gen_ai.usage.image.input_tokens",
        "gen_ai.usage.audio.output_tokens",
    ];
    for (profile, creation, modalities) in [
        (Profile::V1_41, Some("5"), [None; 3]),
        (Profile::V2026_10, None, [Some("4"), Some("3"), Some("6")]),
        (Profile::Both, Some("5"), [Some("4"), Some("3"), Some("6")]),
    ] {
        let request =
            post("https://api.openai.com/v1/chat/completions", r#"{"model":"gpt-audio","top_k":3}"#);
        let span = answered(profile, request, REPLY).await;
        assert_eq!(
            attribute(&span, "gen_ai.usage.cache_creation.input_tokens").as_deref(),
            creation,
            "{profile}"
        );
        assert_eq!(attribute(&span, "gen_ai.usage.cache_write.input_tokens").as_deref(), Some("5"));
        for (part, count) in parts.iter().zip(modalities) {
            assert_eq!(attribute(&span, part).as_deref(), count, "{part}, {profile}");
        }
        let top_k = span.attributes.iter().find(|kv| kv.key.as_str() == "gen_ai.request.top_k").unwrap();
        let expected = if profile == Profile::V1_41 { Value::F64(3.0) } else { Value::I64(3) };
        assert_eq!(top_k.value, expected, "{profile}");
    }
}

#[tokio::test]
async fn what_a_request_refers_to_is_told() {
    let request = post(
        "https://api.openai.com/v1/responses",
        r#"{"model":"gpt-5","conversation":{"id":"conv_1"},"prompt":{"id":"pmpt_1","version":"3"},"service_tier":"flex"}"#,
    );
    let span =
        answered(Profile::V1_41, request, r#"{"id":"resp_1","status":"completed","service_tier":"flex"}"#)
            .await;
    for (key, value) in [
        ("openai.api.type", "responses"),
        ("openai.request.service_tier", "flex"),
        ("openai.response.service_tier", "flex"),
        ("gen_ai.conversation.id", "conv_1"),
        ("gen_ai.prompt.name", "pmpt_1"),
        ("gen_ai.prompt.version", "3"),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), Some(value), "{key}");
    }
    let mut request = post("https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke", "{}");
    request.headers_mut().insert("x-amzn-bedrock-guardrailidentifier", HeaderValue::from_static("gr-1"));
    let span = answered(Profile::V1_41, request, "{}").await;
    assert_eq!(attribute(&span, "aws.bedrock.guardrail.id").as_deref(), Some("gr-1"));
    let request = post("https://m.services.ai.azure.com/models/chat/completions", "{}");
    let span = answered(Profile::V1_41, request, "{}").await;
    let namespace = attribute(&span, "azure.resource_provider.namespace");
    assert_eq!(namespace.as_deref(), Some("Microsoft.CognitiveServices"));
    assert_eq!(attribute(&span, "openai.api.type"), None);
}

#[tokio::test]
async fn a_provider_is_always_named() {
    for (path, provider) in [
        ("/v1/chat/completions", "openai"),
        ("/v1/messages", "anthropic"),
        ("/v1beta/models/m:generateContent", "gcp.gen_ai"),
        ("/model/m/converse", "aws.bedrock"),
        ("/v1/rerank", "unknown"),
    ] {
        let request = post(&format!("http://10.0.0.1:8000{path}"), "{}");
        let span = answered(Profile::V1_41, request, "{}").await;
        assert_eq!(attribute(&span, "gen_ai.provider.name").as_deref(), Some(provider), "{path}");
    }
    let mut request = post("http://10.0.0.1:8000/v1/chat/completions", "{}");
    request.extensions_mut().insert(Upstream::new().with_provider("vllm"));
    let span = answered(Profile::V1_41, request, "{}").await;
    assert_eq!(attribute(&span, "gen_ai.provider.name").as_deref(), Some("vllm"));
}

#[tokio::test]
async fn headers_are_shown_by_name_and_credentials_never() {
    let traced = Traced::new();
    let upstream = service_fn(async |request: Request<_>| {
        let mut reply = model(request).await.unwrap();
        for (name, value) in [("x-tag", "a"), ("x-tag", "b"), ("set-cookie", "c00kie"), ("x-other", "no")] {
            reply.headers_mut().append(name, value.parse().unwrap());
        }
        Ok::<_, Infallible>(reply)
    });
    let asked = ["x-request-id", "authorization", "x-api-key", "x-absent", "x-marked"];
    let observer = TraceObserver::new(&traced.provider)
        .request_headers(asked.map(HeaderName::from_static))
        .response_headers(["x-tag", "set-cookie"].map(HeaderName::from_static));
    let mut request = chat();
    for (name, value) in [("x-request-id", "r1"), ("authorization", "Bearer s3cret"), ("x-api-key", "s3cret")]
    {
        request.headers_mut().insert(name, value.parse().unwrap());
    }
    let mut marked = HeaderValue::from_static("s3cret");
    marked.set_sensitive(true);
    request.headers_mut().insert("x-marked", marked);
    run(TraceLayer::new(Role::Client, observer), upstream, request).await;
    let span = traced.span();
    for (key, value) in [
        ("http.request.header.x-request-id", Some("[\"r1\"]")),
        ("http.request.header.authorization", Some("[\"REDACTED\"]")),
        ("http.request.header.x-api-key", Some("[\"REDACTED\"]")),
        ("http.request.header.x-marked", Some("[\"REDACTED\"]")),
        ("http.request.header.x-absent", None),
        ("http.request.header.content-type", None),
        ("http.response.header.x-tag", Some("[\"a\",\"b\"]")),
        ("http.response.header.set-cookie", Some("[\"REDACTED\"]")),
        ("http.response.header.x-other", None),
    ] {
        assert_eq!(attribute(&span, key).as_deref(), value, "{key}");
    }
    let shown = format!("{span:?}");
    assert!(!shown.contains("s3cret") && !shown.contains("c00kie"), "{shown}");
}

#[tokio::test]
async fn what_is_filtered_out_has_no_span_and_passes_as_it_is() {
    let traced = Traced::new();
    for role in [Role::Server, Role::Client] {
        let observer = TraceObserver::new(&traced.provider).filter(|head| head.uri.path() != "/health");
        let service = service_fn(async |request: Request<_>| {
            assert_eq!(request.headers()["traceparent"], support::TRACEPARENT);
            assert!(request.extensions().get::<opentelemetry::Context>().is_none());
            model(request).await
        });
        let request = Request::get("http://h/health").header("traceparent", support::TRACEPARENT);
        run(TraceLayer::new(role, observer), service, request.body(Full::<Bytes>::default()).unwrap()).await;
    }
    assert!(traced.spans().is_empty());
}

#[tokio::test]
async fn each_choice_has_its_reason_and_one_that_never_came_to_its_end_has_error() {
    const SECOND: &str = "data: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n";
    for (body, events, reasons) in [
        (r#"{"n":2}"#, SECOND, Some("[\"error\",\"stop\"]")),
        (r#"{"n":3}"#, SECOND, Some("[\"error\",\"stop\",\"error\"]")),
        ("{}", "data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n", Some("[\"error\"]")),
        ("{}", ": waiting\n\n", Some("[\"error\"]")),
    ] {
        let traced = Traced::new();
        let (mut sender, reply) = Channel::<Bytes, Infallible>::new(4);
        let mut reply = Some(reply);
        let upstream = service_fn(move |request: Request<_>| {
            let mut response = Response::new(reply.take().unwrap());
            response.headers_mut().insert("content-type", "text/event-stream".parse().unwrap());
            async move {
                model(request).await.unwrap();
                Ok::<_, Infallible>(response)
            }
        });
        let request = post("https://api.openai.com/v1/chat/completions", body);
        let reply = TraceLayer::client(&traced.provider).layer(upstream).oneshot(request).await.unwrap();
        let mut reply = reply.into_body();
        sender.send_data(Bytes::from_static(events.as_bytes())).await.unwrap();
        reply.frame().await.unwrap().unwrap();
        drop(reply);
        let span = traced.span();
        assert_eq!(attribute(&span, "gen_ai.response.finish_reasons").as_deref(), reasons, "{body}");
    }
    // An error that is all of a reply has no choices, and neither has a picture.
    let error = answered(
        Profile::V1_41,
        post("https://api.openai.com/v1/chat/completions", "{}"),
        r#"{"error":{"code":"overloaded"}}"#,
    );
    assert_eq!(attribute(&error.await, "gen_ai.response.finish_reasons"), None);
}
