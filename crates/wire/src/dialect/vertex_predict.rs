//! Vertex's `predict`, `rawPredict` and `streamRawPredict` of models that are not known by their path.
//!
//! Counts: each key as its own dialect counts. Images are counted by themselves.

use super::{
    Dialect, OUTPUT, Place, Quiet,
    anthropic_messages::{CONTENT_BLOCK, MESSAGE},
    any::USAGE,
    gemini::ERROR,
    gemini_embed::METADATA,
    leaf,
    openai_chat::CHOICES,
};
use crate::json::Node;

pub(super) static DIALECT: Dialect =
    Dialect::new(&SCHEMA, Quiet::Prefixed(&[])).ending_with(&["message_stop", "error"]).settling();

static SCHEMA: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("model", &leaf(Place::Model)),
    ("choices", &CHOICES),
    ("usage", &USAGE),
    ("error", &ERROR),
    ("type", &leaf(Place::EventType)),
    ("stop_reason", &leaf(Place::FinishReason)),
    ("message", &MESSAGE),
    ("content_block", &CONTENT_BLOCK),
    ("text", &OUTPUT),
    ("predictions", &PREDICTIONS),
    ("metadata", &METADATA),
])
.each(&SCHEMA);

static PREDICTIONS: Node<Place> = Node::array(&PREDICTION);
/// Imagen's, which names the type of every image it makes.
static PREDICTION: Node<Place> = Node::object(&[("mimeType", &leaf(Place::MediaType))]);
