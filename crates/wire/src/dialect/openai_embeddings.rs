//! OpenAI's embeddings, Mistral's, vLLM's and Voyage's.
//!
//! Counts: all input. Voyage states a total only, which is kept as no more than that.

use super::{Dialect, ERROR, Place, Quiet, leaf, openai_chat::USAGE};
use crate::json::Node;

pub(super) static DIALECT: Dialect = Dialect::new(&SCHEMA, Quiet::Prefixed(&[]));

static SCHEMA: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("model", &leaf(Place::Model)),
    ("usage", &USAGE),
    ("error", &ERROR),
    ("object", &leaf(Place::ObjectKind)),
    ("type", &leaf(Place::RootType)),
    ("code", &leaf(Place::RootCode)),
]);
