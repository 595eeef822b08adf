use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::{Value, json};

use super::{CUT, Content, Part};
use crate::{Api, ReplyHead, ReplyReader, RequestHead, RequestReader};

fn request_in(api: Api, frames: &[&[u8]], limit: usize) -> Content {
    let mut reader = RequestReader::new(api, &RequestHead::default());
    reader.keep_content(api, limit);
    for frame in frames {
        reader.push(frame);
    }
    reader.take_content().unwrap()
}

fn request(api: Api, body: &Value, limit: usize) -> Content {
    let body = body.to_string();
    let whole = request_in(api, &[body.as_bytes()], limit);
    for size in [1, 3, 1000] {
        let frames: Vec<_> = body.as_bytes().chunks(size).collect();
        assert_eq!(json(&request_in(api, &frames, limit)), json(&whole), "in frames of {size}");
    }
    whole
}

fn reply_in(api: Api, content_type: &str, frames: &[&[u8]], limit: usize) -> Content {
    let mut reader = ReplyReader::new(api, &ReplyHead::new(200, Some(content_type), None));
    reader.keep_content(api, limit);
    for frame in frames {
        reader.push(frame);
    }
    reader.finish();
    reader.take_content().unwrap()
}

fn stream(api: Api, events: &[Value], limit: usize) -> Content {
    let body = sse(events.iter().map(Value::to_string));
    let whole = reply_in(api, "text/event-stream", &[body.as_bytes()], limit);
    for size in [1, 3, 1000] {
        let frames: Vec<_> = body.as_bytes().chunks(size).collect();
        let split = reply_in(api, "text/event-stream", &frames, limit);
        assert_eq!(json(&split), json(&whole), "in frames of {size}");
    }
    whole
}

fn sse(events: impl Iterator<Item = String>) -> String {
    events.flat_map(|event| ["data: ".to_owned(), event, "\n\n".to_owned()]).collect()
}

fn json(content: &Content) -> Value {
    serde_json::to_value(content).unwrap()
}

#[test]
fn media_is_measured_and_never_kept() {
    let picture = "aGVsbG8=";
    let hash = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let body = json!({"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": format!("data:image/png;base64,{picture}")}},
        {"type": "input_audio", "input_audio": {"data": picture, "format": "wav"}},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "file", "file": {"file_id": "file-1"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,no*base64"}},
    ]}]});
    let blob = |modality, mime_type| json!({"type": "blob", "modality": modality, "mime_type": mime_type, "content": "", "size": 5, "sha256": hash});
    assert_eq!(
        json(&request(Api::OpenAiChat, &body, 10_000))["input_messages"][0]["parts"],
        json!([
            blob("image", "image/png"),
            blob("audio", "audio/wav"),
            {"type": "uri", "modality": "image", "uri": "https://example.com/a.png"},
            {"type": "file", "modality": "document", "file_id": "file-1"},
            {"type": "blob", "modality": "image", "content": ""},
        ])
    );
}

#[test]
fn media_of_any_size_takes_no_room() {
    let large = "QUJD".repeat(200_000);
    let body = json!({"contents": [{"role": "user", "parts": [
        {"inlineData": {"mimeType": "video/mp4", "data": large}}, {"text": "What is this?"}]}]});
    let content = request_in(Api::GeminiGenerate, &[body.to_string().as_bytes()], 2000);
    assert!(!content.truncated);
    let parts = &json(&content)["input_messages"][0]["parts"];
    assert_eq!((&parts[0]["modality"], &parts[0]["size"]), (&json!("video"), &json!(600_000)));
    assert_eq!(parts[1]["content"], "What is this?");
    // Where it only looked like media, none of it is kept either.
    let body = json!({"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": format!("{}!", "QUJD".repeat(100))}}]}]});
    let content = request(Api::OpenAiChat, &body, 10_000);
    assert!(content.truncated && !json(&content).to_string().contains("QUJD"));
}

#[test]
fn what_is_cut_says_so_and_leaves_no_half_word() {
    let whole = format!("{}sk-0123456789", "word ".repeat(99));
    let body = json!({"messages": [{"role": "user", "content": whole}]});
    let mut cut = 0;
    for limit in 300..1200 {
        let body = body.to_string();
        let mut content = request_in(Api::OpenAiChat, &[body.as_bytes()], limit);
        content.trim_cuts();
        let Some(Part::Text { content: text }) =
            content.input_messages.first().and_then(|message| message.parts.first())
        else {
            assert!(content.truncated);
            continue;
        };
        // Beside the text there may be no room for what stands behind it.
        let is_cut = text.ends_with(CUT);
        assert!(if is_cut { content.truncated && !text.contains("sk-") } else { *text == whole }, "{text}");
        cut += usize::from(content.truncated);
    }
    assert!(cut > 100);
    let event = |text: &str| json!({"choices": [{"index": 0, "delta": {"content": text}}]});
    let events = [event("one two "), event(&"x".repeat(500)), event("never")];
    let content = stream(Api::OpenAiChat, &events, 400);
    let Part::Text { content: text } = &content.output_messages[0].parts[0] else { unreachable!() };
    assert!(content.truncated && text.ends_with(CUT) && !text.contains("never"), "{text}");
}

#[test]
fn what_is_broken_off_is_cut() {
    let body = r#"{"messages":[{"role":"user","content":"my key is sk-proj-abcd"#;
    let mut content = request_in(Api::OpenAiChat, &[body.as_bytes()], 10_000);
    assert!(content.truncated);
    content.trim_cuts();
    assert_eq!(json(&content)["input_messages"][0]["parts"][0]["content"], CUT);

    let event = |text: &str| json!({"choices": [{"index": 0, "delta": {"content": text}}]});
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]});
    let mut content = stream(Api::OpenAiChat, &[event("your key is "), event("sk-proj-abcd")], 10_000);
    assert!(content.truncated);
    content.trim_cuts();
    assert_eq!(json(&content)["output_messages"][0]["parts"][0]["content"], CUT);
    let mut content = stream(Api::OpenAiChat, &[event("your key is "), event("sk-proj-abcd"), last], 10_000);
    assert!(!content.truncated);
    content.trim_cuts();
    assert_eq!(json(&content)["output_messages"][0]["parts"][0]["content"], "your key is sk-proj-abcd");
}

#[test]
fn a_secret_with_spaces_is_never_seen_in_half() {
    let card = "4111 1111 1111 1111";
    let whole = format!("{}{card} {}", "word ".repeat(60), "word ".repeat(150));
    let body = json!({"messages": [{"role": "user", "content": whole}]}).to_string();
    for limit in 400..1600 {
        let mut content = request_in(Api::OpenAiChat, &[body.as_bytes()], limit);
        content.for_each_text(&mut |text| *text = text.replace(card, "[card]"));
        content.trim_cuts();
        assert!(!json(&content).to_string().contains("11"), "{limit}");
    }
}

#[test]
fn media_in_the_alphabet_of_urls_is_media() {
    let said = |data: &str| {
        let part = json!({"inlineData": {"mimeType": "image/png", "data": data}});
        let body = json!({"contents": [{"role": "user", "parts": [part]}]});
        json(&request(Api::GeminiGenerate, &body, 10_000))["input_messages"][0]["parts"][0].clone()
    };
    let (standard, url) = ("+/8A".repeat(3000), "-_8A".repeat(3000));
    let part = said(&url);
    assert_eq!(part["size"], 9000);
    assert_eq!(part, said(&standard));
}

#[test]
fn why_a_model_stopped_is_known_when_the_text_is_full() {
    let event = |text: &str| json!({"choices": [{"index": 0, "delta": {"content": text}}]});
    let last = json!({"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]});
    let content = stream(Api::OpenAiChat, &[event(&"many words ".repeat(100)), last], 300);
    assert_eq!(content.output_messages[0].finish_reason.as_deref(), Some("length"));
    let cut = stream(Api::OpenAiChat, &[event("few")], 300);
    assert_eq!(cut.output_messages[0].finish_reason.as_deref(), Some("error"));
}

#[test]
fn responses_are_put_together_from_what_came_first() {
    let item = json!({"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Hello"}]});
    let done = json!({"type": "response.output_item.done", "output_index": 0, "item": item});
    let delta = |text| json!({"type": "response.output_text.delta", "output_index": 0, "content_index": 0, "delta": text});
    let end = json!({"type": "response.completed", "response": {"status": "completed", "output": [item]}});
    let expected = json!([{"role": "assistant", "parts": [{"type": "text", "content": "Hello"}], "finish_reason": "stop"}]);
    let deltas = [delta("Hel"), delta("lo")];
    for events in [[&deltas[..], &[done.clone(), end.clone()]].concat(), vec![done, end.clone()], vec![end]] {
        assert_eq!(json(&stream(Api::OpenAiResponses, &events, 10_000))["output_messages"], expected);
    }
    let content = stream(Api::OpenAiResponses, &deltas, 10_000);
    assert_eq!(content.output_messages[0].finish_reason.as_deref(), Some("error"));
}

#[test]
fn tools_of_the_provider() {
    let events = [
        json!({"type": "content_block_start", "index": 0, "content_block": {"type": "server_tool_use", "id": "s1", "name": "web_search", "input": {}}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "{\"query\":"}}),
        json!({"type": "content_block_delta", "index": 0, "delta": {"type": "input_json_delta", "partial_json": "\"rust\"}"}}),
        json!({"type": "content_block_start", "index": 1, "content_block": {"type": "web_search_tool_result", "tool_use_id": "s1", "content": []}}),
    ];
    assert_eq!(
        json(&stream(Api::AnthropicMessages, &events, 10_000))["output_messages"][0]["parts"],
        json!([
            {"type": "server_tool_call", "id": "s1", "name": "web_search",
             "server_tool_call": {"type": "web_search", "input": {"query": "rust"}}},
            {"type": "server_tool_call_response", "id": "s1",
             "server_tool_call_response": {"type": "web_search_tool_result", "tool_use_id": null, "content": []}},
        ])
    );
}

#[test]
fn every_text_is_shown() {
    let body = json!({
        "system": [{"type": "text", "text": "canary1"}],
        "messages": [{"role": "user", "content": [
            {"type": "tool_result", "tool_use_id": "canary2", "content": [{"type": "text", "text": "canary3"}]},
            {"type": "image", "source": {"type": "url", "url": "https://canary4"}},
            {"type": "tool_use", "id": "canary5", "name": "canary6", "input": {"canary7": ["canary8", 9_123_456_789_u64]}},
            {"type": "other", "canary10": {"canary11": "canary12"}}]}],
        "tools": [{"name": "canary13", "description": "canary14", "input_schema": {"properties": {"canary15": {}}}}],
    });
    let mut content = request(Api::AnthropicMessages, &body, 10_000);
    content.for_each_text(&mut |text| *text = text.replace("canary", "gone").replace("9123456789", "gone9"));
    let shown = json(&content).to_string();
    assert!(!shown.contains("canary") && !shown.contains("9123456789"), "{shown}");
    for number in 1..=15 {
        assert!(shown.contains(&format!("gone{number}")), "{number}: {shown}");
    }
    assert!(!format!("{content:?}").contains("gone"));
}

#[test]
fn a_request_that_is_sent_again_is_read_again() {
    let body = json!({"messages": [{"role": "user", "content": "Hi"}]}).to_string();
    let mut reader = RequestReader::new(Api::OpenAiChat, &RequestHead::default());
    reader.keep_content(Api::OpenAiChat, 1000);
    reader.push(&body.as_bytes()[..30]);
    reader.restart();
    reader.push(body.as_bytes());
    assert_eq!(reader.take_content(), Some(request_in(Api::OpenAiChat, &[body.as_bytes()], 1000)));
}

const APIS: &[Api] = &[
    Api::OpenAiChat,
    Api::OpenAiResponses,
    Api::AnthropicMessages,
    Api::GeminiGenerate,
    Api::BedrockConverse,
    Api::BedrockInvoke,
];

const KEYS: &[&str] = &[
    "messages",
    "role",
    "content",
    "text",
    "type",
    "choices",
    "delta",
    "index",
    "tool_calls",
    "function",
    "name",
    "arguments",
    "image_url",
    "url",
    "source",
    "data",
    "contents",
    "parts",
    "candidates",
    "inlineData",
    "output",
    "item",
    "response",
    "content_block",
    "partial_json",
    "contentBlockIndex",
    "toolUse",
    "input",
    "system",
    "tools",
    "finish_reason",
    "status",
];

const SCALARS: &[&str] = &[
    "null",
    "true",
    "3",
    "1e400",
    "\"\"",
    "\"user\"",
    "\"text\"",
    "\"a longer text with words \\u00e9\\ud83d\\ude00\"",
    "\"data:image/png;base64,aGVsbG8=\"",
    "\"aGVsbG8=\"",
    "\"{\\\"a\\\":1}\"",
    "\"message\"",
    "\"message_start\"",
    "\"content_block_delta\"",
    "\"response.output_item.done\"",
    "\"response.completed\"",
    "\"tool_use\"",
    "nul",
    "\"open",
];

fn value() -> impl Strategy<Value = String> {
    select(SCALARS).prop_map(str::to_owned).prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            3 => vec((select(KEYS), inner.clone()), 0..6).prop_map(|members| {
                let members: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
                format!("{{{}}}", members.join(","))
            }),
            1 => vec(inner, 0..4).prop_map(|items| format!("[{}]", items.join(","))),
        ]
    })
}

/// All texts there are.
fn bytes(content: &Content) -> usize {
    let mut bytes = 0;
    content.clone().for_each_text(&mut |text| bytes += text.len());
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_is_the_same(
        api in select(APIS),
        documents in vec(value(), 1..5),
        stream in any::<bool>(),
        limit in select(&[0_usize, 100, 700, 3000, 100_000][..]),
        size in 1..40_usize,
    ) {
        let body = if stream {
            sse(documents.iter().cloned())
        } else {
            documents[0].clone()
        };
        let content_type = if stream { "text/event-stream" } else { "application/json" };
        let frames: Vec<_> = body.as_bytes().chunks(size).collect();
        let whole = reply_in(api, content_type, &[body.as_bytes()], limit);
        prop_assert_eq!(json(&reply_in(api, content_type, &frames, limit)), json(&whole));
        // A mark for each text that was cut, and words of the conventions' come on top.
        prop_assert!(bytes(&whole) <= 2 * limit + 2000);
        let whole = request_in(api, &[body.as_bytes()], limit);
        prop_assert_eq!(json(&request_in(api, &frames, limit)), json(&whole));
        prop_assert!(bytes(&whole) <= 2 * limit + 2000);
    }
}
