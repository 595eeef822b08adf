use super::{billing, read, stream, tools, usage};
use crate::{Api, Usage};

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-sonnet-4-5-20250929","content":[],"stop_reason":null,"usage":{"input_tokens":4,"cache_creation_input_tokens":100,"cache_read_input_tokens":10,"cache_creation":{"ephemeral_5m_input_tokens":60,"ephemeral_1h_input_tokens":40},"output_tokens":1,"service_tier":"standard","inference_geo":"us"}}}"#;
const TEXT: &str = r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#;
const DELTA: &str = r#"{"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"input_tokens":4,"cache_creation_input_tokens":100,"cache_read_input_tokens":10,"output_tokens":50,"server_tool_use":{"web_search_requests":2,"web_fetch_requests":1}}}"#;

fn cached(input: u64, output: Option<u64>) -> Usage {
    Usage {
        input: Some(input),
        output,
        cache_read: Some(10),
        cache_write: Some(100),
        cache_write_1h: Some(40),
        ..Usage::default()
    }
}

#[test]
fn a_stream() {
    let facts = read(
        Api::AnthropicMessages,
        &stream(&[START, r#"{"type":"ping"}"#, TEXT, TEXT, TEXT, DELTA, r#"{"type":"message_stop"}"#]),
    );
    assert_eq!(facts.usage, Some(cached(114, Some(50))));
    assert_eq!((tools(&facts).web_search, tools(&facts).web_fetch), (Some(2), Some(1)));
    assert_eq!(billing(&facts).inference_geo.as_deref(), Some("us"));
    assert_eq!(facts.service_tier.as_deref(), Some("standard"));
    assert_eq!(facts.finish_reasons.as_slice(), ["end_turn"]);
}

#[test]
fn of_a_stream_that_is_cut_the_input_is_known() {
    for events in [
        &[START][..],
        &[START, TEXT],
        &[START, TEXT, r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#],
    ] {
        let facts = read(Api::AnthropicMessages, &stream(events));
        assert_eq!(facts.usage, Some(cached(114, None)));
    }
}

#[test]
fn a_whole_message() {
    let facts = read(
        Api::AnthropicMessages,
        r#"{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-4-6","content":[{"type":"text",
            "text":"Hi","citations":[{"type":"web_search_result_location"}]}],"stop_reason":"pause_turn","usage":
            {"input_tokens":7,"output_tokens":9,"output_tokens_details":{"thinking_tokens":5},"service_tier":"priority",
            "server_tool_use":{"web_search_requests":0},"inference_geo":"not_available","speed":"fast"}}"#,
    );
    assert_eq!(facts.usage, Some(Usage::new(7, 9).with_reasoning(5)));
    assert_eq!(facts.service_tier.as_deref(), Some("priority"));
    let billing = billing(&facts);
    assert_eq!((billing.speed.as_deref(), billing.inference_geo.as_deref()), (Some("fast"), None));
    assert_eq!((billing.tools.web_search, billing.tools.web_fetch), (Some(0), None));
}

#[test]
fn unknown_hosts_and_paths_are_read_by_their_shape() {
    let events = stream(&[START, TEXT, DELTA, r#"{"type":"message_stop"}"#]);
    let facts = read(Api::Unknown, &events);
    assert_eq!((usage(&facts), facts.terminal), (cached(114, Some(50)), true));
    assert_eq!(tools(&facts).web_search, Some(2));
    let api = Api::recognise("POST", "/proxy/of/mine/v1/messages").unwrap_or_default();
    assert_eq!(read(api, &events), facts);
}

#[test]
fn to_count_tokens_is_no_call() {
    for path in ["/v1/messages/count_tokens", "/anthropic/v1/messages/count_tokens?beta=true"] {
        assert_eq!(Api::recognise("POST", path), None);
        assert!(crate::is_management(path));
    }
}
