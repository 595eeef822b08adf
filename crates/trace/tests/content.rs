//! What is said in calls: in no span and no event unless it is asked for, and whole JSON however little may stay.

#![allow(clippy::unwrap_used)]

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use opentelemetry::logs::AnyValue;
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLoggerProvider};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use proptest::prelude::*;
use serde_json::{Value, json};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::content::{Message, Part};
use tower_genai_core::{CallLayer, Content, RequestBody};
use tower_genai_trace::TraceObserver;
use tower_genai_trace::content::{Capture, event_attributes, span_attributes};
use tower_genai_trace::events::EventObserver;

const QUESTION: &str = r#"{"model":"claude","system":"Be canary-system","messages":[
    {"role":"user","content":[{"type":"text","text":"Ask canary-input"},
      {"type":"image","source":{"type":"base64","media_type":"image/png","data":"aGVsbG8="}}]}],
    "tools":[{"name":"look","description":"canary-tool","input_schema":{"type":"object"}}]}"#;
const ANSWER: &str = r#"{"type":"message","model":"claude","role":"assistant","stop_reason":"tool_use","content":[
    {"type":"text","text":"Say canary-output"},
    {"type":"tool_use","id":"t1","name":"look","input":{"place":"canary-argument","count":3,"none":null}}]}"#;

const CANARIES: [&str; 5] =
    ["canary-system", "canary-input", "canary-tool", "canary-output", "canary-argument"];

/// The attributes of the span and those of the event.
async fn call(capture: Capture, redact: bool) -> (Vec<(String, String)>, Vec<(String, AnyValue)>) {
    let (spans, events) = (InMemorySpanExporter::default(), InMemoryLogExporter::default());
    let tracer = SdkTracerProvider::builder().with_simple_exporter(spans.clone()).build();
    let logger = SdkLoggerProvider::builder().with_simple_exporter(events.clone()).build();
    let mut layer = CallLayer::client()
        .with(TraceObserver::new(&tracer).capture(capture))
        .with(EventObserver::new(&logger).capture(capture));
    if redact {
        layer = layer.redact(|content: &mut Content| {
            content.for_each_text(&mut |text| {
                for canary in CANARIES {
                    *text = text.replace(canary, "[taken out]");
                }
            });
        });
    }
    let upstream = service_fn(async |request: Request<RequestBody<Full<Bytes>>>| {
        request.into_body().collect().await.unwrap();
        let reply = Response::builder().header("content-type", "application/json");
        Ok::<_, Infallible>(reply.body(Full::<Bytes>::from(ANSWER)).unwrap())
    });
    let request = Request::post("http://api.anthropic.com/v1/messages").body(Full::from(QUESTION)).unwrap();
    layer.layer(upstream).oneshot(request).await.unwrap().into_body().collect().await.unwrap();
    let spans = spans.get_finished_spans().unwrap();
    let attributes = spans[0].attributes.iter();
    let span = attributes.map(|attribute| (attribute.key.to_string(), attribute.value.to_string()));
    let events = events.get_emitted_logs().unwrap();
    let event = events[0].record.attributes_iter().map(|(key, value)| (key.to_string(), value.clone()));
    (span.collect(), event.collect())
}

fn shown(canary: &str, output: &impl std::fmt::Debug) -> bool {
    format!("{output:?}").contains(canary)
}

#[tokio::test]
async fn each_destination_has_a_switch_of_its_own() {
    for (capture, in_span, in_event) in [
        (Capture::default(), false, false),
        (Capture::SPAN_ONLY, true, false),
        (Capture::EVENT_ONLY, false, true),
        (Capture::SPAN_AND_EVENT, true, true),
    ] {
        let (span, event) = call(capture, false).await;
        for canary in CANARIES {
            assert_eq!(
                (shown(canary, &span), shown(canary, &event)),
                (in_span, in_event),
                "{canary} {capture:?}"
            );
        }
        let (span, event) = call(capture, true).await;
        assert!(!CANARIES.iter().any(|canary| shown(canary, &span) || shown(canary, &event)), "{capture:?}");
        assert_eq!(shown("[taken out]", &span), in_span);
        assert_eq!(shown("[taken out]", &event), in_event);
    }
}

#[tokio::test]
async fn the_values_are_those_of_the_conventions() {
    let (span, event) = call(Capture::SPAN_AND_EVENT, false).await;
    let json = |name: &str| -> Value {
        serde_json::from_str(&span.iter().find(|(key, _)| key == name).unwrap().1).unwrap()
    };
    assert_eq!(json("gen_ai.system_instructions"), json!([{"type": "text", "content": "Be canary-system"}]));
    let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    assert_eq!(
        json("gen_ai.input.messages"),
        json!([{"role": "user", "parts": [
            {"type": "text", "content": "Ask canary-input"},
            {"type": "blob", "modality": "image", "mime_type": "image/png", "content": "", "size": 5, "sha256": hash},
        ]}]),
    );
    assert_eq!(
        json("gen_ai.output.messages"),
        json!([{"role": "assistant", "finish_reason": "tool_call", "parts": [
            {"type": "text", "content": "Say canary-output"},
            {"type": "tool_call", "id": "t1", "name": "look",
             "arguments": {"place": "canary-argument", "count": 3, "none": null}},
        ]}]),
    );
    assert_eq!(
        json("gen_ai.tool.definitions"),
        json!([{"type": "function", "name": "look", "description": "canary-tool", "parameters": {"type": "object"}}]),
    );
    let output = &event.iter().find(|(key, _)| key == "gen_ai.output.messages").unwrap().1;
    let AnyValue::ListAny(messages) = output else { unreachable!("{output:?}") };
    let AnyValue::Map(message) = &messages[0] else { unreachable!("{messages:?}") };
    assert_eq!(message.get("finish_reason"), Some(&AnyValue::from("tool_call")));
    let AnyValue::ListAny(parts) = &message["parts"] else { unreachable!("{message:?}") };
    let AnyValue::Map(call) = &parts[1] else { unreachable!("{parts:?}") };
    let AnyValue::Map(arguments) = &call["arguments"] else { unreachable!("{call:?}") };
    assert_eq!(arguments.get("count"), Some(&AnyValue::Int(3)));
    assert_eq!(arguments.len(), 2, "a log record has no null");
}

fn content(messages: &[Vec<String>]) -> Content {
    let mut content = Content::default();
    for texts in messages {
        let mut message = Message::default();
        "user".clone_into(&mut message.role);
        message.parts = texts.iter().map(|text| Part::Text { content: text.clone() }).collect();
        content.input_messages.push(message);
    }
    content
}

#[test]
fn the_longest_texts_are_cut_first() {
    let long = "long ".repeat(2000);
    let content = content(&[vec!["short".to_owned(), long], vec!["the question".to_owned()]]);
    let json = span_attributes(&content, 1000)[0].value.to_string();
    assert!(json.len() <= 1000 && json.len() > 900, "{}", json.len());
    let messages: Value = serde_json::from_str(&json).unwrap();
    assert_eq!(messages[0]["parts"][0]["content"], "short");
    assert!(messages[0]["parts"][1]["content"].as_str().unwrap().ends_with(Content::CUT));
    assert_eq!(messages[1]["parts"][0]["content"], "the question");
}

#[test]
fn the_newest_messages_stay() {
    let messages: Vec<_> = (0..100).map(|number| vec![format!("message {number}")]).collect();
    let json = span_attributes(&content(&messages), 500)[0].value.to_string();
    let kept: Value = serde_json::from_str(&json).unwrap();
    let kept = kept.as_array().unwrap();
    assert!(kept.len() > 4 && json.len() <= 500);
    assert_eq!(kept.last().unwrap()["parts"][0]["content"], "message 99");
    assert!(span_attributes(&content(&messages), 20).is_empty(), "not even one fits");
}

proptest! {
    #[test]
    fn json_stays_whole(
        messages in prop::collection::vec(prop::collection::vec(any::<String>(), 0..4), 1..6),
        most in 0..600_usize,
    ) {
        let content = content(&messages);
        for attribute in span_attributes(&content, most) {
            let json = attribute.value.to_string();
            prop_assert!(json.len() <= most);
            let value: Value = serde_json::from_str(&json).unwrap();
            prop_assert!(value.as_array().is_some_and(|messages| !messages.is_empty()));
        }
        prop_assert_eq!(span_attributes(&content, most).len(), event_attributes(&content, most).len());
    }
}
