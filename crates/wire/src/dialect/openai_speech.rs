//! OpenAI's speech, where it comes as events; otherwise the reply is nothing but sound.
//!
//! Counts: text in, audio out. The older models state no usage and are billed by the characters of the request.

use super::{Dialect, ERROR, OUTPUT, Place, Quiet, Tokens, leaf, tokens};
use crate::json::Node;

pub(super) static DIALECT: Dialect =
    Dialect::new(&SCHEMA, Quiet::Prefixed(&[r#"{"type":"speech.audio.delta""#]))
        .ending_with(&["speech.audio.done", "error"]);

static SCHEMA: Node<Place> = Node::object(&[
    ("type", &leaf(Place::EventType)),
    ("audio", &OUTPUT),
    ("usage", &USAGE),
    ("error", &ERROR),
    ("code", &leaf(Place::RootCode)),
    ("message", &leaf(Place::RootMessage)),
]);

static USAGE: Node<Place> = Node::object(&[
    ("input_tokens", &tokens(Tokens::Input)),
    ("output_tokens", &tokens(Tokens::Output)),
    ("total_tokens", &tokens(Tokens::Total)),
    ("output_token_details", &OUTPUT_DETAILS),
])
.marked(Place::Usage);

static OUTPUT_DETAILS: Node<Place> = Node::object(&[("audio_tokens", &tokens(Tokens::AudioOutput))]);
