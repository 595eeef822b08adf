//! OpenAI's realtime API: the events of a server in a session, each a document of its own.
//!
//! Counts: cached and audio tokens are parts of the totals; reasoning is not told apart. The usage of a response
//! is in its `response.done`; a transcription of what the user said has a usage of its own, tokens or seconds.

use super::{Billed, Dialect, ERROR, Place, Quiet, Tokens, leaf, tokens};
use crate::json::Node;

pub(super) static DIALECT: Dialect =
    Dialect::new(&SCHEMA, Quiet::Prefixed(&[])).ending_with(&["response.done"]);

static SCHEMA: Node<Place> = Node::object(&[("response", &RESPONSE), ("usage", &USAGE), ("error", &ERROR)]);

static RESPONSE: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("model", &leaf(Place::Model)),
    ("status", &leaf(Place::Status)),
    ("status_details", &STATUS_DETAILS),
    ("usage", &USAGE),
]);

static STATUS_DETAILS: Node<Place> =
    Node::object(&[("reason", &leaf(Place::IncompleteReason)), ("error", &ERROR)]);

static USAGE: Node<Place> = Node::object(&[
    ("input_tokens", &tokens(Tokens::Input)),
    ("output_tokens", &tokens(Tokens::Output)),
    ("total_tokens", &tokens(Tokens::Total)),
    ("input_token_details", &INPUT_DETAILS),
    ("output_token_details", &OUTPUT_DETAILS),
])
.marked(Place::Usage);

static INPUT_DETAILS: Node<Place> = Node::object(&[
    ("cached_tokens", &tokens(Tokens::CacheRead)),
    ("audio_tokens", &tokens(Tokens::AudioInput)),
    ("image_tokens", &leaf(Place::Billed(Billed::ImageTokens))),
    ("cached_tokens_details", &CACHED_DETAILS),
]);

static CACHED_DETAILS: Node<Place> = Node::object(&[
    ("audio_tokens", &leaf(Place::Billed(Billed::CachedAudioTokens))),
    ("image_tokens", &leaf(Place::Billed(Billed::CachedImageTokens))),
]);

static OUTPUT_DETAILS: Node<Place> = Node::object(&[("audio_tokens", &tokens(Tokens::AudioOutput))]);
