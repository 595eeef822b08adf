//! Each dialect on bytes that show how its provider counts, whole and at several splits.

mod bedrock;
mod cohere;
mod gemini;
mod ollama;
mod shapes;
mod vertex;

use crate::{Api, ReplyFacts, ReplyHead, ReplyReader, Usage};

const JSON: &str = "application/json";
const SSE: &str = "text/event-stream";
const LINES: &str = "application/x-ndjson";
const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

/// What a reply says, and in which of the frames it had its first output and its end, where each has one of its own.
struct Read {
    facts: ReplyFacts,
    first_output: Option<usize>,
    terminal: Option<usize>,
}

fn read_frames<'a>(
    path: &str,
    status: u16,
    content_type: &str,
    frames: impl IntoIterator<Item = &'a [u8]>,
) -> Read {
    let api = Api::at_provider(path).unwrap();
    let head = ReplyHead::new(status, Some(content_type), None);
    let mut reader = ReplyReader::new(api, &head.streaming(api.path_stream(path) == Some(true)));
    let (mut first_output, mut terminal) = (None, None);
    for (at, frame) in frames.into_iter().enumerate() {
        let progress = reader.push(frame);
        if progress.first_output {
            assert_eq!(first_output.replace(at), None, "the first output comes once");
        }
        if progress.terminal {
            assert_eq!(terminal.replace(at), None, "the end comes once");
        }
    }
    reader.finish();
    Read { facts: reader.into_facts(), first_output, terminal }
}

/// Reads a reply to a request to this path.
fn read_with_status(path: &str, status: u16, content_type: &str, body: &[u8]) -> ReplyFacts {
    let whole = read_frames(path, status, content_type, [body]);
    for size in [1, 2, 3, 7, 20, 100] {
        let parts = read_frames(path, status, content_type, body.chunks(size));
        assert_eq!(parts.facts, whole.facts, "in frames of {size}");
        assert_eq!(parts.terminal.is_some(), whole.terminal.is_some(), "in frames of {size}");
    }
    whole.facts
}

fn read(path: &str, content_type: &str, body: impl AsRef<[u8]>) -> ReplyFacts {
    read_with_status(path, 200, content_type, body.as_ref())
}

/// Reads a stream of these events, each in a frame of its own.
fn stream(path: &str, content_type: &str, events: &[Vec<u8>]) -> Read {
    let read = read_frames(path, 200, content_type, events.iter().map(Vec::as_slice));
    assert_eq!(self::read(path, content_type, events.concat()), read.facts);
    assert!(read.facts.streamed);
    read
}

fn sse(events: &[&str]) -> Vec<Vec<u8>> {
    events.iter().map(|event| format!("data: {event}\r\n\r\n").into_bytes()).collect()
}

fn lines(events: &[&str]) -> Vec<Vec<u8>> {
    events.iter().map(|event| format!("{event}\n").into_bytes()).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "compared with one that may be absent")]
fn usage(input: u64, output: u64) -> Option<Usage> {
    Some(Usage::new(input, output))
}
