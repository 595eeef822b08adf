//! OpenAI's moderations, and Mistral's.
//!
//! Counts: none, they are free; Mistral states the tokens of the input.

use super::{Dialect, ERROR, Place, Quiet, leaf, openai_embeddings::USAGE};
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
    ("message", &leaf(Place::RootMessage)),
]);
