//! Events of calls, as an exporter of logs sees them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod support;

use std::convert::Infallible;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use opentelemetry::logs::{AnyValue, Severity};
use opentelemetry_sdk::logs::{InMemoryLogExporter, SdkLogRecord, SdkLoggerProvider};
use support::{Traced, answer, chat, model};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::{CallLayer, Profile};
use tower_genai_trace::TraceObserver;
use tower_genai_trace::events::EventObserver;

const DETAILS: &str = "gen_ai.client.inference.operation.details";
const EXCEPTION: &str = "gen_ai.client.operation.exception";

/// The events of one call, and its span.
async fn events(
    profile: Profile,
    reply: impl Fn() -> Response<Full<Bytes>> + Send + Sync + 'static,
) -> (Vec<SdkLogRecord>, opentelemetry_sdk::trace::SpanData) {
    let exporter = InMemoryLogExporter::default();
    let provider = SdkLoggerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let traced = Traced::new();
    let layer = CallLayer::client()
        .with(EventObserver::new(&provider).profile(profile))
        .with(TraceObserver::new(&traced.provider).profile(profile));
    let upstream = service_fn(move |request: Request<_>| {
        let reply = reply();
        async move {
            model(request).await.unwrap();
            Ok::<_, Infallible>(reply)
        }
    });
    let response = layer.layer(upstream).oneshot(chat()).await.unwrap();
    response.into_body().collect().await.unwrap();
    let records = exporter.get_emitted_logs().unwrap();
    (records.into_iter().map(|log| log.record).collect(), traced.span())
}

fn attribute<'a>(record: &'a SdkLogRecord, key: &str) -> Option<&'a AnyValue> {
    let mut found = record.attributes_iter().filter(|(name, _)| name.as_str() == key).map(|(_, value)| value);
    let first = found.next();
    assert!(found.next().is_none(), "{key} twice");
    first
}

#[tokio::test]
async fn a_call_is_told_in_detail_with_what_its_span_has() {
    for profile in [Profile::V1_41, Profile::V2026_10, Profile::Both] {
        let (events, span) = events(profile, || answer(200, "application/json", support::ANSWER)).await;
        let [details] = &events[..] else { panic!("{events:#?}") };
        assert_eq!(details.event_name(), Some(DETAILS));
        assert_eq!(details.severity_number(), Some(Severity::Info));
        assert_eq!(details.timestamp(), Some(span.end_time));
        let context = details.trace_context().unwrap();
        assert_eq!(
            (context.trace_id, context.span_id),
            (span.span_context.trace_id(), span.span_context.span_id())
        );
        assert!(context.trace_flags.unwrap().is_sampled());
        let mut names: Vec<String> = details.attributes_iter().map(|(key, _)| key.to_string()).collect();
        let mut expected: Vec<String> = span.attributes.iter().map(|kv| kv.key.to_string()).collect();
        names.sort();
        expected.sort();
        assert_eq!(names, expected, "{profile}");
        assert_eq!(attribute(details, "gen_ai.usage.output_tokens"), Some(&AnyValue::Int(7)));
        assert_eq!(attribute(details, "gen_ai.request.temperature"), Some(&AnyValue::Double(0.5)));
        let reasons: AnyValue = ["stop"].into_iter().collect();
        assert_eq!(attribute(details, "gen_ai.response.finish_reasons"), Some(&reasons));
        assert!(details.body().is_none());
    }
}

#[tokio::test]
async fn a_failure_is_told_by_its_kind_and_never_by_its_message() {
    const REFUSAL: &str =
        r#"{"error":{"message":"the key sk-1 is over its quota","code":"insufficient_quota"}}"#;
    let (events, _) = events(Profile::V1_41, || answer(429, "application/json", REFUSAL)).await;
    let [details, exception] = &events[..] else { panic!("{events:#?}") };
    let kind = AnyValue::from("insufficient_quota");
    assert_eq!(attribute(details, "error.type"), Some(&kind));
    assert_eq!(
        (exception.event_name(), exception.severity_number()),
        (Some(EXCEPTION), Some(Severity::Warn))
    );
    assert_eq!(attribute(exception, "exception.type"), Some(&kind));
    assert_eq!(exception.trace_context().unwrap().span_id, details.trace_context().unwrap().span_id);
    assert!(!format!("{events:?}").contains("sk-1"));
}
