//! OpenAI's older text completions, and vLLM's, Together's and Writer's.
//!
//! Counts: as chat completions.

use super::{
    Dialect, ERROR, OUTPUT, Place, Quiet, leaf,
    openai_chat::{CHOICES, USAGE},
};
use crate::json::Node;

pub(super) static DIALECT: Dialect = Dialect::new(&SCHEMA, Quiet::Unmarked);

static SCHEMA: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("model", &leaf(Place::Model)),
    ("choices", &CHOICES),
    ("usage", &USAGE),
    ("error", &ERROR),
    ("service_tier", &leaf(Place::ServiceTier)),
    ("system_fingerprint", &leaf(Place::SystemFingerprint)),
    ("object", &leaf(Place::ObjectKind)),
    ("type", &leaf(Place::RootType)),
    ("code", &leaf(Place::RootCode)),
    ("message", &leaf(Place::RootMessage)),
    // Writer streams `{"value": "text"}` and nothing else.
    ("value", &OUTPUT),
]);
