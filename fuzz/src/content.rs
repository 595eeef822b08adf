//! What must hold for the content of every call.

use tower_genai_wire::content::Content;
use tower_genai_wire::{Api, ReplyHead, ReplyReader, RequestHead, RequestReader};

use crate::{Splits, event_stream_of};

/// Little enough that inputs pass it.
const LIMIT: usize = 1024;

fn request<'a>(api: Api, frames: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut reader = RequestReader::new(api, &RequestHead::default());
    reader.keep_content(api, LIMIT);
    frames.into_iter().for_each(|frame| reader.push(frame));
    checked(reader.take_content())
}

fn reply<'a>(api: Api, content_type: &str, frames: impl IntoIterator<Item = &'a [u8]>) -> String {
    let mut reader = ReplyReader::new(api, &ReplyHead::new(200, Some(content_type), None));
    reader.keep_content(api, LIMIT);
    frames.into_iter().for_each(|frame| _ = reader.push(frame));
    reader.finish();
    checked(reader.take_content())
}

/// The content as JSON, which is there and not larger than what is kept and the words around it.
fn checked(content: Option<Content>) -> String {
    let content = content.expect("the API is understood");
    let mut bytes = 0;
    content.clone().for_each_text(&mut |text| bytes += text.len());
    assert!(bytes <= 4 * LIMIT, "{bytes} bytes are kept");
    serde_json::to_string(&content).expect("content is JSON")
}

/// Panics where some split of a body gives another content than no split, or more than is to be kept.
pub fn check_content(apis: &[Api], script: &[u8]) {
    let lines = script.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let sse: Vec<u8> = lines.flat_map(|line| [b"data: ", line, b"\n\n"].concat()).collect();
    let event_stream = event_stream_of(script);
    for api in apis.iter().copied() {
        let splits = Splits::new(script).all(script);
        let whole = request(api, splits[0].iter().copied());
        for frames in &splits[1..] {
            assert_eq!(request(api, frames.iter().copied()), whole, "{api:?}");
        }
        for (content_type, body) in [
            ("application/json", script),
            ("text/event-stream", &sse),
            ("application/vnd.amazon.eventstream", &event_stream),
        ] {
            let splits = Splits::new(body).all(body);
            let whole = reply(api, content_type, splits[0].iter().copied());
            for frames in &splits[1..] {
                assert_eq!(reply(api, content_type, frames.iter().copied()), whole, "{api:?} {content_type}");
            }
        }
    }
}
