//! Events, one a line, put into every framing.

use base64::{Engine, prelude::BASE64_STANDARD};
use tower_genai_wire::{Api, ReplyHead};

use crate::{check, event_stream_message};

const JSON: Option<&str> = Some("application/json");
const LINES: Option<&str> = Some("application/x-ndjson");
const SSE: Option<&str> = Some("text/event-stream");
const EVENT_STREAM: Option<&str> = Some("application/vnd.amazon.eventstream");

/// Reads the events in every framing, each at many splits.
pub fn check_dialect(apis: &[Api], script: &[u8]) {
    let lines: Vec<_> = script.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
    let data: Vec<_> = lines.iter().map(|line| line_of(line).1).collect();
    let body = data.join(&b"\n"[..]);
    let sse: Vec<u8> = data.iter().flat_map(|data| [b"data: ", *data, b"\n\n"].concat()).collect();
    let array = [b"[", data.join(&b",\n"[..]).as_slice(), b"]"].concat();
    let event_stream = event_stream_of(script);
    for api in apis.iter().copied() {
        for status in [200, 400] {
            check(api, &ReplyHead::new(status, JSON, None), &body);
        }
        check(api, &ReplyHead::new(200, JSON, None).streaming(true), &array);
        check(api, &ReplyHead::new(200, EVENT_STREAM, None), &event_stream);
        let lines = check(api, &ReplyHead::new(200, LINES, None), &[&body[..], b"\n"].concat());
        let events = check(api, &ReplyHead::new(200, SSE, None), &sse);
        // One stream or the other, the events are the same.
        let is_plain = |data: &&[u8]| data.starts_with(b"{") && data.ends_with(b"}") && !data.contains(&b'\r');
        if data.iter().all(|data| is_plain(data)) {
            assert_eq!(lines, events, "{api:?}");
        }
    }
}

/// The events of a script as messages of an event stream with right checksums. A line is a kind and a payload; without
/// a kind the payload is a vendor's event.
pub fn event_stream_of(script: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    for line in script.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        let (kind, payload) = line_of(line);
        let message_type = if kind.ends_with("Exception") { "exception" } else { "event" };
        let type_name = if kind.ends_with("Exception") { ":exception-type" } else { ":event-type" };
        let wrapped = format!(r#"{{"bytes":"{}","p":"ab"}}"#, BASE64_STANDARD.encode(payload));
        let (kind, payload) = match kind {
            "" => ("chunk", wrapped.as_bytes()),
            kind => (kind, payload),
        };
        let headers = [(type_name, kind), (":content-type", "application/json"), (":message-type", message_type)];
        stream.extend_from_slice(&event_stream_message(&headers, payload));
    }
    stream
}

/// What stands before the first brace of a line, and the rest.
fn line_of(line: &[u8]) -> (&str, &[u8]) {
    let start = line.iter().position(|byte| *byte == b'{').unwrap_or(0);
    let (kind, data) = line.split_at(start);
    std::str::from_utf8(kind).map_or(("", line), |kind| (kind.trim(), data))
}
