//! What real traffic does that the documentation does not say: usage in unusual places, and more or less often than
//! once.
#![allow(clippy::unwrap_used, reason = "tests")]

use base64::{Engine, prelude::BASE64_STANDARD};
use tower_genai_wire::{Api, ReplyFacts, ReplyHead, ReplyReader, Usage};

const SSE: &str = "text/event-stream";
const LINES: &str = "application/x-ndjson";
const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

/// Reads a body at several splits, which must be the same.
fn read(api: Api, content_type: &str, body: &[u8]) -> ReplyFacts {
    let read = |size: usize| {
        let mut reader = ReplyReader::new(api, &ReplyHead::new(200, Some(content_type), None));
        body.chunks(size).for_each(|frame| {
            reader.push(frame);
        });
        reader.finish();
        reader.into_facts()
    };
    let whole = read(body.len());
    for size in [1, 2, 7, 50] {
        assert_eq!(read(size), whole, "by {size}");
    }
    whole
}

fn sse(events: &[&str]) -> String {
    format!("data: {}\n\n", events.join("\n\ndata: "))
}

/// An event of an event stream.
fn message(kind: &str, payload: &str) -> Vec<u8> {
    let mut headers = Vec::new();
    for (name, value) in
        [(":event-type", kind), (":content-type", "application/json"), (":message-type", "event")]
    {
        headers.push(u8::try_from(name.len()).unwrap());
        headers.extend_from_slice(name.as_bytes());
        headers.push(7);
        headers.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        headers.extend_from_slice(value.as_bytes());
    }
    let total = u32::try_from(16 + headers.len() + payload.len()).unwrap();
    let mut message = total.to_be_bytes().to_vec();
    message.extend_from_slice(&u32::try_from(headers.len()).unwrap().to_be_bytes());
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message.extend_from_slice(&headers);
    message.extend_from_slice(payload.as_bytes());
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message
}

fn chunk(event: &str) -> Vec<u8> {
    message("chunk", &format!(r#"{{"bytes":"{}","p":"abcdef"}}"#, BASE64_STANDARD.encode(event)))
}

const CHUNK: &str = r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}],"usage":null}"#;
const LAST: &str = r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#;

#[test]
fn the_last_event_lacks_its_blank_line() {
    let anthropic = [
        r#"{"type":"message_start","message":{"id":"m","model":"claude","usage":{"input_tokens":3}}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}"#,
    ];
    let responses = [
        r#"{"type":"response.output_text.delta","delta":"Hi"}"#,
        r#"{"type":"response.completed","response":{"id":"r","status":"completed","usage":{"input_tokens":3,"output_tokens":4}}}"#,
    ];
    for (api, events) in [
        (Api::OpenAiChat, &[CHUNK, LAST][..]),
        (Api::Unknown, &[CHUNK, LAST]),
        (Api::AnthropicMessages, &anthropic),
        (Api::OpenAiResponses, &responses),
    ] {
        let stream = sse(events);
        for missing in [0, 1, 2] {
            for line_end in ["\n", "\r\n", "\r"] {
                let stream = stream[..stream.len() - missing].replace('\n', line_end);
                let facts = read(api, SSE, stream.as_bytes());
                assert_eq!(facts.usage, Some(Usage::new(3, 4)), "{api:?}");
                assert_eq!((facts.events, facts.unreadable), (2, false), "{api:?}");
            }
        }
    }
    let lines = "{\"model\":\"m\",\"response\":\"Hi\",\"done\":false}\n\
                 {\"model\":\"m\",\"response\":\"\",\"done\":true,\"prompt_eval_count\":3,\"eval_count\":4}";
    assert_eq!(read(Api::OllamaGenerate, LINES, lines.as_bytes()).usage, Some(Usage::new(3, 4)));
}

#[test]
fn two_usages_in_one_event() {
    let first =
        r#""usage":{"prompt_tokens":1,"completion_tokens":1,"prompt_tokens_details":{"cached_tokens":1}}"#;
    let second = r#""usage":{"prompt_tokens":3,"completion_tokens":4}"#;
    for event in [
        format!(r#"{{"id":"c","model":"m",{first},"choices":[],{second}}}"#),
        format!(r#"{{"id":"c","model":"m",{second},"choices":[],"usage":null}}"#),
        format!(r#"{{"id":"c","model":"m",{first},"choices":[],"x_groq":{{{second}}}}}"#),
    ] {
        assert_eq!(
            read(Api::OpenAiChat, SSE, sse(&[CHUNK, &event]).as_bytes()).usage,
            Some(Usage::new(3, 4))
        );
    }
    let anthropic = r#"{"type":"message_delta","usage":{"input_tokens":1,"output_tokens":1},"usage":{"input_tokens":3,"output_tokens":4}}"#;
    assert_eq!(read(Api::AnthropicMessages, SSE, sse(&[anthropic]).as_bytes()).usage, Some(Usage::new(3, 4)));
}

#[test]
fn usage_is_null_on_every_chunk_but_one() {
    for place in 0..5 {
        let mut events = [CHUNK; 5];
        events[place] =
            r#"{"id":"c","model":"m","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}"#;
        let facts = read(Api::OpenAiChat, SSE, format!("{}data: [DONE]\n\n", sse(&events)).as_bytes());
        assert_eq!((facts.usage, facts.events), (Some(Usage::new(3, 4)), 5), "{place}");
        assert!(facts.terminal);
    }
}

#[test]
fn the_last_chunk_has_choices_and_usage() {
    for api in [Api::OpenAiChat, Api::OpenAiCompletions, Api::Unknown] {
        let facts = read(api, SSE, sse(&[CHUNK, CHUNK, LAST]).as_bytes());
        assert_eq!((facts.usage, facts.events), (Some(Usage::new(3, 4)), 3));
        assert_eq!(facts.finish_reasons.as_slice(), ["stop"]);
    }
}

#[test]
fn responses_that_are_incomplete_or_failed_have_usage() {
    for (kind, status, details, reason, error) in [
        (
            "incomplete",
            "incomplete",
            r#""incomplete_details":{"reason":"max_output_tokens"},"error":null"#,
            "max_output_tokens",
            None,
        ),
        (
            "failed",
            "failed",
            r#""incomplete_details":null,"error":{"code":"server_error","message":"m"}"#,
            "failed",
            Some("server_error"),
        ),
    ] {
        let last = format!(
            r#"{{"type":"response.{kind}","sequence_number":9,"response":{{"id":"r","object":"response","status":"{status}",{details},"model":"gpt-5","usage":{{"input_tokens":3,"output_tokens":4}}}}}}"#
        );
        for api in [Api::OpenAiResponses, Api::Unknown] {
            let stream = sse(&[r#"{"type":"response.output_text.delta","delta":"Hi"}"#, &last]);
            let facts = read(api, SSE, stream.as_bytes());
            assert_eq!(facts.usage, Some(Usage::new(3, 4)), "{kind}");
            assert_eq!(facts.finish_reasons.as_slice(), [reason]);
            assert_eq!((facts.error.as_deref(), facts.terminal), (error, true));
        }
    }
}

#[test]
fn a_message_delta_repeats_the_counts_of_the_cache() {
    let start = r#"{"type":"message_start","message":{"id":"m","model":"claude","usage":{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":10,"cache_creation":{"ephemeral_5m_input_tokens":15,"ephemeral_1h_input_tokens":5},"output_tokens":1}}}"#;
    let usage = |input, write, read| {
        let mut usage = Usage::new(input, 4).with_cache_read(read).with_cache_write(write);
        usage.cache_write_1h = Some(5);
        Some(usage)
    };
    for (delta, expected) in [
        (
            r#"{"input_tokens":3,"cache_creation_input_tokens":20,"cache_read_input_tokens":10,"output_tokens":4}"#,
            usage(33, 20, 10),
        ),
        (r#"{"cache_read_input_tokens":10,"output_tokens":4}"#, usage(33, 20, 10)),
        // What a server's tool has read meanwhile is in the second.
        (
            r#"{"input_tokens":5,"cache_creation_input_tokens":20,"cache_read_input_tokens":100,"output_tokens":4}"#,
            usage(125, 20, 100),
        ),
        (r#"{"input_tokens":null,"cache_read_input_tokens":null,"output_tokens":4}"#, usage(33, 20, 10)),
    ] {
        let delta =
            format!(r#"{{"type":"message_delta","delta":{{"stop_reason":"end_turn"}},"usage":{delta}}}"#);
        let events = [start, &delta, r#"{"type":"message_stop"}"#];
        assert_eq!(read(Api::AnthropicMessages, SSE, sse(&events).as_bytes()).usage, expected, "{delta}");
        let stream: Vec<u8> = events.iter().flat_map(|event| chunk(event)).collect();
        assert_eq!(read(Api::BedrockInvoke, EVENT_STREAM, &stream).usage, expected, "{delta}");
    }
}

#[test]
fn bedrock_counts_a_stream_without_a_metadata_event() {
    let metrics = r#""amazon-bedrock-invocationMetrics":{"inputTokenCount":3,"outputTokenCount":4,"invocationLatency":250,"firstByteLatency":90}"#;
    // A vendor that states nothing itself, and one that does.
    for events in [
        [r#"{"completion":"Hi","stop_reason":null}"#.to_owned(), format!(r#"{{"completion":"","stop_reason":"stop_sequence",{metrics}}}"#)],
        [
            r#"{"type":"message_start","message":{"id":"m","model":"claude","usage":{"input_tokens":2,"output_tokens":1}}}"#.to_owned(),
            format!(r#"{{"type":"message_stop",{metrics}}}"#),
        ],
    ] {
        let stream: Vec<u8> = events.iter().flat_map(|event| chunk(event)).collect();
        let facts = read(Api::BedrockInvoke, EVENT_STREAM, &stream);
        assert_eq!(facts.usage, Some(Usage::new(3, 4)), "{events:?}");
        assert!(facts.terminal && !facts.unreadable);
        let head = facts.head.unwrap_or_default();
        assert_eq!(head.processing.map(|time| time.as_millis()), Some(250));
    }
    let converse = [
        message("messageStart", r#"{"p":"abc","role":"assistant"}"#),
        message("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Hi"},"p":"abc"}"#),
        message("messageStop", &format!(r#"{{"p":"abc","stopReason":"end_turn",{metrics}}}"#)),
    ]
    .concat();
    let facts = read(Api::BedrockConverse, EVENT_STREAM, &converse);
    assert_eq!((facts.usage, facts.terminal), (Some(Usage::new(3, 4)), true));
    assert_eq!(facts.finish_reasons.as_slice(), ["end_turn"]);
}

#[test]
fn a_key_may_be_spelt_with_escapes() {
    let last = LAST.replace("usage", r"us\u0061ge").replace("prompt_tokens", r"\u0070rompt_tokens");
    assert_eq!(
        read(Api::OpenAiChat, SSE, sse(&[CHUNK, CHUNK, &last]).as_bytes()).usage,
        Some(Usage::new(3, 4))
    );
    assert_eq!(read(Api::OpenAiChat, "application/json", last.as_bytes()).usage, Some(Usage::new(3, 4)));
}

/// A server that answers with several documents and calls them one.
#[test]
fn lines_that_are_said_to_be_json() {
    let line = r#"{"model":"m","message":{"role":"assistant","content":"Hi"},"done":false}"#;
    let last = r#"{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":3,"eval_count":4}"#;
    let facts = read(Api::OllamaChat, "application/json", format!("{line}\n{line}\n{last}\n").as_bytes());
    assert_eq!((facts.usage, facts.events), (Some(Usage::new(3, 4)), 3));
    assert!(facts.streamed && facts.terminal && !facts.unreadable);
    // A first line that says that more will come is no end.
    assert!(!read(Api::OllamaChat, "application/json", line.as_bytes()).terminal);
}
