//! Cohere's embeddings.
//!
//! Counts: what is billed is all that is stated; tokens of images stand beside those of texts.

use super::{Dialect, Place, Quiet, cohere_chat::META, leaf};
use crate::json::Node;

pub(super) static DIALECT: Dialect = Dialect::new(&SCHEMA, Quiet::Prefixed(&[]));

static SCHEMA: Node<Place> = Node::object(&[("id", &leaf(Place::Id)), ("meta", &META)]);
