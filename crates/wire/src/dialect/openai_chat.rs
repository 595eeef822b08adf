//! OpenAI's chat completions, and the many servers that speak them.
//!
//! Counts: cached, reasoning, audio and image tokens are parts of the totals, in details that may be null.
//!
//! - xAI counts reasoning beside the completion for some models, which its `total_tokens` gives away, and states the
//!   cost in ticks.
//! - DeepSeek states cache hits and misses, which add up to the prompt.
//! - Groq states the usage of a stream in `x_groq`, and how long it worked in seconds.
//! - OpenRouter states the cost in dollars; with the caller's own key that is a fee beside what the provider charges.
//! - Perplexity states its searches and the cost of the call, and counts reasoning apart from the completion.
//! - Mistral states the seconds of audio in the prompt beside its tokens.
//! - Azure's first chunk has neither model nor id, and chunks with nothing but content filters come between others.
//! - vLLM can state the usage so far in every chunk: the last wins.

use super::{
    Cost, Dialect, ERROR, OUTPUT, Place, Quiet, Stated, TimeUnit, Tokens, Tool, leaf, stated, tokens, uses,
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
    ("x_groq", &X_GROQ),
    // Errors of Mistral and of older vLLM: `{"object": "error", "message": .., "type": .., "code": ..}`.
    ("object", &leaf(Place::ObjectKind)),
    ("type", &leaf(Place::RootType)),
    ("code", &leaf(Place::RootCode)),
    ("message", &leaf(Place::RootMessage)),
]);

pub(super) static CHOICES: Node<Place> = Node::array(&CHOICE);

static CHOICE: Node<Place> = Node::object(&[
    ("index", &leaf(Place::ChoiceIndex)),
    ("finish_reason", &leaf(Place::FinishReason)),
    ("delta", &DELTA),
    ("message", &MESSAGE),
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
    ("images", &OUTPUT),
    ("annotations", &ANNOTATIONS),
]);

static MESSAGE: Node<Place> = Node::object(&[("annotations", &ANNOTATIONS)]);
static ANNOTATIONS: Node<Place> = Node::array(&ANNOTATION);
static ANNOTATION: Node<Place> = Node::object(&[("type", &leaf(Place::AnnotationType))]);

/// A usage in OpenAI's style: the names of its counts, and what others than OpenAI state beside them.
macro_rules! usage {
    ($($counts:expr),* $(,)?) => {
        Node::object(&[
            $($counts,)*
            // OpenRouter, Perplexity, xAI.
            ("cost", &COST),
            ("cost_details", &COST_DETAILS),
            ("is_byok", &leaf(Place::Cost(Cost::OwnAccount))),
            ("cost_in_usd_ticks", &leaf(Place::Cost(Cost::Ticks))),
            ("num_sources_used", &stated(Stated::Sources)),
            ("server_side_tool_usage_details", &SERVER_SIDE_TOOLS),
            ("server_tool_use", &SERVER_TOOLS),
            ("num_search_queries", &uses(Tool::WebSearch)),
            ("search_context_size", &stated(Stated::SearchContextSize)),
            // Mistral.
            ("prompt_audio_seconds", &stated(Stated::BilledAudio)),
            // Groq.
            ("total_time", &leaf(Place::Processing(TimeUnit::Seconds))),
        ])
        .marked(Place::Usage)
    };
}
pub(super) use usage;

pub(super) static USAGE: Node<Place> = usage!(
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
    // Moonshot and Together.
    ("cached_tokens", &tokens(Tokens::CacheRead)),
    // Perplexity.
    ("reasoning_tokens", &leaf(Place::ReasoningApart)),
);

pub(super) static PROMPT_DETAILS: Node<Place> = Node::object(&[
    ("cached_tokens", &tokens(Tokens::CacheRead)),
    ("cache_write_tokens", &tokens(Tokens::CacheWrite)),
    ("audio_tokens", &tokens(Tokens::AudioInput)),
    ("image_tokens", &stated(Stated::ImageInput)),
    ("video_tokens", &stated(Stated::VideoInput)),
    ("cached_tokens_details", &CACHED_DETAILS),
]);

/// What was cached, by what it is.
static CACHED_DETAILS: Node<Place> = Node::object(&[
    ("audio_tokens", &stated(Stated::AudioCacheRead)),
    ("image_tokens", &stated(Stated::ImageCacheRead)),
]);

pub(super) static COMPLETION_DETAILS: Node<Place> = Node::object(&[
    ("reasoning_tokens", &tokens(Tokens::Reasoning)),
    ("audio_tokens", &tokens(Tokens::AudioOutput)),
    ("image_tokens", &stated(Stated::ImageOutput)),
]);

/// A number, or Perplexity's object.
pub(super) static COST: Node<Place> =
    Node::object(&[("total_cost", &leaf(Place::Cost(Cost::Dollars)))]).marked(Place::Cost(Cost::Dollars));

pub(super) static COST_DETAILS: Node<Place> =
    Node::object(&[("upstream_inference_cost", &leaf(Place::Cost(Cost::Upstream)))]);

/// xAI.
pub(super) static SERVER_SIDE_TOOLS: Node<Place> = Node::object(&[
    ("web_search_calls", &uses(Tool::WebSearch)),
    ("file_search_calls", &uses(Tool::FileSearch)),
    ("code_interpreter_calls", &uses(Tool::CodeInterpreter)),
]);

/// Anthropic's tools, also as OpenRouter states them.
pub(super) static SERVER_TOOLS: Node<Place> = Node::object(&[
    ("web_search_requests", &uses(Tool::WebSearch)),
    ("web_fetch_requests", &uses(Tool::WebFetch)),
]);

/// Groq put the usage of a stream here before it knew `stream_options`, and still does.
pub(super) static X_GROQ: Node<Place> =
    Node::object(&[("id", &leaf(Place::RequestId)), ("usage", &USAGE), ("error", &ERROR)]);
