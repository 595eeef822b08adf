//! OpenAI's chat completions, and the many servers that speak them.
//!
//! Counts: cached, reasoning and audio tokens are parts of the totals. xAI counts reasoning beside the
//! completion for some models, which its `total_tokens` gives away.

use super::{Dialect, ERROR, OUTPUT, Place, Quiet, Tokens, leaf, tokens};
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
    ("x_groq", &X_GROQ),
    // Errors of Mistral and of older vLLM: `{"object": "error", "type": .., "code": ..}`.
    ("object", &leaf(Place::ObjectKind)),
    ("type", &leaf(Place::RootType)),
    ("code", &leaf(Place::RootCode)),
]);

pub(super) static CHOICES: Node<Place> = Node::array(&CHOICE);

static CHOICE: Node<Place> = Node::object(&[
    ("index", &leaf(Place::ChoiceIndex)),
    ("finish_reason", &leaf(Place::FinishReason)),
    ("delta", &DELTA),
    // Text completions.
    ("text", &OUTPUT),
])
.marked(Place::Choice);

pub(super) static DELTA: Node<Place> = Node::object(&[
    ("content", &OUTPUT),
    ("reasoning_content", &OUTPUT),
    ("reasoning", &OUTPUT),
    ("refusal", &OUTPUT),
    ("tool_calls", &OUTPUT),
    ("function_call", &OUTPUT),
    ("audio", &OUTPUT),
]);

pub(super) static USAGE: Node<Place> = Node::object(&[
    ("prompt_tokens", &tokens(Tokens::Input)),
    ("completion_tokens", &tokens(Tokens::Output)),
    ("total_tokens", &tokens(Tokens::Total)),
    ("prompt_tokens_details", &PROMPT_DETAILS),
    ("completion_tokens_details", &COMPLETION_DETAILS),
    // Writer's spelling.
    ("prompt_token_details", &PROMPT_DETAILS),
    ("completion_token_details", &COMPLETION_DETAILS),
    // DeepSeek: hits and misses add up to the prompt.
    ("prompt_cache_hit_tokens", &tokens(Tokens::CacheRead)),
    // Moonshot.
    ("cached_tokens", &tokens(Tokens::CacheRead)),
])
.marked(Place::Usage);

pub(super) static PROMPT_DETAILS: Node<Place> = Node::object(&[
    ("cached_tokens", &tokens(Tokens::CacheRead)),
    ("cache_write_tokens", &tokens(Tokens::CacheWrite)),
    ("audio_tokens", &tokens(Tokens::AudioInput)),
]);

pub(super) static COMPLETION_DETAILS: Node<Place> = Node::object(&[
    ("reasoning_tokens", &tokens(Tokens::Reasoning)),
    ("audio_tokens", &tokens(Tokens::AudioOutput)),
]);

/// Groq put the usage of a stream here before it knew `stream_options`, and still does.
pub(super) static X_GROQ: Node<Place> = Node::object(&[("usage", &USAGE)]);
