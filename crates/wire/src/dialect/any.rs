//! Where the path does not tell: every key of OpenAI's and Anthropic's shapes.
//!
//! Counts: each key as its own dialect counts; `input_tokens` and `output_tokens` mean the same in all of
//! them but for what stands beside them, which has names of its own.
//!
//! A stream is read this way until its first event of one dialect has shown which it is.

use super::{
    Cost, Dialect, ERROR, OUTPUT, Place, Quiet, Stated, TimeUnit, Tokens, Tool,
    anthropic_messages::{CACHE_CREATION, CONTENT_BLOCK, MESSAGE},
    leaf,
    openai_chat::{
        CHOICES, COMPLETION_DETAILS, COST, COST_DETAILS, PROMPT_DETAILS, SERVER_SIDE_TOOLS, SERVER_TOOLS,
        X_GROQ, usage,
    },
    openai_responses::{INPUT_DETAILS, ITEMS, RESPONSE},
    stated, tokens, uses,
};
use crate::json::Node;

pub(super) static DIALECT: Dialect =
    Dialect::new(&SCHEMA, Quiet::Prefixed(&[])).ending_with(&["message_stop", "error"]).settling();

static SCHEMA: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("model", &leaf(Place::Model)),
    ("choices", &CHOICES),
    ("usage", &USAGE),
    ("error", &ERROR),
    ("service_tier", &leaf(Place::ServiceTier)),
    ("system_fingerprint", &leaf(Place::SystemFingerprint)),
    ("x_groq", &X_GROQ),
    ("object", &leaf(Place::ObjectKind)),
    ("type", &leaf(Place::EventType)),
    ("code", &leaf(Place::RootCode)),
    ("response", &RESPONSE),
    ("stop_reason", &leaf(Place::FinishReason)),
    ("message", &MESSAGE),
    ("content_block", &CONTENT_BLOCK),
    ("value", &OUTPUT),
    ("output", &ITEMS),
]);

pub(super) static USAGE: Node<Place> = usage!(
    ("prompt_tokens", &tokens(Tokens::Input)),
    ("completion_tokens", &tokens(Tokens::Output)),
    ("total_tokens", &tokens(Tokens::Total)),
    ("prompt_tokens_details", &PROMPT_DETAILS),
    ("completion_tokens_details", &COMPLETION_DETAILS),
    ("prompt_token_details", &PROMPT_DETAILS),
    ("completion_token_details", &COMPLETION_DETAILS),
    ("input_tokens", &tokens(Tokens::Input)),
    ("output_tokens", &tokens(Tokens::Output)),
    ("input_tokens_details", &INPUT_DETAILS),
    ("output_tokens_details", &OUTPUT_DETAILS),
    ("cache_read_input_tokens", &tokens(Tokens::CacheReadBeside)),
    ("cache_creation_input_tokens", &tokens(Tokens::CacheWriteBeside)),
    ("cache_creation", &CACHE_CREATION),
    ("service_tier", &leaf(Place::ServiceTier)),
    ("inference_geo", &stated(Stated::InferenceGeo)),
    ("speed", &stated(Stated::Speed)),
);

static OUTPUT_DETAILS: Node<Place> = Node::object(&[
    ("reasoning_tokens", &tokens(Tokens::Reasoning)),
    ("thinking_tokens", &tokens(Tokens::Reasoning)),
    ("audio_tokens", &tokens(Tokens::AudioOutput)),
    ("image_tokens", &stated(Stated::ImageOutput)),
]);
