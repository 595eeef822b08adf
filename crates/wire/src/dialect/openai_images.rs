//! OpenAI's images, generated and edited, whole and streamed, and those of compatible servers.
//!
//! Counts: text and images are parts of the input, and the output is images but for a part that may be stated as text.
//! Older models state no usage: their images are counted, and billed by size and quality.

use super::{Dialect, ERROR, OUTPUT, Place, Quiet, Stated, Tokens, leaf, stated, tokens};
use crate::json::Node;

pub(super) static DIALECT: Dialect = Dialect::new(&SCHEMA, Quiet::Prefixed(&[])).ending_with(&["error"]);

/// A whole reply, or an event with one image.
static SCHEMA: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("model", &leaf(Place::Model)),
    ("data", &DATA),
    ("size", &stated(Stated::ImageSize)),
    ("quality", &stated(Stated::ImageQuality)),
    ("usage", &USAGE),
    ("error", &ERROR),
    ("type", &leaf(Place::EventType)),
    ("b64_json", &OUTPUT),
    ("code", &leaf(Place::RootCode)),
    ("message", &leaf(Place::RootMessage)),
]);

static DATA: Node<Place> = Node::array(&IMAGE);
static IMAGE: Node<Place> = Node::object(&[]).marked(Place::Image);

static USAGE: Node<Place> = Node::object(&[
    ("input_tokens", &tokens(Tokens::Input)),
    ("output_tokens", &leaf(Place::TokensOfImages)),
    ("total_tokens", &tokens(Tokens::Total)),
    ("input_tokens_details", &INPUT_DETAILS),
    ("output_tokens_details", &OUTPUT_DETAILS),
])
.marked(Place::Usage);

static INPUT_DETAILS: Node<Place> = Node::object(&[
    ("image_tokens", &stated(Stated::ImageInput)),
    ("cached_tokens", &tokens(Tokens::CacheRead)),
]);

static OUTPUT_DETAILS: Node<Place> = Node::object(&[
    ("image_tokens", &stated(Stated::ImageOutput)),
    ("reasoning_tokens", &tokens(Tokens::Reasoning)),
]);
