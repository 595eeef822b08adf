//! OpenAI's embeddings, Mistral's, vLLM's and Voyage's.
//!
//! Counts: all input, which Voyage states in a total only.

use super::{
    Cost, Dialect, ERROR, Place, Quiet, Stated, TimeUnit, Tokens, Tool, leaf,
    openai_chat::{COST, COST_DETAILS, PROMPT_DETAILS, SERVER_SIDE_TOOLS, SERVER_TOOLS, usage},
    stated, tokens, uses,
};
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

/// The usage of a call that has no output.
pub(super) static USAGE: Node<Place> = usage!(
    ("prompt_tokens", &tokens(Tokens::Input)),
    ("total_tokens", &leaf(Place::AllInput)),
    ("completion_tokens", &tokens(Tokens::Output)),
    ("prompt_tokens_details", &PROMPT_DETAILS),
);
