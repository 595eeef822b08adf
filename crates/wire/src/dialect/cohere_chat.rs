//! Cohere's chat, versions 1 and 2.
//!
//! Counts: `tokens` are what the model read and wrote, cached ones included; `billed_units` are what is charged and
//! leave out the provider's own words. Replies do not name the model.

use super::{Billed, Dialect, ERROR, OUTPUT, Place, Quiet, Tokens, leaf, tokens};
use crate::json::Node;

pub(super) static DIALECT: Dialect =
    Dialect::new(&SCHEMA, Quiet::Prefixed(QUIET)).ending_with(&["message-end", "stream-end"]);

const QUIET: &[&str] =
    &[r#"{"type":"content-"#, r#"{"type":"tool-"#, r#"{"type":"citation-"#, r#"{"is_finished":false,"#];

/// A whole reply or an event of either version.
static SCHEMA: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("response_id", &leaf(Place::Id)),
    ("finish_reason", &leaf(Place::FinishReason)),
    ("meta", &META),
    ("usage", &META),
    // Version 1.
    ("event_type", &leaf(Place::EventType)),
    ("text", &OUTPUT),
    ("tool_call_delta", &TOOL_CALL_DELTA),
    ("tool_calls", &OUTPUT),
    ("response", &RESPONSE),
    // Version 2.
    ("type", &leaf(Place::EventType)),
    ("delta", &DELTA),
]);

/// What is counted and billed.
pub(super) static META: Node<Place> = Node::object(&[
    ("billed_units", &BILLED_UNITS),
    ("tokens", &TOKENS),
    ("cached_tokens", &tokens(Tokens::CacheRead)),
])
.marked(Place::Usage);

pub(super) static BILLED_UNITS: Node<Place> = Node::object(&[
    ("input_tokens", &leaf(Place::Billed(Billed::InputTokens))),
    ("output_tokens", &leaf(Place::Billed(Billed::OutputTokens))),
    ("search_units", &leaf(Place::Billed(Billed::SearchUnits))),
    ("classifications", &leaf(Place::Billed(Billed::Classifications))),
    ("images", &leaf(Place::Billed(Billed::InputImages))),
    ("image_tokens", &leaf(Place::Billed(Billed::ImageTokens))),
]);

pub(super) static TOKENS: Node<Place> =
    Node::object(&[("input_tokens", &tokens(Tokens::Input)), ("output_tokens", &tokens(Tokens::Output))]);

/// The whole reply, in the last event of version 1.
pub(super) static RESPONSE: Node<Place> = Node::object(&[
    ("response_id", &leaf(Place::Id)),
    ("finish_reason", &leaf(Place::FinishReason)),
    ("meta", &META),
]);

pub(super) static TOOL_CALL_DELTA: Node<Place> =
    Node::object(&[("name", &OUTPUT), ("parameters", &OUTPUT), ("text", &OUTPUT)]);

pub(super) static DELTA: Node<Place> = Node::object(&[
    ("message", &DELTA_MESSAGE),
    ("finish_reason", &leaf(Place::FinishReason)),
    ("usage", &META),
    ("error", &ERROR),
]);

/// The first event has empty arrays here.
static DELTA_MESSAGE: Node<Place> =
    Node::object(&[("content", &CONTENT), ("tool_plan", &OUTPUT), ("tool_calls", &TOOL_CALL)]);
static CONTENT: Node<Place> = Node::object(&[("text", &OUTPUT), ("thinking", &OUTPUT)]);
static TOOL_CALL: Node<Place> = Node::object(&[("function", &FUNCTION)]);
static FUNCTION: Node<Place> = Node::object(&[("name", &OUTPUT), ("arguments", &OUTPUT)]);
