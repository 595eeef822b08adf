//! Rerankers: Cohere's, Voyage's, Jina's, vLLM's.
//!
//! Counts: Cohere states what is billed, in searches; the others count all input, and some of them state a total
//! only.

use super::{Dialect, ERROR, Place, Quiet, cohere_chat::META, leaf, openai_embeddings::USAGE};
use crate::json::Node;

pub(super) static DIALECT: Dialect = Dialect::new(&SCHEMA, Quiet::Prefixed(&[]));

static SCHEMA: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("model", &leaf(Place::Model)),
    ("usage", &USAGE),
    ("meta", &META),
    ("error", &ERROR),
    ("object", &leaf(Place::ObjectKind)),
    ("type", &leaf(Place::RootType)),
    ("code", &leaf(Place::RootCode)),
]);
