//! What reading allocates, and what it holds.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{alloc::System, io::Write};

use base64::{Engine, prelude::BASE64_STANDARD};
use flate2::{
    Compression,
    write::{DeflateEncoder, GzEncoder},
};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower_genai_wire::realtime::{ServerEvent, ServerEvents};
use tower_genai_wire::{Api, DecoderBudget, ReplyHead, ReplyReader, RequestHead, RequestReader};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Without a harness, whose own thread allocates: the counters are the whole process's.
fn main() {
    an_event_allocates_nothing();
    a_completion_allocates_its_long_strings();
    content_of_any_size();
    a_request_of_any_size();
    a_reply_of_any_size();
    a_message_of_any_size();
    windows_are_granted();
    a_session_of_any_size();
    a_bomb_is_bounded();
}

/// What a call may hold.
const BOUND: usize = 256 * 1024;

/// Pushes a body and returns the most bytes that were held between two pushes.
fn held<'a>(
    frames: impl Iterator<Item = &'a [u8]>,
    mut push: impl FnMut(&[u8]),
    from: &Region<'_, System>,
) -> usize {
    let mut most = 0;
    for frame in frames {
        push(frame);
        let change = from.change();
        most = most.max(change.bytes_allocated.saturating_sub(change.bytes_deallocated));
    }
    most
}

fn chunk(text: &str) -> String {
    format!(
        "data: {{\"id\":\"chatcmpl-1\",\"model\":\"gpt-4o-mini\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":null}}],\"usage\":null}}\n\n"
    )
}

const SSE: &str = "text/event-stream";
const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

/// An event of an event stream.
fn message(kind: &str, payload: &str) -> Vec<u8> {
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

fn an_event_allocates_nothing() {
    let anthropic = |text: &str| {
        format!(
            "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"delta\":{{\"text\":\"{text}\"}}}}\n\n"
        )
    };
    let start =
        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"claude\"}}\n\n".to_owned();
    let finish = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1}}\n\n";
    let responses =
        |text: &str| format!("data: {{\"type\":\"response.output_text.delta\",\"delta\":\"{text}\"}}\n\n");
    let gemini = |text: &str| {
        format!(
            "data: {{\"candidates\":[{{\"content\":{{\"parts\":[{{\"text\":\"{text}\"}}]}},\"index\":0}}],\"usageMetadata\":{{\"promptTokenCount\":1}},\"modelVersion\":\"g\",\"responseId\":\"r\"}}\r\n\r\n"
        )
    };
    let cohere = |text: &str| {
        format!(
            "event: content-delta\ndata: {{\"type\":\"content-delta\",\"delta\":{{\"message\":{{\"content\":{{\"text\":\"{text}\"}}}}}}}}\n\n"
        )
    };
    let line =
        |text: &str| format!("{{\"model\":\"l\",\"message\":{{\"content\":\"{text}\"}},\"done\":false}}\n");
    let converse = |text: &str| {
        message(
            "contentBlockDelta",
            &format!("{{\"contentBlockIndex\":0,\"delta\":{{\"text\":\"{text}\"}}}}"),
        )
    };
    let invoke = |text: &str| {
        let event = format!("{{\"type\":\"content_block_delta\",\"delta\":{{\"text\":\"{text}\"}}}}");
        message("chunk", &format!("{{\"bytes\":\"{}\"}}", BASE64_STANDARD.encode(event)))
    };
    let bytes = String::into_bytes;
    for (api, content_type, before, event) in [
        (Api::OpenAiChat, SSE, chunk("").into(), chunk(" word").into()),
        (Api::OpenAiChat, SSE, chunk("").into(), chunk("an \\\"escape\\\"").into()),
        (Api::OpenAiChat, SSE, chunk("").into(), finish.to_owned().into()),
        (Api::AnthropicMessages, SSE, start.into(), anthropic(" word").into()),
        (Api::OpenAiResponses, SSE, bytes(responses("a")), bytes(responses(" word"))),
        (Api::GeminiGenerate, SSE, bytes(gemini("a")), bytes(gemini(" word"))),
        (Api::Chat, SSE, bytes(cohere("a")), bytes(cohere(" word"))),
        (Api::OllamaChat, "application/x-ndjson", bytes(line("a")), bytes(line(" word"))),
        (Api::OllamaChat, "application/json", bytes(line("a") + &line("b")), bytes(line(" word"))),
        (Api::BedrockConverse, EVENT_STREAM, converse("a"), converse(" word")),
        (Api::BedrockInvoke, EVENT_STREAM, invoke("a"), invoke(" word")),
    ] {
        let frames = [vec![&event[..]], event.chunks(50).collect()];
        let mut reader = ReplyReader::new(api, &ReplyHead::new(200, Some(content_type), None));
        reader.push(&before);
        for frame in frames.iter().flatten().chain(frames.iter().flatten()) {
            reader.push(frame);
        }
        let region = Region::new(ALLOCATOR);
        for _ in 0..100 {
            for frame in frames.iter().flatten() {
                reader.push(frame);
            }
        }
        assert_eq!(region.change().allocations, 0, "{}", event.escape_ascii());
        assert!(!reader.facts().unreadable && reader.facts().events > 200);
    }
}

fn a_completion_allocates_its_long_strings() {
    let body = r#"{"id":"chatcmpl-CdxiIrlxetLzjuBRfsl3k1X7s1F9u","model":"gpt-4o-mini-2024-07-18","choices":[{"index":0,
        "message":{"role":"assistant","content":"Paris."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,
        "completion_tokens":2},"service_tier":"default","system_fingerprint":"fp_560af6e559"}"#;
    let region = Region::new(ALLOCATOR);
    let mut reader = ReplyReader::new(Api::OpenAiChat, &ReplyHead::new(200, Some("application/json"), None));
    reader.push(body.as_bytes());
    let facts = reader.into_facts();
    assert_eq!(region.change().allocations, 1);
    assert_eq!(facts.id.as_deref(), Some("chatcmpl-CdxiIrlxetLzjuBRfsl3k1X7s1F9u"));
}

/// What is kept of each side where content is wanted, beside what a reader holds in any case.
fn content_of_any_size() {
    const LIMIT: usize = 128 * 1024;
    let words = "some words and more ".repeat(100);
    let message = format!("{{\"role\":\"user\",\"content\":\"{words}\"}}");
    let picture = format!(
        "{{\"role\":\"user\",\"content\":[{{\"type\":\"image_url\",\"image_url\":{{\"url\":\"data:image/png;base64,{}\"}}}}]}}",
        "QUJD".repeat(500_000)
    );
    let numbers = format!("{{\"role\":\"user\",\"content\":[{}1]}}", "1,".repeat(500_000));
    for messages in [vec![&*message; 1000], vec!["{}"; 200_000], vec![&*picture], vec![&*numbers]] {
        let body = format!("{{\"messages\":[{}]}}", messages.join(","));
        let from = Region::new(ALLOCATOR);
        let mut reader = RequestReader::new(Api::OpenAiChat, &RequestHead::default());
        reader.keep_content(Api::OpenAiChat, LIMIT);
        let most = held(body.as_bytes().chunks(16 * 1024), |frame| reader.push(frame), &from);
        assert!(most <= LIMIT + 16 * 1024, "{most} bytes of a request of {}", body.len());
        let content = reader.take_content().unwrap();
        drop(reader);
        let change = from.change();
        let kept = change.bytes_allocated - change.bytes_deallocated;
        assert!(kept <= 2 * LIMIT, "{kept} bytes of content");
        drop(content);
    }
    let event = chunk(&words);
    let head = ReplyHead::new(200, Some(SSE), None);
    let from = Region::new(ALLOCATOR);
    let mut reader = ReplyReader::new(Api::OpenAiChat, &head);
    reader.keep_content(Api::OpenAiChat, LIMIT);
    let most = held(std::iter::repeat_n(event.as_bytes(), 1000), |frame| _ = reader.push(frame), &from);
    assert!(most <= LIMIT + LIMIT / 4 + 16 * 1024, "{most} bytes of a reply");
    drop(reader);
    // Where it is not wanted, nothing is different.
    let without = |wanted: bool| {
        let region = Region::new(ALLOCATOR);
        let mut reader = ReplyReader::new(Api::OpenAiEmbeddings, &head);
        if wanted {
            reader.keep_content(Api::OpenAiEmbeddings, LIMIT);
        }
        let event = chunk("word");
        (0..100).for_each(|_| _ = reader.push(event.as_bytes()));
        region.change().allocations
    };
    assert_eq!(without(true), without(false), "an API whose messages are not understood costs nothing");
}

fn a_request_of_any_size() {
    let frame = "word \\\" ".repeat(2048);
    let region = Region::new(ALLOCATOR);
    let mut reader = RequestReader::new(Api::OpenAiChat, &RequestHead::default());
    reader.push(br#"{"model":"gpt-4o","messages":[{"content":""#);
    let frames = std::iter::repeat_n(frame.as_bytes(), (100 << 20) / frame.len());
    assert!(held(frames, |frame| reader.push(frame), &region) < 1024);
    reader.push(br#""}],"stream":true}"#);
    assert_eq!(reader.facts().stream, Some(true));
}

fn a_reply_of_any_size() {
    let floats = "-0.0123456,".repeat(1500);
    let text = "some words of a long answer ".repeat(600);
    for (api, content_type, before, frame, after) in [
        (
            Api::OpenAiEmbeddings,
            "application/json",
            r#"{"data":[{"embedding":["#,
            &floats,
            r#"0]}],"model":"gpt-4o","usage":{"prompt_tokens":8,"completion_tokens":1}}"#,
        ),
        (
            Api::OpenAiResponses,
            "text/event-stream",
            "data: {\"type\":\"response.completed\",\"response\":{\"model\":\"gpt-4o\",\"output\":\"",
            &text,
            "\",\"usage\":{\"input_tokens\":8,\"output_tokens\":1}}}\n\n",
        ),
        (
            Api::OpenAiChat,
            "text/event-stream",
            "data: {\"model\":\"gpt-4o\"}\n\n: ",
            &text,
            "\n\ndata: {\"usage\":{\"prompt_tokens\":8,\"completion_tokens\":1}}\n\n",
        ),
    ] {
        let frames = || {
            std::iter::once(before.as_bytes())
                .chain(std::iter::repeat_n(frame.as_bytes(), (30 << 20) / frame.len()))
                .chain(std::iter::once(after.as_bytes()))
        };
        let region = Region::new(ALLOCATOR);
        let mut reader = ReplyReader::new(api, &ReplyHead::new(200, Some(content_type), None));
        let plain = held(frames(), |frame| _ = reader.push(frame), &region);
        assert!(plain < BOUND, "{plain}");
        assert_eq!(reader.facts().usage.and_then(|usage| usage.input), Some(8));
        drop(reader);

        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        frames().for_each(|frame| gzip.write_all(frame).unwrap());
        let gzip = gzip.finish().unwrap();
        let region = Region::new(ALLOCATOR);
        let mut reader = ReplyReader::new(api, &ReplyHead::new(200, Some(content_type), Some("gzip")));
        let zipped = held(gzip.chunks(16 * 1024), |frame| _ = reader.push(frame), &region);
        assert!(zipped < BOUND, "{zipped}");
        assert_eq!(reader.facts().usage.and_then(|usage| usage.input), Some(8), "{content_type}");
    }
}

/// A message of an event stream may have 16 MiB.
fn a_message_of_any_size() {
    let event = format!(
        r#"{{"type":"message_delta","text":"{}","usage":{{"input_tokens":8,"output_tokens":1}}}}"#,
        "word ".repeat(2 << 20)
    );
    let chunk = message("chunk", &format!(r#"{{"bytes":"{}"}}"#, BASE64_STANDARD.encode(&event)));
    for (api, stream) in [(Api::AnthropicMessages, chunk), (Api::AnthropicMessages, message("x", &event))] {
        let region = Region::new(ALLOCATOR);
        let mut reader = ReplyReader::new(api, &ReplyHead::new(200, Some(EVENT_STREAM), None));
        let most = held(stream.chunks(16 * 1024), |frame| _ = reader.push(frame), &region);
        assert!(most < BOUND, "{most}");
        assert_eq!(reader.facts().usage.and_then(|usage| usage.input), Some(8));
        assert!(!reader.facts().unreadable);
    }
}

/// Of an encoded body no more is held than without its encoding, but for what the budget has granted.
fn windows_are_granted() {
    let mut body = br#"{"data":[{"embedding":["#.to_vec();
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    while body.len() < 3 << 20 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        write!(body, "-0.0{},", seed >> 40).unwrap();
    }
    body.extend_from_slice(br#"0]}],"model":"m","usage":{"prompt_tokens":8}}"#);
    let mut brotli = brotli::CompressorWriter::new(Vec::new(), 4096, 5, 22);
    brotli.write_all(&body).unwrap();
    let mut zstd = Vec::with_capacity(zstd_safe::compress_bound(body.len()));
    zstd_safe::compress(&mut zstd, &body, 3).unwrap();
    let budget = DecoderBudget::default();
    for (encoding, encoded) in [("br", brotli.into_inner()), ("zstd", zstd)] {
        let head = ReplyHead::new(200, Some("application/json"), Some(encoding));
        let region = Region::new(ALLOCATOR);
        let mut reader = ReplyReader::with_budget(Api::OpenAiEmbeddings, &head, &budget);
        let mut granted = 0;
        for frame in encoded.chunks(16 * 1024) {
            reader.push(frame);
            let change = region.change();
            let most = change.bytes_allocated.saturating_sub(change.bytes_deallocated);
            granted = granted.max(budget.in_use());
            assert!(most < BOUND + budget.in_use(), "{encoding}: {most}");
        }
        assert!(granted > 1 << 20 && granted < (8 << 20) + (512 << 10), "{encoding}: {granted}");
        assert_eq!(reader.facts().usage.and_then(|usage| usage.input), Some(8));
        drop(reader);
        assert_eq!((budget.in_use(), budget.refused()), (0, 0));
    }
}

fn a_session_of_any_size() {
    let frame = |first: u8, payload: &[u8]| {
        let mut frame = vec![first, 127];
        frame.extend_from_slice(&(payload.len() as u64).to_be_bytes());
        frame.extend_from_slice(payload);
        frame
    };
    let audio = format!(r#"{{"type":"response.output_audio.delta","delta":"{}"}}"#, "QUJD".repeat(8 << 20));
    let done = r#"{"type":"response.done","response":{"id":"r","usage":{"input_tokens":8}}}"#;
    let deflate = |text: &str| {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::none());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.flush().unwrap();
        let bytes = encoder.get_ref();
        bytes.strip_suffix(&[0, 0, 0xff, 0xff]).unwrap().to_vec()
    };
    for (extensions, bytes) in [
        (None, [frame(0x81, audio.as_bytes()), frame(0x81, done.as_bytes())].concat()),
        (Some("permessage-deflate"), [frame(0xc1, &deflate(&audio)), frame(0xc1, &deflate(done))].concat()),
    ] {
        let mut input = None;
        let region = Region::new(ALLOCATOR);
        let mut server = ServerEvents::new(Api::OpenAiRealtime, extensions);
        let push = |piece: &[u8]| {
            server.push(piece, |event| {
                if let ServerEvent::Ended { facts, .. } = event {
                    input = facts.usage.and_then(|usage| usage.input);
                }
            });
        };
        let most = held(bytes.chunks(16 * 1024), push, &region);
        assert!(most < BOUND, "{most}");
        assert_eq!(input, Some(8), "{extensions:?}");
    }
}

fn a_bomb_is_bounded() {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
    let blanks = vec![b' '; 1 << 20];
    for _ in 0..256 {
        gzip.write_all(&blanks).unwrap();
    }
    drop(blanks);
    let gzip = gzip.finish().unwrap();
    let region = Region::new(ALLOCATOR);
    let mut reader = ReplyReader::new(Api::OpenAiChat, &ReplyHead::new(200, None, Some("gzip")));
    let most = held(gzip.chunks(64 * 1024), |frame| _ = reader.push(frame), &region);
    assert!(reader.facts().unreadable);
    assert!(most < BOUND && region.change().bytes_allocated < 2 * BOUND, "{most}");
}
