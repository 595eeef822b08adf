//! Ollama's own API; its `/v1` is OpenAI's.
//!
//! Counts: the prompt without the part of it that the server still held from an earlier call, which it does not count
//! at all: a prompt it held whole has no count. A stream states its counts in the line that ends it.

use super::{Dialect, ERROR, OUTPUT, Place, Quiet, TimeUnit, Tokens, leaf, openai_chat, tokens};
use crate::json::Node;

/// `/api/chat` and `/api/generate`.
pub(super) static DIALECT: Dialect = Dialect::new(&SCHEMA, Quiet::Suffixed(r#""done":false}"#));

/// `/api/embed`, and `/api/embeddings`, which counts nothing.
pub(super) static EMBED: Dialect = Dialect::new(&SCHEMA_EMBED, Quiet::Prefixed(&[]));

static SCHEMA: Node<Place> = Node::object(&[
    ("model", &leaf(Place::Model)),
    ("message", &MESSAGE),
    ("response", &OUTPUT),
    ("thinking", &OUTPUT),
    ("done", &leaf(Place::Terminal)),
    ("done_reason", &leaf(Place::FinishReason)),
    ("prompt_eval_count", &tokens(Tokens::Input)),
    ("eval_count", &tokens(Tokens::Output)),
    ("total_duration", &leaf(Place::Processing(TimeUnit::Nanoseconds))),
    ("error", &ERROR),
])
.marked(Place::CumulativeUsage);

static MESSAGE: Node<Place> =
    Node::object(&[("content", &OUTPUT), ("thinking", &OUTPUT), ("tool_calls", &OUTPUT)]);

/// Other servers on this path speak as OpenAI does.
static SCHEMA_EMBED: Node<Place> = Node::object(&[
    ("model", &leaf(Place::Model)),
    ("prompt_eval_count", &tokens(Tokens::Input)),
    ("total_duration", &leaf(Place::Processing(TimeUnit::Nanoseconds))),
    ("usage", &openai_chat::USAGE),
    ("error", &ERROR),
])
.marked(Place::CumulativeUsage);
