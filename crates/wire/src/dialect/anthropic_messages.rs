//! Anthropic's messages, also as Bedrock's and Vertex's plain JSON replies.
//!
//! Counts: cache reads and writes stand beside `input_tokens`; thinking is a part of `output_tokens`. On a
//! stream the input comes with `message_start` and the output with `message_delta`, which is cumulative and
//! may state the input again; the few output tokens that `message_start` states are a placeholder and are not
//! taken.

use super::{
    Dialect, ERROR, OUTPUT, Place, Quiet, Stated, Tokens, leaf, openai_chat::SERVER_TOOLS, stated, tokens,
};
use crate::json::Node;

pub(super) static DIALECT: Dialect = Dialect::new(&SCHEMA, Quiet::Prefixed(QUIET)).ending_with(TERMINAL);

const TERMINAL: &[&str] = &["message_stop", "error"];

const QUIET: &[&str] = &[r#"{"type":"content_block_"#];

/// A whole message, or an event.
static SCHEMA: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("model", &leaf(Place::Model)),
    ("stop_reason", &leaf(Place::FinishReason)),
    ("usage", &USAGE),
    ("type", &leaf(Place::EventType)),
    ("message", &MESSAGE),
    ("delta", &DELTA),
    ("content_block", &CONTENT_BLOCK),
    ("error", &ERROR),
]);

/// In errors of others there is a text in its place.
pub(super) static MESSAGE: Node<Place> =
    Node::object(&[("id", &leaf(Place::Id)), ("model", &leaf(Place::Model)), ("usage", &START_USAGE)])
        .marked(Place::RootMessage);

static DELTA: Node<Place> = Node::object(&[
    ("stop_reason", &leaf(Place::FinishReason)),
    ("text", &OUTPUT),
    ("thinking", &OUTPUT),
    ("partial_json", &OUTPUT),
]);

/// A tool's name and redacted thinking come with the start of their block; text comes later.
pub(super) static CONTENT_BLOCK: Node<Place> =
    Node::object(&[("name", &OUTPUT), ("text", &OUTPUT), ("data", &OUTPUT)]);

static USAGE: Node<Place> = Node::object(&[
    ("input_tokens", &tokens(Tokens::Input)),
    ("output_tokens", &tokens(Tokens::Output)),
    ("cache_read_input_tokens", &tokens(Tokens::CacheReadBeside)),
    ("cache_creation_input_tokens", &tokens(Tokens::CacheWriteBeside)),
    ("cache_creation", &CACHE_CREATION),
    ("output_tokens_details", &OUTPUT_DETAILS),
    ("service_tier", &leaf(Place::ServiceTier)),
    ("server_tool_use", &SERVER_TOOLS),
    ("inference_geo", &stated(Stated::InferenceGeo)),
    ("speed", &stated(Stated::Speed)),
])
.marked(Place::CumulativeUsage);

static START_USAGE: Node<Place> = Node::object(&[
    ("input_tokens", &tokens(Tokens::Input)),
    ("cache_read_input_tokens", &tokens(Tokens::CacheReadBeside)),
    ("cache_creation_input_tokens", &tokens(Tokens::CacheWriteBeside)),
    ("cache_creation", &CACHE_CREATION),
    ("service_tier", &leaf(Place::ServiceTier)),
    ("server_tool_use", &SERVER_TOOLS),
    ("inference_geo", &stated(Stated::InferenceGeo)),
    ("speed", &stated(Stated::Speed)),
])
.marked(Place::CumulativeUsage);

pub(super) static CACHE_CREATION: Node<Place> =
    Node::object(&[("ephemeral_1h_input_tokens", &tokens(Tokens::CacheWrite1h))]);

static OUTPUT_DETAILS: Node<Place> = Node::object(&[("thinking_tokens", &tokens(Tokens::Reasoning))]);
