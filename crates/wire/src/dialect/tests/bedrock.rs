use std::time::Duration;

use super::{EVENT_STREAM, JSON, read, read_with_status, stream, usage};
use crate::{
    Usage,
    framing::encode::{chunk, event, message},
};

const CONVERSE: &str = "/model/amazon.nova-lite-v1%3A0/converse";
const CONVERSE_STREAM: &str = "/model/amazon.nova-lite-v1%3A0/converse-stream";
const INVOKE: &str = "/model/amazon.nova-lite-v1%3A0/invoke";
const INVOKE_STREAM: &str = "/model/amazon.nova-lite-v1%3A0/invoke-with-response-stream";

#[test]
fn converse() {
    let facts = read(
        CONVERSE,
        JSON,
        r#"{"metrics":{"latencyMs":2135},"output":{"message":{"content":[{"text":"\"usage\":{"}],"role":"assistant"}},"stopReason":"end_turn",
            "trace":{"guardrail":{"inputAssessment":{"g":{"invocationMetrics":{"usage":{"topicPolicyUnits":1}}}}}},
            "usage":{"inputTokens":20,"outputTokens":72,"totalTokens":1892,"cacheReadInputTokens":1500,"cacheWriteInputTokens":300,
                     "cacheDetails":[{"ttl":"5m","inputTokens":100},{"inputTokens":200,"ttl":"1h"}]},
            "serviceTier":{"type":"flex"}}"#,
    );
    let mut expected = Usage::new(1820, 72).with_cache_read(1500).with_cache_write(300);
    expected.cache_write_1h = Some(200);
    assert_eq!(facts.usage, Some(expected));
    assert_eq!(
        (facts.finish_reasons.as_slice(), facts.service_tier.as_deref()),
        (&["end_turn".into()][..], Some("flex"))
    );
    assert_eq!(facts.head.unwrap().processing, Some(Duration::from_millis(2135)));
}

#[test]
fn the_total_tells_where_the_cache_is() {
    let body = |total| {
        format!(
            r#"{{"stopReason":"end_turn","usage":{{"inputTokens":2000,"outputTokens":10,"totalTokens":{total},"cacheReadInputTokens":1500}}}}"#
        )
    };
    assert_eq!(read(CONVERSE, JSON, body(3510)).usage, Some(Usage::new(3500, 10).with_cache_read(1500)));
    assert_eq!(read(CONVERSE, JSON, body(2010)).usage, Some(Usage::new(2000, 10).with_cache_read(1500)));
}

fn converse_events() -> Vec<Vec<u8>> {
    [
        ("messageStart", r#"{"p":"abc","role":"assistant"}"#),
        ("contentBlockStart", r#"{"contentBlockIndex":0,"start":{},"p":"ab"}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":""},"p":"abcdefgh"}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"Hi"},"p":"a"}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"text":"!"},"p":"abcd"}"#),
        ("contentBlockStop", r#"{"contentBlockIndex":0,"p":"abcdefghijklmnopqrstu"}"#),
        ("messageStop", r#"{"p":"ab","stopReason":"max_tokens"}"#),
        ("metadata", r#"{"metrics":{"latencyMs":638},"p":"abc","usage":{"inputTokens":52,"outputTokens":36,"totalTokens":88}}"#),
    ]
    .map(|(kind, payload)| event(kind, payload.as_bytes()))
    .into()
}

#[test]
fn a_converse_stream() {
    let events = converse_events();
    let read = stream(CONVERSE_STREAM, EVENT_STREAM, &events);
    assert_eq!((read.facts.usage, read.facts.events), (usage(52, 36), 8));
    assert_eq!(read.facts.finish_reasons.as_slice(), ["max_tokens"]);
    assert_eq!((read.first_output, read.terminal), (Some(3), Some(7)));
    assert_eq!(read.facts.head.unwrap().processing, Some(Duration::from_millis(638)));

    let cut = stream(CONVERSE_STREAM, EVENT_STREAM, &events[..7]);
    assert_eq!((cut.facts.usage, cut.terminal), (None, None));
    assert_eq!(cut.facts.finish_reasons.as_slice(), ["max_tokens"]);
}

#[test]
fn a_converse_stream_with_metrics_and_no_metadata() {
    let mut events = converse_events();
    events.truncate(6);
    events.push(event(
        "messageStop",
        br#"{"stopReason":"end_turn","amazon-bedrock-invocationMetrics":{"inputTokenCount":5,"outputTokenCount":7,"cacheReadInputTokenCount":100,"invocationLatency":9}}"#,
    ));
    let read = stream(CONVERSE_STREAM, EVENT_STREAM, &events);
    assert_eq!((read.facts.usage, read.terminal), (Some(Usage::new(105, 7).with_cache_read(100)), Some(6)));
}

#[test]
fn tools_and_reasoning_are_output() {
    for (kind, payload) in [
        ("contentBlockStart", r#"{"contentBlockIndex":0,"start":{"toolUse":{"toolUseId":"t","name":"f"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"toolUse":{"input":"{"}}}"#),
        ("contentBlockDelta", r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"Hm"}}}"#),
    ] {
        let events = [event("messageStart", br#"{"role":"assistant"}"#), event(kind, payload.as_bytes())];
        assert_eq!(stream(CONVERSE_STREAM, EVENT_STREAM, &events).first_output, Some(1));
    }
}

#[test]
fn errors() {
    let exception = message(
        &[
            (":message-type", "exception"),
            (":exception-type", "throttlingException"),
            (":content-type", JSON),
        ],
        br#"{"message":"Too many tokens"}"#,
    );
    for path in [CONVERSE_STREAM, INVOKE_STREAM] {
        let read = stream(path, EVENT_STREAM, &[converse_events()[0].clone(), exception.clone()]);
        assert_eq!((read.facts.error.as_deref(), read.terminal), (Some("throttlingException"), Some(1)));
    }
    for (path, body) in [
        (CONVERSE, r#"{"__type":"ThrottlingException","message":"Too many requests"}"#),
        (
            INVOKE,
            r#"{"message":"Too many requests","__type":"com.amazon.coral.service#ThrottlingException"}"#,
        ),
    ] {
        assert_eq!(
            read_with_status(path, 429, JSON, body.as_bytes()).error.as_deref(),
            Some("ThrottlingException")
        );
    }
}

const METRICS: &str = r#""amazon-bedrock-invocationMetrics":{"inputTokenCount":16,"outputTokenCount":21,"invocationLatency":738,"firstByteLatency":378}"#;

fn vendor(events: &[&str]) -> Vec<Vec<u8>> {
    events.iter().map(|event| chunk(event.replace("METRICS", METRICS).as_bytes())).collect()
}

#[test]
fn streams_of_vendors() {
    let anthropic = &[
        r#"{"type":"message_start","message":{"id":"msg","model":"claude","usage":{"input_tokens":16,"output_tokens":1}}}"#,
        r#"{"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#,
        r#"{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}"#,
        r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":21}}"#,
        r#"{"type":"message_stop",METRICS}"#,
    ][..];
    let nova = &[
        r#"{"messageStart":{"role":"assistant"}}"#,
        r#"{"contentBlockDelta":{"delta":{"text":""},"contentBlockIndex":0}}"#,
        r#"{"contentBlockDelta":{"delta":{"text":"Hi"},"contentBlockIndex":0}}"#,
        r#"{"messageStop":{"stopReason":"end_turn"}}"#,
        r#"{"metadata":{"usage":{"inputTokens":16,"outputTokens":21},"metrics":{},"trace":{}},METRICS}"#,
    ];
    let titan = &[
        r#"{"outputText":"","index":0,"totalOutputTextTokenCount":null,"completionReason":null,"inputTextTokenCount":16}"#,
        r#"{"outputText":"","index":0,"totalOutputTextTokenCount":null,"completionReason":null,"inputTextTokenCount":null}"#,
        r#"{"outputText":"Hi","index":0,"totalOutputTextTokenCount":null,"completionReason":null,"inputTextTokenCount":null}"#,
        r#"{"outputText":"!","index":0,"totalOutputTextTokenCount":null,"completionReason":null,"inputTextTokenCount":null}"#,
        r#"{"outputText":"","index":0,"totalOutputTextTokenCount":21,"completionReason":"end_turn","inputTextTokenCount":16,METRICS}"#,
    ];
    let llama = &[
        r#"{"generation":"","prompt_token_count":16,"generation_token_count":1,"stop_reason":null}"#,
        r#"{"generation":"","prompt_token_count":null,"generation_token_count":2,"stop_reason":null}"#,
        r#"{"generation":"Hi","prompt_token_count":null,"generation_token_count":3,"stop_reason":null}"#,
        r#"{"generation":"!","prompt_token_count":null,"generation_token_count":4,"stop_reason":null}"#,
        r#"{"generation":"","prompt_token_count":null,"generation_token_count":21,"stop_reason":"end_turn",METRICS}"#,
    ];
    let mistral = &[
        r#"{"outputs":[{"text":"","stop_reason":null}]}"#,
        r#"{"outputs":[{"text":"","stop_reason":null}]}"#,
        r#"{"outputs":[{"text":"Hi","stop_reason":null}]}"#,
        r#"{"outputs":[{"text":"!","stop_reason":null}]}"#,
        r#"{"outputs":[{"text":"","stop_reason":"end_turn"}],METRICS}"#,
    ];
    let openai = &[
        r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}"#,
        r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":""}}]}"#,
        r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"Hi"}}]}"#,
        r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{},"finish_reason":"end_turn"}]}"#,
        r#"{"id":"c","model":"m","choices":[],"usage":{"prompt_tokens":16,"completion_tokens":21},METRICS}"#,
    ];
    let cohere = &[
        r#"{"is_finished":false,"event_type":"stream-start"}"#,
        r#"{"is_finished":false,"event_type":"text-generation","text":""}"#,
        r#"{"is_finished":false,"event_type":"text-generation","text":"Hi"}"#,
        r#"{"is_finished":false,"event_type":"text-generation","text":"!"}"#,
        r#"{"is_finished":true,"event_type":"stream-end","finish_reason":"end_turn","response":{"text":"Hi!","finish_reason":"end_turn"},METRICS}"#,
    ];
    for events in [anthropic, nova, titan, llama, mistral, openai, cohere] {
        let read = stream(INVOKE_STREAM, EVENT_STREAM, &vendor(events));
        assert_eq!((read.facts.usage, read.facts.events), (usage(16, 21), 5), "{events:?}");
        assert_eq!(read.facts.finish_reasons.as_slice(), ["end_turn"], "{events:?}");
        assert_eq!((read.first_output, read.terminal), (Some(2), Some(4)), "{events:?}");
        assert_eq!(read.facts.head.unwrap().processing, Some(Duration::from_millis(738)));
        assert!(!read.facts.unreadable);
    }
    // What came before a cut is known where the vendor counts as it goes.
    for (events, known) in [
        (anthropic, Some((Some(16), Some(21)))),
        (llama, Some((Some(16), Some(4)))),
        (titan, None),
        (nova, None),
    ] {
        let cut = stream(INVOKE_STREAM, EVENT_STREAM, &vendor(&events[..4]));
        assert_eq!(cut.facts.usage.map(|usage| (usage.input, usage.output)), known, "{events:?}");
        assert_eq!(cut.terminal, None);
    }
}

#[test]
fn a_cache_beside_the_input_of_a_stream() {
    let read = stream(
        INVOKE_STREAM,
        EVENT_STREAM,
        &vendor(&[
            r#"{"type":"message_start","message":{"id":"msg","model":"claude","usage":{"input_tokens":4,"cache_creation_input_tokens":100,"cache_read_input_tokens":10,"cache_creation":{"ephemeral_5m_input_tokens":60,"ephemeral_1h_input_tokens":40},"output_tokens":1}}}"#,
            r#"{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":50}}"#,
            r#"{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":4,"outputTokenCount":50,"cacheReadInputTokenCount":10,"cacheWriteInputTokenCount":100}}"#,
        ]),
    );
    let mut expected = Usage::new(114, 50).with_cache_read(10).with_cache_write(100);
    expected.cache_write_1h = Some(40);
    assert_eq!(read.facts.usage, Some(expected));
}

#[test]
fn whole_replies_of_vendors() {
    for (body, counts, reasons) in [
        (
            r#"{"id":"msg","type":"message","model":"claude","content":[],"stop_reason":"end_turn","usage":{"input_tokens":4,"cache_read_input_tokens":10,"output_tokens":50}}"#,
            Some((14, 50)),
            &["end_turn"][..],
        ),
        (
            r#"{"output":{"message":{}},"stopReason":"end_turn","usage":{"inputTokens":4,"outputTokens":50,"totalTokens":64,"cacheReadInputTokenCount":10,"cacheWriteInputTokenCount":0}}"#,
            Some((14, 50)),
            &["end_turn"],
        ),
        (
            r#"{"inputTextTokenCount":14.0,"results":[{"tokenCount":50.0,"outputText":"x","completionReason":"FINISH"}]}"#,
            Some((14, 50)),
            &["FINISH"],
        ),
        (
            r#"{"generation":"x","prompt_token_count":14,"generation_token_count":50,"stop_reason":"length"}"#,
            Some((14, 50)),
            &["length"],
        ),
        (
            r#"{"id":"c","choices":[{"index":0,"message":{},"stop_reason":"stop"}],"usage":{"prompt_tokens":14,"completion_tokens":50,"total_tokens":64}}"#,
            Some((14, 50)),
            &["stop"],
        ),
        (
            r#"{"outputs":[{"text":"x","stop_reason":"stop"},{"text":"y","stop_reason":"length"}]}"#,
            None,
            &["stop", "length"],
        ),
        (
            r#"{"id":"c","generations":[{"id":"g","text":"x","finish_reason":"COMPLETE"}],"prompt":"p"}"#,
            None,
            &["COMPLETE"],
        ),
        (
            r#"{"id":1234,"prompt":{"tokens":[]},"completions":[{"data":{"text":"x"},"finishReason":{"reason":"endoftext"}}]}"#,
            None,
            &["endoftext"],
        ),
        (
            r#"{"type":"completion","completion":"x","stop_reason":"stop_sequence","stop":"\n\nHuman:"}"#,
            None,
            &["stop_sequence"],
        ),
    ] {
        let facts = read(INVOKE, JSON, body);
        let read = facts.usage.map(|usage| (usage.input.unwrap(), usage.output.unwrap()));
        assert_eq!(
            (read, facts.finish_reasons.as_slice().to_vec()),
            (counts, reasons.iter().map(|reason| (*reason).into()).collect()),
            "{body}"
        );
    }
    let embedding = read(INVOKE, JSON, r#"{"embedding":[0.1],"inputTextTokenCount":8}"#);
    assert_eq!(embedding.usage.and_then(|usage| usage.input), Some(8));
    let images = read(INVOKE, JSON, r#"{"images":["aWZn","aWZn"],"error":null}"#);
    assert_eq!((images.billing.unwrap().images, images.error), (Some(2), None));
}

#[test]
fn a_fault_in_the_head() {
    use crate::{Api, ReplyHead, ReplyReader};
    let mut reader = ReplyReader::new(Api::BedrockConverse, &ReplyHead::new(400, Some(JSON), None));
    reader.read_header(
        "x-amzn-ErrorType",
        b"ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/",
    );
    reader.push(br#"{"message":"The provided model identifier is invalid."}"#);
    reader.finish();
    assert_eq!(reader.facts().error.as_deref(), Some("ValidationException"));
}

#[test]
fn headers_fill_what_the_body_leaves_out() {
    use crate::{Api, ReplyHead, ReplyReader};
    let read = |body: &str| {
        let mut reader = ReplyReader::new(Api::BedrockInvoke, &ReplyHead::new(200, Some(JSON), None));
        for (name, value) in
            [("x-amzn-bedrock-input-token-count", "30"), ("x-amzn-bedrock-output-token-count", "51")]
        {
            reader.read_header(name, value.as_bytes());
        }
        reader.push(body.as_bytes());
        reader.finish();
        reader.into_facts().usage
    };
    assert_eq!(read(r#"{"output":{},"usage":{"inputTokens":30}}"#), usage(30, 51));
    assert_eq!(read(r#"{"generations":[]}"#), usage(30, 51));
    assert_eq!(read(r#"{"usage":{"prompt_tokens":6,"completion_tokens":100}}"#), usage(6, 100));
}

#[test]
fn a_guardrail_that_kept_the_model_from_being_asked() {
    let events = vendor(&[
        r#"{"outputText":"Input blocked","index":0.0,"totalOutputTextTokenCount":3.0,"inputTextTokenCount":6.0,"amazon-bedrock-guardrailAction":"INTERVENED"}"#,
    ]);
    let read = stream(INVOKE_STREAM, EVENT_STREAM, &events);
    assert_eq!((read.facts.usage, read.terminal), (None, Some(0)));
}
