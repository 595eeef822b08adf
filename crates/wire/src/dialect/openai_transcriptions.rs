//! OpenAI's transcriptions and translations, Groq's and Mistral's.
//!
//! Counts: by tokens, of which text and audio are parts of the input, or by seconds. Where no usage is stated, the
//! verbose format still tells the length of the audio. Formats that are not JSON (`text`, `srt`, `vtt`) tell nothing.

use super::{
    Dialect, ERROR, OUTPUT, Place, Quiet, Stated, Tokens, leaf, openai_chat::X_GROQ, stated, tokens,
};
use crate::json::Node;

pub(super) static DIALECT: Dialect = Dialect::new(&SCHEMA, Quiet::Prefixed(QUIET)).ending_with(&[
    "transcript.text.done",
    "transcription.done",
    "error",
]);

const QUIET: &[&str] = &[r#"{"type":"transcript.text.delta""#];

static SCHEMA: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("model", &leaf(Place::Model)),
    ("duration", &stated(Stated::Audio)),
    ("usage", &USAGE),
    ("x_groq", &X_GROQ),
    ("error", &ERROR),
    ("type", &leaf(Place::EventType)),
    ("delta", &OUTPUT),
    ("text", &OUTPUT),
    ("object", &leaf(Place::ObjectKind)),
    ("code", &leaf(Place::RootCode)),
    ("message", &leaf(Place::RootMessage)),
]);

static USAGE: Node<Place> = Node::object(&[
    ("input_tokens", &tokens(Tokens::Input)),
    ("output_tokens", &tokens(Tokens::Output)),
    ("total_tokens", &tokens(Tokens::Total)),
    ("input_token_details", &INPUT_DETAILS),
    ("seconds", &stated(Stated::BilledAudio)),
    // Mistral.
    ("prompt_tokens", &tokens(Tokens::Input)),
    ("completion_tokens", &tokens(Tokens::Output)),
    ("prompt_audio_seconds", &stated(Stated::BilledAudio)),
])
.marked(Place::Usage);

static INPUT_DETAILS: Node<Place> = Node::object(&[("audio_tokens", &tokens(Tokens::AudioInput))]);
