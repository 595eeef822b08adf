//! OpenAI's shapes, as each of the providers that speak them writes them, and Anthropic's.

mod anthropic;
mod chat;
mod errors;
mod first_output;
mod media;
mod responses;

use crate::{Api, Billing, ReplyFacts, ReplyHead, ReplyReader, ToolUses, Usage};

/// Reads a reply, which is the same at any split.
fn read_with(api: Api, status: u16, body: &str) -> ReplyFacts {
    let content_type = if body.starts_with(['{', '[']) { "application/json" } else { "text/event-stream" };
    let read = |size: usize| {
        let mut reader = ReplyReader::new(api, &ReplyHead::new(status, Some(content_type), None));
        for frame in body.as_bytes().chunks(size) {
            reader.push(frame);
        }
        reader.finish();
        reader.into_facts()
    };
    let whole = read(body.len().max(1));
    for size in [1, 2, 3, 7, 64, 129] {
        assert_eq!(read(size), whole, "in frames of {size} bytes");
    }
    assert!(!whole.unreadable);
    whole
}

fn read(api: Api, body: &str) -> ReplyFacts {
    read_with(api, 200, body)
}

/// An event stream of these data.
fn stream(data: &[&str]) -> String {
    data.iter().flat_map(|data| ["data: ", data, "\n\n"]).collect()
}

fn billing(facts: &ReplyFacts) -> Billing {
    facts.billing.as_deref().cloned().unwrap_or_default()
}

fn tools(facts: &ReplyFacts) -> ToolUses {
    billing(facts).tools
}

fn usage(facts: &ReplyFacts) -> Usage {
    facts.usage.unwrap_or_default()
}
