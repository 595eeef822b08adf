//! The content of every recorded exchange: the same at any split, the same as a plain reading of whole events finds, and
//! in the shape of the conventions.
//!
//! Reads `$GENAI_CORPUS/exchanges.jsonl.gz`; without the variable it says so and passes.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a test")]

use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::bufread::MultiGzDecoder;
use serde::Deserialize;
use serde_json::{Value, json};
use tower_genai_wire::content::{Content, Part};
use tower_genai_wire::{Api, ReplyHead, ReplyReader, RequestHead, RequestReader};

#[derive(Deserialize)]
struct Exchange {
    id: String,
    method: String,
    path: String,
    request: Body,
    response: Body,
}

#[derive(Deserialize)]
struct Body {
    #[serde(default)]
    status: u16,
    headers: HashMap<String, String>,
    #[serde(rename = "body_b64")]
    base64: String,
}

impl Body {
    fn bytes(&self) -> Vec<u8> {
        BASE64_STANDARD.decode(&self.base64).unwrap()
    }

    fn content_type(&self) -> Option<&str> {
        let header = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        header.map(|(_, value)| value.as_str())
    }
}

const APIS: [Api; 7] = [
    Api::OpenAiChat,
    Api::OpenAiCompletions,
    Api::OpenAiResponses,
    Api::AnthropicMessages,
    Api::GeminiGenerate,
    Api::BedrockConverse,
    Api::BedrockInvoke,
];

fn exchanges() -> Option<Vec<(Api, Exchange)>> {
    #[allow(clippy::disallowed_methods, reason = "a test may read where its data is")]
    let Ok(folder) = std::env::var("GENAI_CORPUS") else {
        println!("skipped: GENAI_CORPUS is not set");
        return None;
    };
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..").join(folder);
    let file = BufReader::new(std::fs::File::open(folder.join("exchanges.jsonl.gz")).unwrap());
    let exchanges = BufReader::new(MultiGzDecoder::new(file)).lines().filter_map(|line| {
        let exchange: Exchange = serde_json::from_str(&line.unwrap()).unwrap();
        let api = Api::recognise(&exchange.method, &exchange.path)?;
        APIS.contains(&api).then_some((api, exchange))
    });
    Some(exchanges.collect())
}

const LIMIT: usize = 128 * 1024;

fn reply<'a>(api: Api, exchange: &Exchange, frames: impl IntoIterator<Item = &'a [u8]>) -> Content {
    let head = ReplyHead::new(exchange.response.status, exchange.response.content_type(), None);
    let mut reader = ReplyReader::new(api, &head.streaming(api.path_stream(&exchange.path) == Some(true)));
    reader.keep_content(api, LIMIT);
    frames.into_iter().for_each(|frame| _ = reader.push(frame));
    reader.finish();
    reader.take_content().unwrap()
}

fn request<'a>(api: Api, exchange: &Exchange, frames: impl IntoIterator<Item = &'a [u8]>) -> Content {
    let head = RequestHead::new(exchange.request.content_type(), None);
    let mut reader = RequestReader::new(api, &head);
    reader.keep_content(api, LIMIT);
    frames.into_iter().for_each(|frame| reader.push(frame));
    reader.take_content().unwrap()
}

/// Frames of all sizes up to `longest`, the same every time.
fn frames(body: &[u8], longest: usize) -> Vec<&[u8]> {
    let (mut rest, mut seed, mut frames) = (body, 0x5eed_u64 | body.len() as u64, Vec::new());
    while !rest.is_empty() {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let size = 1 + usize::try_from(seed >> 33).unwrap() % longest;
        let (frame, behind) = rest.split_at(size.min(rest.len()));
        frames.push(frame);
        rest = behind;
    }
    frames
}

/// Cuts a body into its events, whole.
fn events(content_type: &str, body: &[u8]) -> Vec<Value> {
    if content_type.contains("amazon.eventstream") {
        return messages(body);
    }
    let text = String::from_utf8_lossy(body);
    if let Ok(value) = serde_json::from_str::<Value>(&text) {
        return match value {
            Value::Array(events) => events,
            value => vec![value],
        };
    }
    text.lines()
        .filter_map(|line| line.strip_prefix("data:"))
        .filter_map(|data| serde_json::from_str(data).ok())
        .collect()
}

fn messages(mut body: &[u8]) -> Vec<Value> {
    let number = |bytes: &[u8]| u32::from_be_bytes(bytes.try_into().unwrap()) as usize;
    let mut events = Vec::new();
    while body.len() >= 16 {
        let (total, headers) = (number(&body[..4]), number(&body[4..8]));
        let mut payload: Value = serde_json::from_slice(&body[12 + headers..total - 4]).unwrap();
        if let Some(bytes) = payload["bytes"].as_str() {
            payload = serde_json::from_slice(&BASE64_STANDARD.decode(bytes).unwrap()).unwrap();
        }
        events.push(payload);
        body = &body[total..];
    }
    events
}

/// What a choice says, however it is parted.
#[derive(Debug, Default, PartialEq)]
struct Said {
    text: String,
    reasoning: String,
    /// Name, id and arguments of each call.
    calls: Vec<(String, Option<String>, Value)>,
    finish_reason: String,
}

#[derive(Default)]
struct Plain {
    said: Said,
    calls: BTreeMap<u64, (String, Option<String>, String)>,
}

impl Plain {
    fn call(&mut self, at: u64, id: &Value, name: &Value, arguments: &Value) {
        let call = self.calls.entry(at).or_default();
        call.0 += name.as_str().unwrap_or_default();
        call.1 = id.as_str().map(str::to_owned).or(call.1.take());
        match arguments {
            Value::Null => {}
            Value::String(text) => call.2 += text,
            value if *value == json!({}) => {}
            value => call.2 += &value.to_string(),
        }
    }

    fn into_said(mut self) -> Said {
        self.said.calls = self
            .calls
            .into_values()
            .map(|(name, id, arguments)| {
                (name, id, serde_json::from_str(&arguments).unwrap_or(Value::String(arguments)))
            })
            .collect();
        self.said
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// What whole events say, for each choice.
fn plain(api: Api, events: &[Value]) -> BTreeMap<u64, Said> {
    let mut choices: BTreeMap<u64, Plain> = BTreeMap::new();
    for event in events {
        match api {
            Api::OpenAiChat | Api::OpenAiCompletions => chat(event, &mut choices),
            Api::OpenAiResponses => responses(event, &mut choices),
            Api::GeminiGenerate => gemini(event, &mut choices),
            Api::AnthropicMessages | Api::BedrockInvoke if event["type"].is_string() => {
                anthropic(event, &mut choices);
            }
            Api::BedrockConverse | Api::BedrockInvoke => converse(api, event, &mut choices),
            _ => {}
        }
    }
    choices.into_iter().map(|(index, plain)| (index, plain.into_said())).collect()
}

fn chat(event: &Value, choices: &mut BTreeMap<u64, Plain>) {
    for choice in list(&event["choices"]) {
        let plain = choices.entry(choice["index"].as_u64().unwrap_or(0)).or_default();
        plain.said.text += text(&choice["text"]);
        for said in [&choice["delta"], &choice["message"]] {
            plain.said.text += text(&said["content"]);
            plain.said.text += text(&said["refusal"]);
            plain.said.reasoning += text(&said["reasoning_content"]);
            plain.said.reasoning += text(&said["reasoning"]);
            for (place, call) in (0..).zip(list(&said["tool_calls"])) {
                let at = call["index"].as_u64().unwrap_or(place);
                let function = &call["function"];
                plain.call(at, &call["id"], &function["name"], &function["arguments"]);
            }
            let function = &said["function_call"];
            if function.is_object() {
                plain.call(99, &Value::Null, &function["name"], &function["arguments"]);
            }
        }
        plain.said.finish_reason += text(&choice["finish_reason"]);
    }
}

fn responses(event: &Value, choices: &mut BTreeMap<u64, Plain>) {
    let plain = choices.entry(0).or_default();
    let response = if event["type"].is_string() { &event["response"] } else { event };
    if ["completed", "incomplete", "failed"].contains(&text(&response["status"])) {
        let why = &response["incomplete_details"]["reason"];
        let reason = text(if why.is_string() { why } else { &response["status"] });
        plain.said.finish_reason = String::from(reason);
        for (at, item) in (0..).zip(list(&response["output"])) {
            for part in list(&item["content"]) {
                plain.said.text += text(&part["text"]);
            }
            for part in list(&item["summary"]) {
                plain.said.reasoning += text(&part["text"]);
            }
            if item["type"] == "function_call" {
                plain.call(at, &item["call_id"], &item["name"], &item["arguments"]);
            }
        }
    }
}

fn gemini(event: &Value, choices: &mut BTreeMap<u64, Plain>) {
    for candidate in list(&event["candidates"]) {
        let plain = choices.entry(candidate["index"].as_u64().unwrap_or(0)).or_default();
        for part in list(&candidate["content"]["parts"]) {
            if part["thought"] == true {
                plain.said.reasoning += text(&part["text"]);
            } else {
                plain.said.text += text(&part["text"]);
            }
            let call = &part["functionCall"];
            if call.is_object() {
                let at = plain.calls.len() as u64;
                plain.call(at, &call["id"], &call["name"], &call["args"]);
            }
        }
        plain.said.finish_reason += text(&candidate["finishReason"]);
    }
}

fn anthropic(event: &Value, choices: &mut BTreeMap<u64, Plain>) {
    let plain = choices.entry(0).or_default();
    let at = event["index"].as_u64().unwrap_or(0);
    let whole = list(&event["content"]).iter().zip(0..);
    let begun = event.get("content_block").into_iter().map(|block| (block, at));
    for (block, at) in whole.chain(begun) {
        plain.said.text += text(&block["text"]);
        plain.said.reasoning += text(&block["thinking"]);
        if block["type"] == "tool_use" {
            plain.call(at, &block["id"], &block["name"], &block["input"]);
        }
    }
    plain.said.text += text(&event["completion"]);
    plain.said.text += text(&event["delta"]["text"]);
    plain.said.reasoning += text(&event["delta"]["thinking"]);
    if event["delta"]["type"] == "input_json_delta" && plain.calls.contains_key(&at) {
        plain.call(at, &Value::Null, &Value::Null, &event["delta"]["partial_json"]);
    }
    plain.said.finish_reason += text(&event["stop_reason"]);
    plain.said.finish_reason += text(&event["delta"]["stop_reason"]);
}

fn converse(api: Api, event: &Value, choices: &mut BTreeMap<u64, Plain>) {
    let wrapped = ["messageStart", "contentBlockStart", "contentBlockDelta", "messageStop"];
    let event = wrapped.iter().find_map(|kind| event.get(kind)).unwrap_or(event);
    if api == Api::BedrockInvoke
        && list(&event["output"]["message"]["content"]).is_empty()
        && event["contentBlockIndex"].is_null()
        && event["stopReason"].is_null()
        && event["role"].is_null()
    {
        return;
    }
    let plain = choices.entry(0).or_default();
    let at = event["contentBlockIndex"].as_u64().unwrap_or(0);
    for (at, block) in (0..).zip(list(&event["output"]["message"]["content"])) {
        plain.said.text += text(&block["text"]);
        plain.said.reasoning += text(&block["reasoningContent"]["reasoningText"]["text"]);
        let call = &block["toolUse"];
        if call.is_object() {
            plain.call(at, &call["toolUseId"], &call["name"], &call["input"]);
        }
    }
    let call = &event["start"]["toolUse"];
    if call.is_object() {
        plain.call(at, &call["toolUseId"], &call["name"], &Value::Null);
    }
    plain.said.text += text(&event["delta"]["text"]);
    plain.said.reasoning += text(&event["delta"]["reasoningContent"]["text"]);
    if event["delta"]["toolUse"].is_object() {
        plain.call(at, &Value::Null, &Value::Null, &event["delta"]["toolUse"]["input"]);
    }
    plain.said.finish_reason += text(&event["stopReason"]);
}

/// The conventions' words for the reasons of the corpus.
fn finish_reason(provider: &str, said: &Said) -> String {
    match provider {
        "completed" if !said.calls.is_empty() => "tool_call",
        "stop" | "end_turn" | "stop_sequence" | "STOP" | "completed" | "eos" => "stop",
        "length" | "max_tokens" | "MAX_TOKENS" | "max_output_tokens" => "length",
        "tool_calls" | "function_call" | "tool_use" => "tool_call",
        "guardrail_intervened" | "content_filtered" | "content_filter" | "SAFETY" | "PROHIBITED_CONTENT" => {
            "content_filter"
        }
        "" | "failed" => "error",
        other => other,
    }
    .to_owned()
}

fn said(message: &Value) -> Said {
    let mut said = Said { finish_reason: text(&message["finish_reason"]).to_owned(), ..Said::default() };
    for part in list(&message["parts"]) {
        match text(&part["type"]) {
            "text" => said.text += text(&part["content"]),
            "reasoning" => said.reasoning += text(&part["content"]),
            "tool_call" => {
                let id = part["id"].as_str().map(str::to_owned);
                let arguments = match &part["arguments"] {
                    Value::Object(object) if object.is_empty() => Value::String(String::new()),
                    Value::Null => Value::String(String::new()),
                    arguments => arguments.clone(),
                };
                said.calls.push((text(&part["name"]).to_owned(), id, arguments));
            }
            _ => {}
        }
    }
    said
}

type Judge = fn(&Value) -> bool;

/// What the schema of a part requires, by its type; any other type is a generic part.
fn required(kind: &str) -> &'static [(&'static str, Judge)] {
    const ANY: Judge = |_| true;
    const TYPED: Judge = |value| value["type"].is_string();
    match kind {
        "text" | "reasoning" => &[("content", Value::is_string)],
        "tool_call" => &[("name", Value::is_string)],
        "tool_call_response" => &[("response", ANY)],
        "server_tool_call" => &[("name", Value::is_string), ("server_tool_call", TYPED)],
        "server_tool_call_response" => &[("server_tool_call_response", TYPED)],
        "blob" => &[("modality", Value::is_string), ("content", Value::is_string)],
        "uri" => &[("modality", Value::is_string), ("uri", Value::is_string)],
        "file" => &[("modality", Value::is_string), ("file_id", Value::is_string)],
        _ => &[],
    }
}

fn check_parts(parts: &Value) {
    for part in parts.as_array().unwrap() {
        let kind = part["type"].as_str().unwrap();
        for (key, is_right) in required(kind) {
            assert!(part.get(key).is_some_and(is_right), "{key} of {part}");
        }
        for key in ["id", "mime_type"] {
            assert!(part.get(key).is_none_or(Value::is_string), "{key} of {part}");
        }
    }
}

fn check_messages(messages: &Value, output: bool) {
    for message in messages.as_array().unwrap() {
        assert!(message["role"].is_string(), "{message}");
        check_parts(&message["parts"]);
        assert!(message.get("name").is_none_or(Value::is_string), "{message}");
        assert_eq!(message["finish_reason"].is_string(), output, "{message}");
    }
}

/// The shape of the conventions' JSON schemas.
fn check_schema(content: &Content) -> Value {
    let value = serde_json::to_value(content).unwrap();
    check_parts(&value["system_instructions"]);
    check_messages(&value["input_messages"], false);
    check_messages(&value["output_messages"], true);
    for tool in list(&value["tool_definitions"]) {
        assert!(tool["type"].is_string() && tool["name"].is_string(), "{tool}");
        if tool["type"] == "function" {
            assert!(tool.get("description").is_none_or(Value::is_string), "{tool}");
            assert!(tool.get("parameters").is_none_or(Value::is_object), "{tool}");
        }
    }
    value
}

#[test]
fn replies() {
    let Some(exchanges) = exchanges() else { return };
    let (mut read, mut streams, mut parts) = (0, 0, BTreeMap::new());
    for (api, exchange) in &exchanges {
        if exchange.response.status >= 400 {
            continue;
        }
        let body = exchange.response.bytes();
        let whole = reply(*api, exchange, [&body[..]]);
        assert_eq!(whole, reply(*api, exchange, body.chunks(1)), "{} bytewise", exchange.id);
        for longest in [5, 90, 3000] {
            assert_eq!(whole, reply(*api, exchange, frames(&body, longest)), "{} in frames", exchange.id);
        }
        let events = events(exchange.response.content_type().unwrap_or_default(), &body);
        let mut expected: Vec<_> = plain(*api, &events).into_values().collect();
        for said in &mut expected {
            said.finish_reason = finish_reason(&said.finish_reason, said);
            said.calls.iter_mut().for_each(|(.., arguments)| {
                if *arguments == json!({}) {
                    *arguments = Value::String(String::new());
                }
            });
        }
        let value = check_schema(&whole);
        let found: Vec<_> = list(&value["output_messages"]).iter().map(said).collect();
        assert_eq!(found, expected, "{} {}", exchange.id, exchange.path);
        for message in &whole.output_messages {
            for part in &message.parts {
                let kind = serde_json::to_value(part).unwrap()["type"].as_str().unwrap().to_owned();
                *parts.entry(kind).or_insert(0) += 1;
            }
        }
        read += 1;
        streams += usize::from(events.len() > 1);
    }
    println!("{read} replies, {streams} of them streams; parts: {parts:?}");
    assert!(read > 500 && streams > 100, "{read} {streams}");
}

/// All strings that stand under these keys, in order.
fn strings(value: &Value, to: &mut String) {
    match value {
        Value::String(text) => *to += text,
        Value::Array(items) => items.iter().for_each(|item| strings(item, to)),
        Value::Object(members) => {
            for key in ["text", "content", "thinking", "refusal", "reasoning_content", "guardContent"] {
                if let Some(value) =
                    members.get(key).filter(|_| members.get("type") != Some(&json!("tool_result")))
                {
                    strings(value, to);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn requests() {
    let Some(exchanges) = exchanges() else { return };
    let (mut read, mut parts) = (0, BTreeMap::new());
    for (api, exchange) in &exchanges {
        let body = exchange.request.bytes();
        let Ok(json) = serde_json::from_slice::<Value>(&body) else { continue };
        let whole = request(*api, exchange, [&body[..]]);
        assert_eq!(whole, request(*api, exchange, body.chunks(1)), "{} bytewise", exchange.id);
        for longest in [5, 90, 3000] {
            assert_eq!(whole, request(*api, exchange, frames(&body, longest)), "{} in frames", exchange.id);
        }
        read += 1;
        let value = check_schema(&whole);
        for message in &whole.input_messages {
            for part in &message.parts {
                let kind = serde_json::to_value(part).unwrap()["type"].as_str().unwrap().to_owned();
                *parts.entry(kind).or_insert(0) += 1;
                assert!(
                    !matches!(part, Part::Uri { uri, .. } if uri.starts_with("data:")),
                    "{}",
                    exchange.id
                );
            }
        }
        if whole.truncated {
            println!("{} does not fit: {} bytes", exchange.id, body.len());
            continue;
        }
        let given = [&json["messages"], &json["contents"], &json["input"], &json["prompt"]];
        let given = given.into_iter().find(|given| !given.is_null()).unwrap_or(&Value::Null);
        let given = if given.is_string() { std::slice::from_ref(given) } else { list(given) };
        if *api == Api::BedrockInvoke && json["messages"].is_null() {
            continue;
        }
        assert_eq!(whole.input_messages.len(), given.len(), "{}", exchange.id);
        for (found, given) in list(&value["input_messages"]).iter().zip(given) {
            let mut expected = String::new();
            strings(given.get("parts").unwrap_or(given), &mut expected);
            let role = given["role"].as_str();
            if matches!(role, Some("tool" | "function")) {
                continue;
            }
            let found = said(found);
            assert_eq!(found.reasoning + &found.text, expected, "{}", exchange.id);
        }
    }
    println!("{read} requests; parts: {parts:?}");
    assert!(read > 500, "{read}");
}
