//! Gemini's `embedContent` and `batchEmbedContents`, and Vertex's `predict` of an embedding model.
//!
//! Counts: Vertex counts the tokens of each text by itself; Gemini counts them together, and older models do not
//! count at all.

use super::{Billed, Dialect, Place, Quiet, Tokens, gemini::ERROR, gemini::USAGE, leaf};
use crate::json::Node;

pub(super) static DIALECT: Dialect = Dialect::new(&SCHEMA, Quiet::Prefixed(&[]));

static SCHEMA: Node<Place> = Node::object(&[
    ("usageMetadata", &USAGE),
    ("predictions", &PREDICTIONS),
    ("metadata", &METADATA),
    ("error", &ERROR),
])
.marked(Place::Usage)
.each(&SCHEMA);

static PREDICTIONS: Node<Place> = Node::array(&PREDICTION);
static PREDICTION: Node<Place> = Node::object(&[("embeddings", &EMBEDDINGS)]);
static EMBEDDINGS: Node<Place> = Node::object(&[("statistics", &STATISTICS)]);
static STATISTICS: Node<Place> = Node::object(&[("token_count", &leaf(Place::MoreTokens(Tokens::Input)))]);

pub(super) static METADATA: Node<Place> =
    Node::object(&[("billableCharacterCount", &leaf(Place::Billed(Billed::InputCharacters)))]);
