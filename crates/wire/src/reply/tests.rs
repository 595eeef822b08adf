use std::io::Write;

use flate2::{Compression, write::GzEncoder};

use crate::{Api, Progress, ReplyFacts, ReplyHead, ReplyReader, Usage, framing::encode};

const JSON: Option<&str> = Some("application/json");
const SSE: Option<&str> = Some("text/event-stream");

/// Reads a body whole and byte by byte, which must be the same.
fn read_as(
    api: Api,
    content_type: Option<&str>,
    encoding: Option<&str>,
    body: &[u8],
) -> (ReplyFacts, Vec<Progress>) {
    let read = |size: usize| {
        let mut reader = ReplyReader::new(api, &ReplyHead::new(200, content_type, encoding));
        let progress: Vec<_> = body
            .chunks(size)
            .map(|frame| reader.push(frame))
            .filter(|progress| progress.first_output || progress.terminal)
            .collect();
        reader.finish();
        (reader.into_facts(), progress)
    };
    let (whole, _) = read(body.len().max(1));
    let (bytewise, progress) = read(1);
    assert_eq!(whole, bytewise);
    (whole, progress)
}

fn read(api: Api, content_type: Option<&str>, body: &str) -> ReplyFacts {
    read_as(api, content_type, None, body.as_bytes()).0
}

#[expect(clippy::unnecessary_wraps, reason = "compared with one that may be absent")]
fn usage(input: u64, output: u64) -> Option<Usage> {
    Some(Usage::new(input, output))
}

#[test]
fn a_whole_completion() {
    let facts = read(
        Api::OpenAiChat,
        JSON,
        r#"{"id":"c1","model":"gpt-4o","choices":[
            {"index":1,"message":{"content":"\"usage\":{\"prompt_tokens\":1}","usage":{"prompt_tokens":5}},"finish_reason":"length"},
            {"index":0,"message":{"tool_calls":[{"id":"x","model":"y"}]},"finish_reason":"tool_calls"}],
          "usage":{"prompt_tokens":12,"completion_tokens":7.0,"prompt_tokens_details":{"cached_tokens":4,"audio_tokens":-1}},
          "service_tier":"default","system_fingerprint":"fp_1"}"#,
    );
    assert_eq!(facts.usage, usage(12, 7).map(|usage| usage.with_cache_read(4)));
    assert_eq!((facts.id.as_deref(), facts.model.as_deref()), (Some("c1"), Some("gpt-4o")));
    assert_eq!(facts.finish_reasons.as_slice(), ["tool_calls", "length"]);
    assert_eq!(
        (facts.service_tier.as_deref(), facts.system_fingerprint.as_deref()),
        (Some("default"), Some("fp_1"))
    );
    assert!(facts.terminal && !facts.streamed && !facts.unreadable && facts.error.is_none());
}

#[test]
fn a_stream_of_chunks() {
    let (facts, progress) = read_as(
        Api::OpenAiChat,
        SSE,
        None,
        concat!(
            ": OPENROUTER PROCESSING\n\n",
            "data: {\"id\":\"\",\"model\":\"\",\"choices\":[],\"prompt_filter_results\":[]}\r\n\r\n",
            "data:{\"id\":\"c1\",\"model\":\"gpt-4o\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"}}]}\r\r",
            "data: {\"id\":\"c1\",\"model\":\"gpt-4o\",\ndata: \"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hi\"}}]}\n\n",
            "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"!\"},\"finish_reason\":null}],\"usage\":null}\n\n",
            "data: {\"id\":\"c1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\" : \"stop\"}]}\n\n",
            "data: {\"id\":\"c1\",\"choices\":[],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2}}\n\n",
            "data: [DONE]\n\n",
        )
        .as_bytes(),
    );
    assert_eq!(facts.usage, usage(3, 2));
    assert_eq!((facts.id.as_deref(), facts.model.as_deref()), (Some("c1"), Some("gpt-4o")));
    assert_eq!(facts.finish_reasons.as_slice(), ["stop"]);
    assert_eq!(facts.events, 6);
    assert!(facts.streamed && facts.terminal && !facts.unreadable);
    let (first, terminal) =
        (|progress: &Progress| progress.first_output, |progress: &Progress| progress.terminal);
    assert_eq!(progress.iter().map(first).collect::<Vec<_>>(), [true, false]);
    assert_eq!(progress.iter().map(terminal).collect::<Vec<_>>(), [false, true]);
}

#[test]
fn the_last_usage_wins() {
    let chunk =
        |usage: &str| format!("data: {{\"id\":\"c\",\"model\":\"m\",\"choices\":[],\"usage\":{usage}}}\n\n");
    let stream = [
        chunk(
            r#"{"prompt_tokens":3,"completion_tokens":1,"completion_tokens_details":{"reasoning_tokens":1}}"#,
        ),
        chunk(r#"{"prompt_tokens":3,"completion_tokens":2}"#),
        chunk("null"),
        chunk("{}"),
    ];
    assert_eq!(read(Api::OpenAiChat, SSE, &stream.concat()).usage, usage(3, 2));
    let groq = "data: {\"x_groq\":{\"usage\":{\"prompt_tokens\":5,\"completion_tokens\":6}}}\n\n";
    assert_eq!(read(Api::OpenAiChat, SSE, groq).usage, usage(5, 6));
}

#[test]
fn keys_may_be_spelt_with_escapes() {
    let chunk =
        r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}"#;
    let last = r#"{"\u0063hoices":[{"index":0,"delta":{},"finish\u005freason":"stop"}],"us\u0061ge":{"prompt_tok\u0065ns":1,"completion_tokens":2,"prompt_tokens_detail\u0073":{"cached_token\u0053":7}}}"#;
    let facts = read(Api::OpenAiChat, SSE, &format!("data: {chunk}\n\ndata: {chunk}\n\ndata: {last}\n\n"));
    assert_eq!((facts.usage, facts.events), (usage(1, 2), 3));
    assert_eq!(facts.finish_reasons.as_slice(), ["stop"]);
    assert_eq!(read(Api::OpenAiChat, JSON, last).usage, usage(1, 2));
}

#[test]
fn an_embedding_in_one_total() {
    // Voyage.
    let facts = read(
        Api::OpenAiEmbeddings,
        JSON,
        r#"{"data":[{"embedding":[0.1,-2e-3]}],"model":"v","usage":{"total_tokens":12}}"#,
    );
    assert_eq!(facts.usage, Some(Usage { input: Some(12), ..Usage::default() }));
    let facts = read(Api::OpenAiEmbeddings, JSON, r#"{"data":[],"model":"v"}"#);
    assert_eq!(facts.usage, None);
}

const ANTHROPIC: &str = concat!(
    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"model\":\"claude\",\"usage\":{",
    "\"input_tokens\":4,\"cache_read_input_tokens\":10,\"cache_creation_input_tokens\":100,",
    "\"cache_creation\":{\"ephemeral_5m_input_tokens\":60,\"ephemeral_1h_input_tokens\":40},\"output_tokens\":1}}}\n\n",
    "event: ping\ndata: {\"type\": \"ping\"}\n\n",
    "event: content_block_start\ndata: {\"type\":\"content_block_start\",\"content_block\":{\"type\":\"text\",\"text\":\"\"}}\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"Hi\"}  }\n\n",
    "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"!\"}    }\n\n",
    "event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{",
    "\"cache_read_input_tokens\":10,\"output_tokens\":50,\"output_tokens_details\":{\"thinking_tokens\":20}}}\n\n",
    "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n",
);

#[test]
fn a_stream_of_a_message() {
    for api in [Api::AnthropicMessages, Api::Unknown] {
        let facts = read(api, SSE, ANTHROPIC);
        let mut expected = Usage::new(114, 50).with_cache_read(10).with_cache_write(100).with_reasoning(20);
        expected.cache_write_1h = Some(40);
        assert_eq!(facts.usage, Some(expected));
        assert_eq!((facts.id.as_deref(), facts.model.as_deref()), (Some("msg_1"), Some("claude")));
        assert_eq!(facts.finish_reasons.as_slice(), ["end_turn"]);
        assert_eq!(facts.events, 6);
        assert!(facts.terminal && !facts.unreadable);
    }
}

#[test]
fn a_message_cut_short_has_no_output_count() {
    let cut = &ANTHROPIC[..ANTHROPIC.find("event: message_delta").unwrap()];
    let usage = read(Api::AnthropicMessages, SSE, cut).usage.unwrap();
    assert_eq!((usage.input, usage.output), (Some(114), None));
}

#[test]
fn a_stream_of_a_response() {
    let stream = concat!(
        "event: response.created\ndata: {\"type\":\"response.created\",\"response\":{\"id\":\"resp_1\",\"model\":\"gpt-5\",",
        "\"status\":\"in_progress\",\"error\":null,\"usage\":null}}\n\n",
        "event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\",\"item\":{\"id\":\"msg\",\"status\":\"completed\"}}\n\n",
        "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"Hi\"}\n\n",
        "event: response.output_text.delta\ndata: {\"type\":\"response.output_text.delta\",\"delta\":\"usage\"}\n\n",
        "event: response.incomplete\ndata: {\"type\":\"response.incomplete\",\"response\":{\"id\":\"resp_1\",\"model\":\"gpt-5\",",
        "\"status\":\"incomplete\",\"error\":null,\"incomplete_details\":{\"reason\":\"max_output_tokens\"},\"output\":[{\"content\":\"\\\"\"}],",
        "\"usage\":{\"input_tokens\":9,\"input_tokens_details\":{\"cached_tokens\":3},\"output_tokens\":5,\"output_tokens_details\":{\"reasoning_tokens\":2}}}}\n\n",
    );
    for api in [Api::OpenAiResponses, Api::Unknown] {
        let (facts, progress) = read_as(api, SSE, None, stream.as_bytes());
        assert_eq!(facts.usage, Some(Usage::new(9, 5).with_cache_read(3).with_reasoning(2)));
        assert_eq!(facts.finish_reasons.as_slice(), ["max_output_tokens"]);
        assert_eq!((facts.id.as_deref(), facts.events), (Some("resp_1"), 5));
        assert!(facts.terminal && facts.error.is_none());
        assert_eq!(progress.len(), 2);
    }
}

#[test]
fn errors() {
    for (api, body, error) in [
        (
            Api::OpenAiChat,
            r#"{"error":{"message":"m","type":"insufficient_quota","code":"quota.1"}}"#,
            Some("quota.1"),
        ),
        (
            Api::OpenAiChat,
            r#"{"error":{"message":"m","type":"invalid_request_error","code":null}}"#,
            Some("invalid_request_error"),
        ),
        (Api::OpenAiChat, r#"{"error":{"message":"m","code":429}}"#, Some("429")),
        (
            Api::OpenAiChat,
            r#"{"error":{"code":"a sentence, sk-secret","type":"server_error"}}"#,
            Some("server_error"),
        ),
        (Api::OpenAiChat, r#"{"error":{"message":"m"}}"#, Some("_OTHER")),
        (Api::OpenAiChat, r#"{"error":"model not found"}"#, Some("_OTHER")),
        (Api::OpenAiChat, r#"{"error":null,"id":"x"}"#, None),
        (
            Api::OpenAiChat,
            r#"{"object":"error","message":"m","type":"rate_limited","code":"1300"}"#,
            Some("1300"),
        ),
        (
            Api::AnthropicMessages,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
            Some("overloaded_error"),
        ),
        (
            Api::Unknown,
            r#"{"type":"error","error":{"type":"overloaded_error","message":"m"}}"#,
            Some("overloaded_error"),
        ),
        (
            Api::OpenAiResponses,
            r#"{"id":"r","status":"failed","error":{"code":"server_error","message":"m"}}"#,
            Some("server_error"),
        ),
        (Api::OpenAiResponses, r#"{"id":"r","status":"completed","error":null}"#, None),
    ] {
        assert_eq!(read(api, JSON, body).error.as_deref(), error, "{body}");
    }
}

#[test]
fn a_refusal_may_have_any_shape() {
    let body = r#"{"message":"m","type":"BadRequestError","code":400}"#;
    for (status, error) in [(200, None), (400, Some("400"))] {
        let mut reader = ReplyReader::new(Api::OpenAiChat, &ReplyHead::new(status, JSON, None));
        reader.push(body.as_bytes());
        assert_eq!(reader.facts().error.as_deref(), error);
    }
}

#[test]
fn errors_in_a_stream() {
    let openai = "data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n\
                  data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"x\"}}]}\n\n\
                  data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\"}}\n\n";
    assert_eq!(read(Api::OpenAiChat, SSE, openai).error.as_deref(), Some("server_error"));
    for (api, event, error) in [
        (
            Api::AnthropicMessages,
            r#"{"type":"error","error":{"type":"overloaded_error"}}"#,
            "overloaded_error",
        ),
        (
            Api::OpenAiResponses,
            r#"{"type":"error","code":"rate_limit_exceeded","message":"m"}"#,
            "rate_limit_exceeded",
        ),
        (
            Api::OpenAiResponses,
            r#"{"type":"response.failed","response":{"status":"failed","error":{"code":"server_error"}}}"#,
            "server_error",
        ),
    ] {
        let facts = read(api, SSE, &format!("event: x\ndata: {event}\n\n"));
        assert_eq!((facts.error.as_deref(), facts.terminal), (Some(error), true), "{event}");
    }
}

#[test]
fn the_framing_is_found() {
    let json = r#"{"id":"c","model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    let sse = format!("data: {json}\n\ndata: [DONE]\n\n");
    for content_type in [None, JSON, SSE, Some("text/plain"), Some("application/octet-stream")] {
        assert_eq!(read(Api::OpenAiChat, content_type, json).usage, usage(1, 2));
        assert_eq!(read(Api::OpenAiChat, content_type, &sse).usage, usage(1, 2));
        assert!(!read(Api::OpenAiChat, content_type, json).streamed);
        assert!(read(Api::OpenAiChat, content_type, &sse).streamed);
    }
    for content_type in [Some("text/html"), Some("audio/mpeg")] {
        assert_eq!(read(Api::OpenAiChat, content_type, json), ReplyFacts::default());
    }
    assert_eq!(read(Api::OpenAiChat, None, "<html>"), ReplyFacts::default());
    assert_eq!(read(Api::OpenAiChat, JSON, ""), ReplyFacts::default());
}

#[test]
fn lines() {
    let lines = "{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"role\":\"assistant\"}}]}\n\
                 {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\
                 {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"!\"}}]}\r\n\n\
                 {\"id\":\"c\",\"model\":\"m\",\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}";
    for content_type in
        ["application/x-ndjson", "application/stream+json; charset=utf-8", "application/jsonl"]
    {
        for end in ["\n", ""] {
            let body = format!("{lines}{end}");
            let (facts, progress) = read_as(Api::OpenAiChat, Some(content_type), None, body.as_bytes());
            assert_eq!((facts.usage, facts.events), (usage(1, 2), 4));
            assert!(facts.streamed && !facts.unreadable);
            assert_eq!(progress.iter().filter(|progress| progress.first_output).count(), 1);
        }
    }
    let cut = read(Api::OpenAiChat, Some("application/x-ndjson"), "{\"id\":\"c\"}\n{\"usage\":{");
    assert_eq!((cut.events, cut.unreadable), (1, true));
}

#[test]
fn several_documents_are_a_stream() {
    let first = r#"{"id":"c","model":"m","choices":[{"delta":{"content":"Hi"}}]}"#;
    let last = r#"{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    for between in ["", "\n", "\r\n\r\n "] {
        for end in ["", "\n"] {
            let body = format!("{first}{between}{first}{between}{last}{end}");
            let (facts, progress) = read_as(Api::OpenAiChat, JSON, None, body.as_bytes());
            assert_eq!((facts.usage, facts.events), (usage(1, 2), 3));
            assert!(facts.streamed && !facts.unreadable && !facts.terminal);
            assert_eq!(progress.iter().filter(|progress| progress.first_output).count(), 1);
        }
    }
    let one = read(Api::OpenAiChat, JSON, &format!("{last}\n\n"));
    assert_eq!((one.streamed, one.terminal, one.events, one.unreadable), (false, true, 0, false));
    let cut = read(Api::OpenAiChat, JSON, &format!("{first}\n{{\"id\""));
    assert_eq!((cut.streamed, cut.terminal, cut.events, cut.unreadable), (true, false, 1, true));
    let other = read(Api::OpenAiChat, JSON, &format!("{last}\n, {first}"));
    assert_eq!((other.streamed, other.usage, other.unreadable), (false, usage(1, 2), true));
}

fn read_array(status: u16, streaming: bool, body: &str) -> ReplyFacts {
    let read = |size: usize| {
        let head = ReplyHead::new(status, JSON, None).streaming(streaming);
        let mut reader = ReplyReader::new(Api::OpenAiChat, &head);
        let progress = body.as_bytes().chunks(size).map(|frame| reader.push(frame));
        let ends = progress.filter(|progress| progress.terminal).count();
        reader.finish();
        assert_eq!(ends, usize::from(reader.facts().terminal));
        reader.into_facts()
    };
    let whole = read(body.len());
    for size in 1..body.len() {
        assert_eq!(read(size), whole, "by {size}");
    }
    whole
}

#[test]
fn the_elements_of_an_array() {
    let array = "[{\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n,\r\n\
                 {\"choices\":[],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n]\n";
    let facts = read_array(200, true, array);
    assert_eq!((facts.usage, facts.events), (usage(1, 2), 2));
    assert!(facts.streamed && facts.terminal && !facts.unreadable);

    // Where nothing asked for a stream it is a document like any other, with nothing in it that is known.
    let document = ReplyFacts { terminal: true, ..ReplyFacts::default() };
    assert_eq!(read_array(200, false, array), document);
    assert_eq!(read_array(200, true, " [ ] ").events, 0);
    assert!(read_array(200, true, " [ ] ").terminal);
    assert!(!read_array(200, true, "{\"id\":\"c\"}").streamed);

    let refusal = read_array(429, true, "[{\"error\":{\"code\":429,\"message\":\"m\",\"status\":\"s\"}}\n]");
    assert_eq!((refusal.error.as_deref(), refusal.streamed), (Some("429"), false));

    for (cut, events) in [("[", 0), ("[{\"id\":1},", 1), ("[{\"id\":1}", 1), ("[{\"id\":1},{\"usage\"", 1)] {
        let facts = read_array(200, true, cut);
        assert_eq!((facts.events, facts.terminal, facts.unreadable), (events, false, true), "{cut}");
    }
    for odd in ["[{}{}]", "[{},]", "[,{}]", "[{}],", "[}]", "[{}]{}"] {
        assert!(read_array(200, true, odd).unreadable, "{odd}");
    }
}

const EVENT_STREAM: Option<&str> = Some("application/vnd.amazon.eventstream");

#[test]
fn an_event_stream_of_a_vendors_events() {
    let events = ANTHROPIC.split("data: ").skip(1).map(|event| event.split('\n').next().unwrap());
    let stream: Vec<u8> = events.flat_map(|event| encode::chunk(event.as_bytes())).collect();
    for api in [Api::AnthropicMessages, Api::Unknown] {
        let (facts, _) = read_as(api, EVENT_STREAM, None, &stream);
        let whole = read(api, SSE, ANTHROPIC);
        assert_eq!(facts, whole);
    }
    let (facts, _) = read_as(Api::AnthropicMessages, EVENT_STREAM, None, &stream[..stream.len() - 3]);
    assert_eq!((facts.events, facts.terminal, facts.unreadable), (5, false, true));
}

#[test]
fn an_event_stream_that_fails() {
    let exception = [(":message-type", "exception"), (":exception-type", "modelStreamErrorException")];
    let stream = [encode::event("x", b"{}"), encode::message(&exception, br#"{"message":"m"}"#)].concat();
    let (facts, progress) = read_as(Api::AnthropicMessages, EVENT_STREAM, None, &stream);
    assert_eq!(facts.error.as_deref(), Some("modelStreamErrorException"));
    assert!(facts.streamed && facts.terminal && !facts.unreadable);
    assert_eq!((facts.events, progress.len()), (2, 1));
    // What is no event stream at all.
    let (facts, _) = read_as(Api::AnthropicMessages, EVENT_STREAM, None, br#"{"type":"message"}"#);
    assert!(facts.unreadable && facts.usage.is_none());
}

#[test]
fn other_json_is_no_reply_of_a_model() {
    let facts = read(Api::Unknown, JSON, r#"{"id":"job-1","model":"T1000","status":"completed"}"#);
    assert_eq!((facts.id, facts.model, facts.usage), (None, None, None));
    let facts = read(
        Api::Unknown,
        JSON,
        r#"{"id":"m","type":"message","model":"claude","usage":{"input_tokens":1,"cache_read_input_tokens":2,"output_tokens":3}}"#,
    );
    assert_eq!(facts.model.as_deref(), Some("claude"));
    assert_eq!(facts.usage, Some(Usage::new(3, 3).with_cache_read(2)));
}

#[test]
fn what_is_not_json_is_unreadable() {
    for body in [
        r#"{"id":"c","usage":{"prompt_tokens":1]"#,
        r#"{"id" "c"}"#,
        "{]",
        r#"{"id":"c"}}"#,
        r#"{"a":[}"#,
        r#"{"id":nil}"#,
        "{,}",
    ] {
        assert!(read(Api::OpenAiChat, JSON, body).unreadable, "{body}");
    }
    let facts = read(Api::OpenAiChat, JSON, r#"{"id":"c","model":"m","choices":[{"mess"#);
    assert!(facts.unreadable && !facts.terminal);
    assert_eq!(facts.model.as_deref(), Some("m"));
    // One broken event does not spoil the next.
    let facts = read(
        Api::OpenAiChat,
        SSE,
        "data: {\"a\n\ndata: {\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}\n\n",
    );
    assert_eq!((facts.usage, facts.unreadable), (usage(1, 2), true));
}

#[test]
fn an_event_without_its_blank_line() {
    let facts = read(Api::OpenAiChat, SSE, "data: {\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2}}");
    assert_eq!((facts.usage, facts.events, facts.unreadable), (usage(1, 2), 1, false));
    let facts = read(Api::OpenAiChat, SSE, "data: {\"id\":\"c\",\"cho");
    assert_eq!((facts.events, facts.unreadable), (0, true));
    assert!(read(Api::OpenAiChat, SSE, "data: [DONE]").terminal);
}

#[test]
fn the_second_event_of_a_kind_is_not_mistaken() {
    // Long enough for the shape to be learnt, then an event of the same shape whose text would be a key that
    // tells.
    let chunk = |text: &str| {
        format!(
            "data: {{\"id\":\"c\",\"model\":\"m\",\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}]}}\n\n"
        )
    };
    let mut stream: String =
        ["a", "b", "c", "prompt_tokens", "error", "finish_reason", r#"q\""#, "d"].map(chunk).concat();
    stream.push_str("data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"stop\"}]}\n\n");
    let facts = read(Api::OpenAiChat, SSE, &stream);
    assert_eq!((facts.events, facts.unreadable), (9, false));
    assert_eq!(facts.finish_reasons.as_slice(), ["stop"]);
}

#[test]
fn depth_has_no_limit() {
    let deep = format!(
        r#"{{"choices":{}{},"usage":{{"prompt_tokens":1,"completion_tokens":2}}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let mut reader = ReplyReader::new(Api::OpenAiChat, &ReplyHead::new(200, JSON, None));
    reader.push(deep.as_bytes());
    assert_eq!(reader.facts().usage, usage(1, 2));
}

#[test]
fn a_large_event_is_read_in_parts() {
    let text = "word ".repeat(1_000_000);
    let event = format!(
        "event: response.completed\ndata: {{\"type\":\"response.completed\",\"response\":{{\"id\":\"r\",\"model\":\"gpt-5\",\"status\":\"completed\",\
         \"output\":[{{\"text\":\"{text}\"}}],\"usage\":{{\"input_tokens\":1,\"output_tokens\":2}}}}}}\n\n"
    );
    for size in [event.len(), 1000, 65_536] {
        let mut reader = ReplyReader::new(Api::OpenAiResponses, &ReplyHead::new(200, SSE, None));
        event.as_bytes().chunks(size).for_each(|frame| {
            reader.push(frame);
        });
        let facts = reader.into_facts();
        assert_eq!((facts.usage, facts.events), (usage(1, 2), 1));
        assert_eq!(facts.finish_reasons.as_slice(), ["completed"]);
        assert!(facts.terminal);
    }
}

fn gzip(body: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(body).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn encodings() {
    let body = br#"{"id":"c","model":"m","usage":{"prompt_tokens":1,"completion_tokens":2}}"#;
    for encoding in ["gzip", "X-GZIP", "identity, gzip"] {
        let facts = read_as(Api::OpenAiChat, JSON, Some(encoding), &gzip(body)).0;
        assert_eq!((facts.usage, facts.unreadable), (usage(1, 2), false), "{encoding}");
    }
    // Neither known, nor what it says it is.
    for encoding in ["compress", "gzip, gzip, gzip", "gzip", "br", "zstd"] {
        let facts = read_as(Api::OpenAiChat, JSON, Some(encoding), body).0;
        assert_eq!((facts.usage, facts.unreadable), (None, true), "{encoding}");
    }
}

#[test]
fn a_compressed_event_does_not_wait_for_the_next() {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder
        .write_all(b"data: {\"id\":\"c\",\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n")
        .unwrap();
    encoder.flush().unwrap();
    let mut reader = ReplyReader::new(Api::OpenAiChat, &ReplyHead::new(200, SSE, Some("gzip")));
    assert!(reader.push(encoder.get_ref()).first_output);
}

#[test]
fn a_bomb_is_given_up() {
    let bomb = gzip(&vec![b' '; 64 << 20]);
    let mut reader = ReplyReader::new(Api::OpenAiChat, &ReplyHead::new(200, JSON, Some("gzip")));
    reader.push(&bomb);
    reader.finish();
    assert!(reader.facts().unreadable);
}

/// Streams whose every chunk states the counts so far, with an end of several kinds.
#[test]
fn counts_that_each_event_replaces() {
    type Chunk<'a> = &'a dyn Fn(&str, u64, &str) -> String;

    let gemini = |text: &str, count: u64, more: &str| {
        format!(
            "data: {{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"{text}\"}}],\"role\":\"model\"}}{more}}}],\
             \"usageMetadata\":{{\"promptTokenCount\":9,\"candidatesTokenCount\":{count}}},\
             \"modelVersion\":\"gemini-2.5-flash\",\"responseId\":\"r1\"}}\r\n\r\n"
        )
    };
    let vllm = |text: &str, count: u64, more: &str| {
        let reason = if more.is_empty() { "null" } else { "\"stop\"" };
        format!(
            "data: {{\"id\":\"c1\",\"model\":\"llama\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\
             \"finish_reason\":{reason}}}],\"usage\":{{\"prompt_tokens\":9,\"completion_tokens\":{count}}}}}\n\n"
        )
    };
    let endings = [
        ("", 20),
        // Another shape, of which the counts are the last.
        ("last", 21),
        // Cut in the middle of an event.
        ("cut", 20),
    ];
    for (api, chunk) in [(Api::GeminiGenerate, &gemini as Chunk<'_>), (Api::OpenAiChat, &vllm)] {
        let chunks: String = (1..=20u8)
            .map(|count| chunk(["", "a", "a word"][usize::from(count % 3)], count.into(), ""))
            .collect();
        for (ending, output) in endings {
            let body = match ending {
                "last" => chunks.clone() + &chunk("end", 21, ",\"finishReason\":\"STOP\""),
                "cut" => chunks.clone() + "data: {\"usage",
                _ => chunks.clone(),
            };
            let facts = read(api, SSE, &body);
            assert_eq!(facts.usage, usage(9, output), "{api:?} {ending}");
            assert_eq!(facts.events, 20 + u64::from(ending == "last"));
            assert_eq!(facts.finish_reasons.len(), usize::from(ending == "last"));
        }
        // In the middle of the stream the reader can be asked to catch up.
        let mut reader = ReplyReader::new(api, &ReplyHead::new(200, SSE, None));
        reader.push(chunks.as_bytes());
        reader.catch_up();
        assert_eq!(reader.facts().usage, usage(9, 20));
    }
}
