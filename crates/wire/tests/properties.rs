//! Facts do not depend on how the bytes are split, and no bytes do harm.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::io::Write;

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{Compression, write::GzEncoder};
use proptest::{collection::vec, prelude::*, sample::select};
use tower_genai_wire::{Api, ReplyFacts, ReplyHead, ReplyReader, RequestHead, RequestReader};

const APIS: &[Api] = &[
    Api::OpenAiChat,
    Api::OpenAiCompletions,
    Api::OpenAiEmbeddings,
    Api::OpenAiResponses,
    Api::AnthropicMessages,
    Api::GeminiGenerate,
    Api::BedrockConverse,
    Api::BedrockInvoke,
    Api::OllamaChat,
    Api::Chat,
    Api::OpenAiImages,
    Api::OpenAiSpeech,
    Api::OpenAiTranscriptions,
    Api::OpenAiModerations,
    Api::Rerank,
    Api::GeminiGenerate,
    Api::BedrockConverse,
    Api::BedrockInvoke,
    Api::Unknown,
];

/// Keys that mean something somewhere, and some that do not.
const KEYS: &[&str] = &[
    "id",
    "model",
    "choices",
    "index",
    "delta",
    "content",
    "text",
    "finish_reason",
    "stop_reason",
    "usage",
    "x_groq",
    "prompt_tokens",
    "completion_tokens",
    "total_tokens",
    "prompt_tokens_details",
    "cached_tokens",
    "input_tokens",
    "output_tokens",
    "cache_read_input_tokens",
    "cache_creation",
    "ephemeral_1h_input_tokens",
    "error",
    "code",
    "type",
    "object",
    "status",
    "incomplete_details",
    "reason",
    "response",
    "message",
    "service_tier",
    "system_fingerprint",
    "data",
    "b64_json",
    "size",
    "quality",
    "output",
    "item",
    "action",
    "container_id",
    "annotations",
    "reasoning_tokens",
    "image_tokens",
    "cost",
    "is_byok",
    "cost_details",
    "upstream_inference_cost",
    "cost_in_usd_ticks",
    "server_tool_use",
    "web_search_requests",
    "inference_geo",
    "duration",
    "seconds",
    "total_time",
    "audio",
    "input",
    "tools",
    "search_context_size",
    "stream",
    "stop",
    "other",
    "\\u0069d",
];

const SCALARS: &[&str] = &[
    "null",
    "true",
    "0",
    "12",
    "7.0",
    "-3",
    "1e400",
    "\"\"",
    "\"stop\"",
    "\"error\"",
    "\"message_start\"",
    "\"message_stop\"",
    "\"content_block_delta\"",
    "\"response.completed\"",
    "\"response.output_text.delta\"",
    "\"response.output_item.done\"",
    "\"web_search_call\"",
    "\"code_interpreter_call\"",
    "\"open_page\"",
    "\"url_citation\"",
    "\"image_generation.completed\"",
    "\"context length\"",
    "1.5e-05",
    "\"ping\"",
    "\"completed\"",
    "\"gpt-4o\"",
    "\"a \\\"usage\\\":{\\\"prompt_tokens\\\":1} b\"",
    "\"prompt_tokens\"",
    "\"é\\u00e9\\ud83d\\ude00\\\\\"",
];

/// JSON, now and then broken.
fn json() -> impl Strategy<Value = String> {
    let space = || select(&["", "", "", " ", "\n  "][..]);
    let leaf = prop_oneof![
        30 => select(SCALARS).prop_map(str::to_owned),
        1 => select(&["nul", "\"open", "01x", "]", ""][..]).prop_map(str::to_owned),
    ];
    let value = leaf.prop_recursive(5, 60, 6, move |inner| {
        prop_oneof![
            3 => (space(), vec((select(KEYS), inner.clone()), 0..6)).prop_map(|(space, members)| {
                let members: Vec<_> =
                    members.iter().map(|(key, value)| format!("{space}\"{key}\":{space}{value}{space}")).collect();
                format!("{{{}}}", members.join(","))
            }),
            1 => (space(), vec(inner, 0..4))
                .prop_map(|(space, items)| format!("[{space}{}]", items.join(&format!(",{space}")))),
        ]
    });
    vec((select(KEYS), value), 0..6).prop_map(|members| {
        let members: Vec<_> = members.iter().map(|(key, value)| format!("\"{key}\":{value}")).collect();
        format!("{{{}}}", members.join(","))
    })
}

const FORM_PIECES: &[&[u8]] =
    &[b"\r\n", b"\r", b"--", b"--xyz", b"\r\n--xy", b"xyz", b"12", b"true", b"gpt", b"\xff", b""];

fn form_part() -> impl Strategy<Value = Vec<u8>> {
    vec(select(FORM_PIECES), 0..6).prop_map(|pieces| pieces.concat())
}

/// Events as providers send them.
fn usual_event(kind: usize, text: &str, number: u32) -> String {
    match kind {
        0 => format!(
            r#"{{"id":"c","model":"m","n":{number},"choices":[{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":null}}],"usage":null}}"#
        ),
        1 => format!(
            r#"{{"type":"content_block_delta","index":{number},"delta":{{"type":"text_delta","text":"{text}"}}}}"#
        ),
        2 => {
            format!(r#"{{"type":"response.output_text.delta","sequence_number":{number},"delta":"{text}"}}"#)
        }
        3 => format!(
            r#"{{"id":"c","model":"m","choices":[],"usage":{{"prompt_tokens":{number},"completion_tokens":2}}}}"#
        ),
        4 => r#"{"type":"message_start","message":{"id":"msg","model":"claude","usage":{"input_tokens":3}}}"#
            .to_owned(),
        _ => {
            r#"{"type":"response.created","response":{"id":"resp","model":"gpt-4o","usage":null}}"#.to_owned()
        }
    }
}

fn text() -> impl Strategy<Value = &'static str> {
    select(
        &[
            "",
            " word",
            "prompt_tokens",
            "error",
            "é",
            "\\\"",
            "finish_reason",
            "\\n",
            "a longer piece of text",
        ][..],
    )
}

/// A stream whose events repeat each other, as they do, so that the quick way is taken.
fn repeating_stream() -> impl Strategy<Value = Vec<u8>> {
    let event = (prop_oneof![30 => Just(None), 1 => (0..6_usize).prop_map(Some)], text(), 0..300_u32);
    (0..3_usize, any::<bool>(), vec(event, 1..40)).prop_map(|(usual, name, events)| {
        let mut stream = String::new();
        let before = [0, 4, 5][usual];
        let events = std::iter::once((Some(before), "", 0)).chain(events);
        for (kind, text, number) in events {
            if name {
                stream.push_str("event: name\n");
            }
            stream.push_str("data: ");
            stream.push_str(&usual_event(kind.unwrap_or(usual), text, number));
            stream.push_str("\n\n");
        }
        stream.into_bytes()
    })
}

fn event_stream() -> impl Strategy<Value = Vec<u8>> {
    let usual =
        (0..6_usize, text(), 0..300_u32).prop_map(|(kind, text, number)| usual_event(kind, text, number));
    let data = prop_oneof![6 => usual, 3 => json(), 1 => Just("[DONE]".to_owned()), 1 => Just(String::new())];
    let line_end = select(&["\n", "\n", "\n", "\r\n", "\r"][..]);
    let before = select(
        &[
            "",
            "",
            "",
            ": comment",
            "event: content_block_delta",
            "id: 7",
            "retry: 1",
            "data",
            "datax: 1",
            "event:",
        ][..],
    );
    let colon = select(&["data: ", "data: ", "data:", "data:  "][..]);
    let event = (before, colon, data, line_end.clone(), line_end, any::<bool>()).prop_map(
        |(before, colon, data, line_end, last_end, lines)| {
            let mut event = String::new();
            if !before.is_empty() {
                event.push_str(before);
                event.push_str(line_end);
            }
            // Between members white space may stand, and so a line end of the stream.
            let data = if lines { data.replace(",\"", &format!(",{line_end}{colon}\"")) } else { data };
            for line in data.split('\n').flat_map(|line| line.split('\r')).filter(|line| !line.is_empty()) {
                event.push_str(if line.starts_with("data:") { "" } else { colon });
                event.push_str(line);
                event.push_str(line_end);
            }
            event.push_str(last_end);
            event
        },
    );
    let head = select(&["", "", "\u{feff}", ": hello\n\n", "\n\n"][..]);
    (head, vec(event, 0..12), 0..4_usize).prop_map(|(head, events, cut)| {
        let mut bytes = format!("{head}{}", events.concat()).into_bytes();
        bytes.truncate(bytes.len().saturating_sub(cut));
        bytes
    })
}

fn head() -> impl Strategy<Value = Option<&'static str>> {
    select(
        &[
            Some("text/event-stream"),
            Some("application/json"),
            Some("text/plain; charset=utf-8"),
            Some("application/x-ndjson"),
            None,
            Some("text/html"),
        ][..],
    )
}

/// Splits at the given places, which wrap around.
fn split<'a>(bytes: &'a [u8], sizes: &'a [usize]) -> impl Iterator<Item = &'a [u8]> {
    let mut rest = bytes;
    let mut sizes = sizes.iter().cycle();
    std::iter::from_fn(move || {
        let size = *sizes.next()?;
        (!rest.is_empty()).then(|| {
            let (frame, behind) = rest.split_at(size.min(rest.len()));
            rest = behind;
            frame
        })
    })
}

/// Facts, and whether first output and the end were reported, each no more than once and no less than it
/// should.
fn read<'a>(
    api: Api,
    head: &ReplyHead<'_>,
    frames: impl Iterator<Item = &'a [u8]>,
) -> (ReplyFacts, usize, bool) {
    let mut reader = ReplyReader::new(api, head);
    let (mut first_outputs, mut terminal) = (0, false);
    for frame in frames {
        let progress = reader.push(frame);
        first_outputs += usize::from(progress.first_output);
        terminal |= progress.terminal;
    }
    reader.finish();
    (reader.into_facts(), first_outputs, terminal)
}

fn any_split_is_the_same(
    api: Api,
    content_type: Option<&str>,
    body: &[u8],
    sizes: &[usize],
) -> Result<(ReplyFacts, usize, bool), TestCaseError> {
    let head = ReplyHead::new(200, content_type, None);
    let whole = read(api, &head, std::iter::once(body));
    prop_assert!(whole.1 <= 1);
    prop_assert_eq!(&read(api, &head, body.chunks(1)), &whole);
    prop_assert_eq!(&read(api, &head, split(body, sizes)), &whole);
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(body).unwrap();
    let gzipped = encoder.finish().unwrap();
    let head = ReplyHead::new(200, content_type, Some("gzip"));
    prop_assert_eq!(&read(api, &head, split(&gzipped, sizes)), &whole);
    let mut zstd = Vec::with_capacity(zstd_safe::compress_bound(body.len()));
    zstd_safe::compress(&mut zstd, body, 1).unwrap();
    let head = ReplyHead::new(200, content_type, Some("zstd"));
    prop_assert_eq!(&read(api, &head, split(&zstd, sizes)), &whole);
    Ok(whole)
}

/// A message of an event stream; that of a chunk wraps its payload.
fn message(kind: &str, payload: &str) -> Vec<u8> {
    let wrapped = format!(r#"{{"bytes":"{}"}}"#, BASE64_STANDARD.encode(payload));
    let payload = if kind == "chunk" { &wrapped } else { payload };
    let mut headers = b"\x0b:event-type\x07\x00".to_vec();
    headers.push(u8::try_from(kind.len()).unwrap());
    headers.extend_from_slice(kind.as_bytes());
    let total = u32::try_from(16 + headers.len() + payload.len()).unwrap();
    let mut message = total.to_be_bytes().to_vec();
    message.extend_from_slice(&u32::try_from(headers.len()).unwrap().to_be_bytes());
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message.extend_from_slice(&headers);
    message.extend_from_slice(payload.as_bytes());
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn streams(api in select(APIS), body in event_stream(), sizes in vec(1..90_usize, 1..8), head in head()) {
        any_split_is_the_same(api, head, &body, &sizes)?;
    }

    #[test]
    fn repeating_streams(api in select(APIS), body in repeating_stream(), sizes in vec(1..400_usize, 1..8)) {
        any_split_is_the_same(api, Some("text/event-stream"), &body, &sizes)?;
    }

    #[test]
    fn documents(api in select(APIS), body in json(), sizes in vec(1..40_usize, 1..8), head in head()) {
        any_split_is_the_same(api, head, body.as_bytes(), &sizes)?;
    }

    #[test]
    fn several_documents(
        api in select(APIS),
        documents in vec(json(), 0..5),
        between in select(&["", "\n", ",", ",\r\n", "\n\n "][..]),
        array in any::<bool>(),
        sizes in vec(1..40_usize, 1..8),
    ) {
        let documents = documents.join(between);
        let body = if array { format!("[{documents}]") } else { documents };
        let head = ReplyHead::new(200, Some("application/json"), None).streaming(array);
        let whole = read(api, &head, std::iter::once(body.as_bytes()));
        prop_assert_eq!(&read(api, &head, body.as_bytes().chunks(1)), &whole);
        prop_assert_eq!(&read(api, &head, split(body.as_bytes(), &sizes)), &whole);
    }

    #[test]
    fn event_streams(
        api in select(APIS),
        events in vec((select(&["chunk", "messageStart", "metadata", ""][..]), json()), 0..6),
        damage in proptest::option::of(any::<proptest::sample::Index>()),
        sizes in vec(1..90_usize, 1..8),
    ) {
        let mut body: Vec<u8> = events.iter().flat_map(|(kind, payload)| message(kind, payload)).collect();
        if let Some(at) = damage.filter(|_| !body.is_empty()) {
            let at = at.index(body.len());
            body[at] ^= 4;
        }
        let whole = any_split_is_the_same(api, Some("application/vnd.amazon.eventstream"), &body, &sizes)?;
        prop_assert!(whole.0.unreadable || damage.is_none() || body.is_empty());
    }

    #[test]
    fn requests(api in select(APIS), body in json(), sizes in vec(1..40_usize, 1..8)) {
        let mut whole = RequestReader::new(api, &RequestHead::default());
        whole.push(body.as_bytes());
        let mut frames = RequestReader::new(api, &RequestHead::default());
        split(body.as_bytes(), &sizes).for_each(|frame| frames.push(frame));
        prop_assert_eq!(whole.facts(), frames.facts());
    }

    /// Forms of which a part may be anything, the boundary's beginnings included.
    #[test]
    fn forms(
        parts in vec((select(&["model", "n", "stream", "size", "file", "other"][..]), any::<bool>(), form_part()), 0..5),
        sizes in vec(1..40_usize, 1..8),
    ) {
        let mut body = Vec::new();
        for (name, is_file, part) in &parts {
            let file = if *is_file { "; filename=\"f\"" } else { "" };
            let head = format!("--xyz\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n");
            body.extend_from_slice(head.as_bytes());
            body.extend_from_slice(part);
            body.extend_from_slice(b"\r\n");
        }
        body.extend_from_slice(b"--xyz--\r\n");
        let head = RequestHead::new(Some("multipart/form-data; boundary=xyz"), None);
        let mut whole = RequestReader::new(Api::OpenAiImages, &head);
        whole.push(&body);
        let mut frames = RequestReader::new(Api::OpenAiImages, &head);
        split(&body, &sizes).for_each(|frame| frames.push(frame));
        prop_assert_eq!(whole.facts(), frames.facts());
        let model = parts.iter().rev().find_map(|(name, is_file, part)| {
            let text = std::str::from_utf8(part).ok().filter(|text| !text.is_empty());
            text.filter(|_| *name == "model" && !is_file)
        });
        if !parts.iter().any(|(.., part)| part.windows(7).any(|bytes| bytes == b"\r\n--xyz")) {
            prop_assert_eq!(whole.facts().model.as_deref(), model);
        }
    }

    #[test]
    fn damaged_streams(
        api in select(APIS),
        mut body in event_stream(),
        damage in vec((any::<proptest::sample::Index>(), any::<u8>()), 1..6),
        sizes in vec(1..90_usize, 1..8),
    ) {
        for (at, byte) in damage {
            if !body.is_empty() {
                let at = at.index(body.len());
                body[at] = byte;
            }
        }
        any_split_is_the_same(api, Some("text/event-stream"), &body, &sizes)?;
    }

    #[test]
    fn any_bytes(api in select(APIS), body in vec(any::<u8>(), 0..300), sizes in vec(1..90_usize, 1..4), head in head()) {
        any_split_is_the_same(api, head, &body, &sizes)?;
        for encoding in ["gzip", "deflate", "br", "zstd", "gzip, br"] {
            let head = ReplyHead::new(200, head, Some(encoding));
            let whole = read(api, &head, std::iter::once(&body[..]));
            let frames = read(api, &head, split(&body, &sizes));
            // What comes before a fault in the encoding may be seen or not.
            prop_assert_eq!(frames.0.unreadable, whole.0.unreadable);
            prop_assert!(whole.0.unreadable || frames == whole);
        }
        let mut reader = RequestReader::new(api, &RequestHead::default());
        reader.push(&body);
    }

    /// Like `serde_json` reads it, where that can read it.
    #[test]
    fn documents_mean_what_they_say(body in json()) {
        let Ok(json) = serde_json::from_str::<serde_json::Value>(&body) else { return Ok(()) };
        let facts = read(Api::OpenAiChat, &ReplyHead::new(200, None, None), std::iter::once(body.as_bytes())).0;
        prop_assert!(facts.terminal && !facts.unreadable);
        // Of equal keys serde_json keeps the last, and of ids the first counts.
        if body.matches("\"id\"").count() == 1 && !body.contains("\\u0069d") {
            prop_assert_eq!(facts.id.as_deref(), json["id"].as_str().filter(|id| !id.is_empty()));
        }
        if body.matches("\"usage\"").count() == 1 && body.matches("\"prompt_tokens\"").count() == 1 {
            let input = facts.usage.and_then(|usage| usage.input).map(|input| input as f64);
            prop_assert_eq!(input, json["usage"]["prompt_tokens"].as_f64().filter(|count| *count >= 0.0));
        }
    }
}
