//! What stands behind `/v1/chat` and `/v2/chat`: Writer, in OpenAI's shape, or Cohere.
//!
//! Counts: each key as its own dialect counts.

use super::{
    Dialect, ERROR, OUTPUT, Place, Quiet, Tokens,
    cohere_chat::{BILLED_UNITS, DELTA, META, RESPONSE, TOKENS, TOOL_CALL_DELTA},
    leaf,
    openai_chat::{CHOICES, COMPLETION_DETAILS, PROMPT_DETAILS},
    tokens,
};
use crate::json::Node;

pub(super) static DIALECT: Dialect =
    Dialect::new(&SCHEMA, Quiet::Prefixed(&[])).ending_with(&["message-end", "stream-end"]).settling();

static SCHEMA: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("usage", &USAGE),
    // Writer.
    ("model", &leaf(Place::Model)),
    ("choices", &CHOICES),
    ("error", &ERROR),
    ("service_tier", &leaf(Place::ServiceTier)),
    ("system_fingerprint", &leaf(Place::SystemFingerprint)),
    // Cohere.
    ("response_id", &leaf(Place::Id)),
    ("finish_reason", &leaf(Place::FinishReason)),
    ("meta", &META),
    ("event_type", &leaf(Place::EventType)),
    ("text", &OUTPUT),
    ("tool_call_delta", &TOOL_CALL_DELTA),
    ("response", &RESPONSE),
    ("type", &leaf(Place::EventType)),
    ("delta", &DELTA),
]);

static USAGE: Node<Place> = Node::object(&[
    ("prompt_tokens", &tokens(Tokens::Input)),
    ("completion_tokens", &tokens(Tokens::Output)),
    ("total_tokens", &tokens(Tokens::Total)),
    ("prompt_tokens_details", &PROMPT_DETAILS),
    ("completion_tokens_details", &COMPLETION_DETAILS),
    ("prompt_token_details", &PROMPT_DETAILS),
    ("completion_token_details", &COMPLETION_DETAILS),
    ("billed_units", &BILLED_UNITS),
    ("tokens", &TOKENS),
    ("cached_tokens", &tokens(Tokens::CacheRead)),
])
.marked(Place::Usage);
