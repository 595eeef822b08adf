//! OpenAI's responses.
//!
//! Counts: cached, reasoning and audio tokens are parts of the totals. The usage of a stream is in the event
//! that ends it, whichever that is.

use super::{Dialect, ERROR, OUTPUT, Place, Quiet, Tokens, leaf, tokens};
use crate::json::Node;

pub(super) static DIALECT: Dialect = Dialect::new(&SCHEMA, Quiet::Prefixed(QUIET)).ending_with(TERMINAL);

const TERMINAL: &[&str] =
    &["response.completed", "response.incomplete", "response.failed", "response.cancelled", "error"];

/// Items carry whole texts and may be large.
const QUIET: &[&str] = &[
    r#"{"type":"response.output_"#,
    r#"{"type":"response.content_part."#,
    r#"{"type":"response.reasoning"#,
    r#"{"type":"response.function_call_arguments."#,
    r#"{"type":"response.refusal."#,
    r#"{"type":"response.audio."#,
    r#"{"type":"response.custom_tool_call_input."#,
    r#"{"type":"response.mcp_"#,
    r#"{"type":"response.code_interpreter_"#,
    r#"{"type":"response.file_search_call."#,
    r#"{"type":"response.web_search_call."#,
    r#"{"type":"response.image_generation_call."#,
];

/// A whole response, or an event with one inside.
static SCHEMA: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("model", &leaf(Place::Model)),
    ("status", &leaf(Place::Status)),
    ("incomplete_details", &INCOMPLETE_DETAILS),
    ("usage", &USAGE),
    ("error", &ERROR),
    ("service_tier", &leaf(Place::ServiceTier)),
    ("response", &RESPONSE),
    ("type", &leaf(Place::EventType)),
    ("code", &leaf(Place::RootCode)),
    ("delta", &OUTPUT),
    ("item", &ITEM),
    ("partial_image_b64", &OUTPUT),
]);

pub(super) static RESPONSE: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("model", &leaf(Place::Model)),
    ("status", &leaf(Place::Status)),
    ("incomplete_details", &INCOMPLETE_DETAILS),
    ("usage", &USAGE),
    ("error", &ERROR),
    ("service_tier", &leaf(Place::ServiceTier)),
]);

static INCOMPLETE_DETAILS: Node<Place> = Node::object(&[("reason", &leaf(Place::IncompleteReason))]);

/// The name of a tool that is called comes before its arguments.
static ITEM: Node<Place> = Node::object(&[("name", &OUTPUT)]);

static USAGE: Node<Place> = Node::object(&[
    ("input_tokens", &tokens(Tokens::Input)),
    ("output_tokens", &tokens(Tokens::Output)),
    ("total_tokens", &tokens(Tokens::Total)),
    ("input_tokens_details", &INPUT_DETAILS),
    ("output_tokens_details", &OUTPUT_DETAILS),
])
.marked(Place::Usage);

pub(super) static INPUT_DETAILS: Node<Place> = Node::object(&[
    ("cached_tokens", &tokens(Tokens::CacheRead)),
    ("cache_write_tokens", &tokens(Tokens::CacheWrite)),
    ("audio_tokens", &tokens(Tokens::AudioInput)),
]);

static OUTPUT_DETAILS: Node<Place> = Node::object(&[
    ("reasoning_tokens", &tokens(Tokens::Reasoning)),
    ("audio_tokens", &tokens(Tokens::AudioOutput)),
]);
