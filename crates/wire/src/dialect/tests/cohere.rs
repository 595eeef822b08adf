use super::{JSON, SSE, lines, read, read_with_status, sse, stream, usage};
use crate::{Billing, Usage};

const V1: &str = "/v1/chat";
const V2: &str = "/v2/chat";
const LINES: &str = "application/stream+json";

fn billed(input: u64, output: u64) -> Billing {
    Billing { input_tokens: Some(input), output_tokens: Some(output), ..Billing::default() }
}

#[test]
fn whole_replies() {
    let version_1 = r#"{"response_id":"r","text":"x","generation_id":"g","chat_history":[{"message":"\"meta\":{"}],"finish_reason":"COMPLETE",
        "meta":{"api_version":{"version":"1"},"billed_units":{"input_tokens":58.0,"output_tokens":119.0},
                "tokens":{"input_tokens":69.0,"output_tokens":120.0},"cached_tokens":48}}"#;
    let version_2 = r#"{"id":"r","message":{"role":"assistant","content":[{"type":"text","text":"x"}],"usage":{"tokens":{"input_tokens":1}}},
        "finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":58,"output_tokens":119},
        "tokens":{"input_tokens":69,"output_tokens":120},"cached_tokens":48}}"#;
    for (path, body) in [(V1, version_1), (V2, version_2), (V1, version_2)] {
        let facts = read(path, JSON, body);
        assert_eq!(facts.usage, Some(Usage::new(69, 120).with_cache_read(48)));
        assert_eq!(facts.billing.as_deref(), Some(&billed(58, 119)));
        assert_eq!(
            (facts.id.as_deref(), facts.finish_reasons.as_slice()),
            (Some("r"), &["COMPLETE".into()][..])
        );
        assert_eq!((facts.model, facts.unreadable), (None, false));
    }
}

#[test]
fn a_stream_of_version_1() {
    let read = stream(
        V1,
        LINES,
        &lines(&[
            r#"{"is_finished":false,"event_type":"stream-start","generation_id":"g"}"#,
            r#"{"is_finished":false,"event_type":"text-generation","text":""}"#,
            r#"{"is_finished":false,"event_type":"text-generation","text":"Ar"}"#,
            r#"{"is_finished":false,"event_type":"text-generation","text":"\"is_finished\":true"}"#,
            r#"{"is_finished":true,"event_type":"stream-end","response":{"response_id":"r","text":"Ar","finish_reason":"MAX_TOKENS","meta":{"billed_units":{"input_tokens":7,"output_tokens":115},"tokens":{"input_tokens":69,"output_tokens":116}}},"finish_reason":"MAX_TOKENS"}"#,
        ]),
    );
    assert_eq!((read.facts.usage, read.facts.billing.as_deref()), (usage(69, 116), Some(&billed(7, 115))));
    assert_eq!(
        (read.facts.id.as_deref(), read.facts.finish_reasons.as_slice()),
        (Some("r"), &["MAX_TOKENS".into()][..])
    );
    assert_eq!((read.first_output, read.terminal, read.facts.events), (Some(2), Some(4), 5));
}

#[test]
fn a_stream_of_version_2() {
    let read = stream(
        V2,
        SSE,
        &sse(&[
            r#"{"id":"r","type":"message-start","delta":{"message":{"role":"assistant","content":[],"tool_plan":"","tool_calls":[],"citations":[]}}}"#,
            r#"{"type":"content-start","index":0,"delta":{"message":{"content":{"type":"text","text":""}}}}"#,
            r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"Ar"}}}}"#,
            r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"text":"usage"}}}}"#,
            r#"{"type":"content-end","index":0}"#,
            r#"{"type":"message-end","delta":{"finish_reason":"COMPLETE","usage":{"billed_units":{"input_tokens":12,"output_tokens":65},"tokens":{"input_tokens":212,"output_tokens":65},"cached_tokens":208}}}"#,
            "[DONE]",
        ]),
    );
    assert_eq!(read.facts.usage, Some(Usage::new(212, 65).with_cache_read(208)));
    assert_eq!(read.facts.billing.as_deref(), Some(&billed(12, 65)));
    assert_eq!(
        (read.facts.id.as_deref(), read.facts.finish_reasons.as_slice()),
        (Some("r"), &["COMPLETE".into()][..])
    );
    assert_eq!((read.first_output, read.terminal, read.facts.events), (Some(2), Some(5), 6));
}

#[test]
fn tool_calls_are_output() {
    for (at, event) in [
        r#"{"type":"tool-plan-delta","delta":{"message":{"tool_plan":"I"}}}"#,
        r#"{"type":"tool-call-start","index":0,"delta":{"message":{"tool_calls":{"id":"t","type":"function","function":{"name":"f","arguments":""}}}}}"#,
        r#"{"type":"content-delta","index":0,"delta":{"message":{"content":{"thinking":"Hm"}}}}"#,
    ]
    .into_iter()
    .enumerate()
    {
        let start = r#"{"id":"r","type":"message-start","delta":{"message":{"tool_plan":"","tool_calls":[]}}}"#;
        assert_eq!(stream(V2, SSE, &sse(&[start, event, event])).first_output, Some(1), "{at}");
    }
    let call =
        r#"{"is_finished":false,"event_type":"tool-calls-chunk","tool_call_delta":{"name":"f","index":0}}"#;
    let start = r#"{"is_finished":false,"event_type":"stream-start","generation_id":"g"}"#;
    assert_eq!(stream(V1, LINES, &lines(&[start, call])).first_output, Some(1));
}

#[test]
fn writer_is_on_the_same_path() {
    let whole = r#"{"id":"w","model":"palmyra","choices":[{"index":0,"finish_reason":"stop","message":{}}],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_token_details":{"cached_tokens":2}}}"#;
    let facts = read(V1, JSON, whole);
    assert_eq!(facts.usage, Some(Usage::new(9, 4).with_cache_read(2)));
    assert_eq!((facts.model.as_deref(), facts.billing), (Some("palmyra"), None));
    let read = stream(
        V1,
        SSE,
        &sse(&[
            r#"{"id":"w","model":"palmyra","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
            r#"{"id":"w","model":"palmyra","choices":[{"index":0,"delta":{"content":"Hi"}}]}"#,
            r#"{"id":"w","model":"palmyra","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}"#,
            r#"{"id":"w","model":"palmyra","choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4}}"#,
            "[DONE]",
        ]),
    );
    assert_eq!((read.facts.usage, read.first_output, read.terminal), (usage(9, 4), Some(1), Some(4)));
}

#[test]
fn errors() {
    let refusal = r#"{"id":"e","message":"model 'command-r' was removed"}"#;
    let facts = read_with_status(V2, 404, JSON, refusal.as_bytes());
    assert_eq!((facts.error, facts.usage), (None, None));
    let event = r#"{"type":"message-end","delta":{"finish_reason":"ERROR","error":"something went wrong"}}"#;
    let read = stream(V2, SSE, &sse(&[event]));
    assert_eq!((read.facts.error.as_deref(), read.terminal), (Some("_OTHER"), Some(0)));
}

#[test]
fn embeddings_and_reranking() {
    let facts = read(
        "/v2/embed",
        JSON,
        r#"{"id":"e","embeddings":{"float":[[0.1]]},"meta":{"billed_units":{"input_tokens":208}}}"#,
    );
    assert_eq!(facts.usage.map(|usage| (usage.input, usage.output)), Some((Some(208), None)));
    assert_eq!(facts.billing.as_ref().unwrap().input_tokens, Some(208));

    let images = r#"{"id":"e","embeddings":{},"meta":{"billed_units":{"images":2,"image_tokens":300,"input_tokens":4}}}"#;
    let facts = read("/v2/embed", JSON, images);
    assert_eq!(facts.usage.and_then(|usage| usage.input), Some(304));
    let billing = facts.billing.unwrap();
    assert_eq!((billing.input_images, billing.modalities.image_input), (Some(2), Some(300)));

    let facts = read(
        "/v2/rerank",
        JSON,
        r#"{"id":"e","results":[{"index":3}],"meta":{"billed_units":{"search_units":1}}}"#,
    );
    assert_eq!((facts.usage, facts.billing.unwrap().search_units), (Some(Usage::default()), Some(1)));
    let facts = read(
        "/v1/rerank",
        JSON,
        r#"{"object":"list","data":[],"model":"rerank-2","usage":{"total_tokens":26}}"#,
    );
    assert_eq!(
        (facts.usage, facts.model.as_deref(), facts.billing),
        (Some(Usage { input: Some(26), ..Usage::default() }), Some("rerank-2"), None)
    );
}
