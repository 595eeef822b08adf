//! OpenAI's responses.
//!
//! Counts: cached, reasoning and audio tokens are parts of the totals. The usage of a stream is in the event
//! that ends it, whichever that is. Uses of the provider's tools are counted from the items of the output; OpenRouter
//! and xAI state them, and the cost.

use super::{
    Cost, Dialect, ERROR, OUTPUT, Place, Quiet, Stated, TimeUnit, Tokens, Tool, leaf,
    openai_chat::{COST, COST_DETAILS, SERVER_SIDE_TOOLS, SERVER_TOOLS, usage},
    stated, tokens, uses,
};
use crate::json::Node;

pub(super) static DIALECT: Dialect = Dialect::new(&SCHEMA, Quiet::Prefixed(QUIET)).ending_with(TERMINAL);

const TERMINAL: &[&str] =
    &["response.completed", "response.incomplete", "response.failed", "response.cancelled", "error"];

/// Items that begin carry nothing yet; those that are done tell which tools were used.
const QUIET: &[&str] = &[
    r#"{"type":"response.output_text."#,
    r#"{"type":"response.output_item.added"#,
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
    ("output", &ITEMS),
    ("response", &RESPONSE),
    ("type", &leaf(Place::EventType)),
    ("code", &leaf(Place::RootCode)),
    ("message", &leaf(Place::RootMessage)),
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
    ("output", &ITEMS),
]);

static INCOMPLETE_DETAILS: Node<Place> = Node::object(&[("reason", &leaf(Place::IncompleteReason))]);

/// All items of a response.
pub(super) static ITEMS: Node<Place> = Node::array(&ITEM).marked(Place::Items);

static ITEM: Node<Place> = Node::object(&[
    // The name of a tool that is called comes before its arguments.
    ("name", &OUTPUT),
    ("type", &leaf(Place::ItemType)),
    ("action", &ACTION),
    ("container_id", &leaf(Place::ItemContainer)),
    // Of an image.
    ("size", &stated(Stated::ImageSize)),
    ("quality", &stated(Stated::ImageQuality)),
])
.marked(Place::Item);

/// OpenAI: "Search actions incur a tool call cost", opening a page and finding in it do not.
static ACTION: Node<Place> = Node::object(&[("type", &leaf(Place::ItemAction))]);

static USAGE: Node<Place> = usage!(
    ("input_tokens", &tokens(Tokens::Input)),
    ("output_tokens", &tokens(Tokens::Output)),
    ("total_tokens", &tokens(Tokens::Total)),
    ("input_tokens_details", &INPUT_DETAILS),
    ("output_tokens_details", &OUTPUT_DETAILS),
);

pub(super) static INPUT_DETAILS: Node<Place> = Node::object(&[
    ("cached_tokens", &tokens(Tokens::CacheRead)),
    ("cache_write_tokens", &tokens(Tokens::CacheWrite)),
    ("audio_tokens", &tokens(Tokens::AudioInput)),
    ("image_tokens", &stated(Stated::ImageInput)),
]);

static OUTPUT_DETAILS: Node<Place> = Node::object(&[
    ("reasoning_tokens", &tokens(Tokens::Reasoning)),
    ("audio_tokens", &tokens(Tokens::AudioOutput)),
    ("image_tokens", &stated(Stated::ImageOutput)),
]);
