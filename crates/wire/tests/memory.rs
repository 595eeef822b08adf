//! What reading allocates, and what it holds.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::{alloc::System, io::Write};

use flate2::{Compression, write::GzEncoder};
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower_genai_wire::{Api, ReplyHead, ReplyReader, RequestHead, RequestReader};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Without a harness, whose own thread allocates: the counters are the whole process's.
fn main() {
    an_event_allocates_nothing();
    a_completion_allocates_its_long_strings();
    a_request_of_any_size();
    a_reply_of_any_size();
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

fn an_event_allocates_nothing() {
    let anthropic = |text: &str| {
        format!(
            "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"delta\":{{\"text\":\"{text}\"}}}}\n\n"
        )
    };
    let start =
        "data: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"claude\"}}\n\n".to_owned();
    let finish = "data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":1}}\n\n";
    for (api, before, event) in [
        (Api::OpenAiChat, chunk(""), chunk(" word")),
        (Api::OpenAiChat, chunk(""), chunk("an \\\"escape\\\"")),
        (Api::OpenAiChat, chunk(""), finish.to_owned()),
        (Api::AnthropicMessages, start, anthropic(" word")),
    ] {
        let frames = [vec![event.as_bytes()], event.as_bytes().chunks(50).collect()];
        let mut reader = ReplyReader::new(api, &ReplyHead::new(200, Some("text/event-stream"), None));
        reader.push(before.as_bytes());
        for frame in frames.iter().flatten().chain(frames.iter().flatten()) {
            reader.push(frame);
        }
        let region = Region::new(ALLOCATOR);
        for _ in 0..100 {
            for frame in frames.iter().flatten() {
                reader.push(frame);
            }
        }
        assert_eq!(region.change().allocations, 0, "{event}");
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
