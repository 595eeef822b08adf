//! Ollama's requests.

use super::{Place, STOP, leaf};
use crate::json::Node;

pub(super) static REQUEST: Node<Place> = Node::object(&[
    ("model", &leaf(Place::Model)),
    ("stream", &leaf(Place::Stream)),
    ("options", &OPTIONS),
    // `json` or a schema.
    ("format", &leaf(Place::Format)),
    ("think", &leaf(Place::ReasoningLevel)),
    ("dimensions", &leaf(Place::Dimensions)),
    // What other servers take on the path of the embeddings.
    ("encoding_format", &leaf(Place::EncodingFormat)),
    ("user", &leaf(Place::User)),
]);

static OPTIONS: Node<Place> = Node::object(&[
    ("temperature", &leaf(Place::Temperature)),
    ("top_p", &leaf(Place::TopP)),
    ("top_k", &leaf(Place::TopK)),
    ("frequency_penalty", &leaf(Place::FrequencyPenalty)),
    ("presence_penalty", &leaf(Place::PresencePenalty)),
    ("num_predict", &leaf(Place::MaxTokens)),
    ("seed", &leaf(Place::Seed)),
    ("stop", &STOP),
]);
