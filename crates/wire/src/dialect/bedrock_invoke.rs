//! Bedrock's `invoke` and `invoke-with-response-stream`: what the vendor of the model sends, whoever it is.
//!
//! Counts: each key as its vendor counts; what the cache held stands beside the input in all that know one. Bedrock
//! itself counts a stream in its last event, and a whole reply in headers, where the vendor states nothing else.

use super::{
    Dialect, ERROR, OUTPUT, Place, Quiet, Tokens,
    anthropic_messages::{CACHE_CREATION, CONTENT_BLOCK, MESSAGE},
    bedrock_converse::{CACHE_DETAILS, DELTA as CONVERSE_DELTA, INVOCATION_METRICS, METRICS, START},
    cohere_chat::{META, RESPONSE},
    leaf,
    openai_chat::{COMPLETION_DETAILS, DELTA as CHAT_DELTA, PROMPT_DETAILS},
    tokens,
};
use crate::json::Node;

pub(super) static DIALECT: Dialect =
    Dialect::new(&SCHEMA, Quiet::Prefixed(QUIET)).ending_with(&["message_stop", "stream-end", "error"]);

const QUIET: &[&str] = &[
    r#"{"type":"content_block_"#,
    r#"{"contentBlockDelta":"#,
    r#"{"contentBlockStop":"#,
    r#"{"is_finished":false,"#,
];

static SCHEMA: Node<Place> = Node::object(&[
    ("id", &leaf(Place::Id)),
    ("model", &leaf(Place::Model)),
    ("usage", &USAGE),
    ("type", &leaf(Place::EventType)),
    ("error", &ERROR),
    ("__type", &leaf(Place::RootType)),
    ("amazon-bedrock-invocationMetrics", &INVOCATION_METRICS),
    // Anthropic; `stop_reason` is Llama's too.
    ("stop_reason", &leaf(Place::FinishReason)),
    ("message", &MESSAGE),
    ("delta", &ANTHROPIC_DELTA),
    ("content_block", &CONTENT_BLOCK),
    ("completion", &OUTPUT),
    // Amazon's Nova.
    ("stopReason", &leaf(Place::FinishReason)),
    ("contentBlockStart", &NOVA_START),
    ("contentBlockDelta", &NOVA_DELTA),
    ("messageStop", &NOVA_STOP),
    ("metadata", &NOVA_METADATA),
    // Amazon's Titan. In a stream these counts are of what has come so far, or of the words of a guardrail that has
    // kept the model from being asked.
    ("inputTextTokenCount", &leaf(Place::TokensOfWhole(Tokens::Input))),
    ("results", &TITAN_RESULTS),
    ("outputText", &OUTPUT),
    ("completionReason", &leaf(Place::FinishReason)),
    ("totalOutputTextTokenCount", &leaf(Place::Terminal)),
    // Meta's Llama.
    ("generation", &OUTPUT),
    ("prompt_token_count", &tokens(Tokens::Input)),
    ("generation_token_count", &tokens(Tokens::Output)),
    // Mistral's older models.
    ("outputs", &CHOICES),
    // OpenAI's shape: Mistral, DeepSeek, Qwen, AI21's Jamba, imported models, models of SageMaker.
    ("choices", &CHOICES),
    // Cohere.
    ("event_type", &leaf(Place::EventType)),
    ("text", &OUTPUT),
    ("finish_reason", &leaf(Place::FinishReason)),
    ("generations", &CHOICES),
    ("response", &RESPONSE),
    ("meta", &META),
    // AI21's Jurassic.
    ("completions", &AI21_COMPLETIONS),
    // Amazon's and Stability's images.
    ("images", &IMAGES),
    ("artifacts", &ARTIFACTS),
])
.marked(Place::CumulativeUsage);

static USAGE: Node<Place> = Node::object(&[
    // Anthropic.
    ("input_tokens", &tokens(Tokens::Input)),
    ("output_tokens", &tokens(Tokens::Output)),
    ("cache_read_input_tokens", &tokens(Tokens::CacheReadBeside)),
    ("cache_creation_input_tokens", &tokens(Tokens::CacheWriteBeside)),
    ("cache_creation", &CACHE_CREATION),
    // Nova.
    ("inputTokens", &tokens(Tokens::Input)),
    ("outputTokens", &tokens(Tokens::Output)),
    ("totalTokens", &tokens(Tokens::Total)),
    ("cacheReadInputTokenCount", &tokens(Tokens::CacheReadBeside)),
    ("cacheWriteInputTokenCount", &tokens(Tokens::CacheWriteBeside)),
    ("cacheDetails", &CACHE_DETAILS),
    // OpenAI's shape.
    ("prompt_tokens", &tokens(Tokens::Input)),
    ("completion_tokens", &tokens(Tokens::Output)),
    ("total_tokens", &tokens(Tokens::Total)),
    ("prompt_tokens_details", &PROMPT_DETAILS),
    ("completion_tokens_details", &COMPLETION_DETAILS),
])
.marked(Place::CumulativeUsage);

static ANTHROPIC_DELTA: Node<Place> = Node::object(&[
    ("stop_reason", &leaf(Place::FinishReason)),
    ("text", &OUTPUT),
    ("thinking", &OUTPUT),
    ("partial_json", &OUTPUT),
]);

static NOVA_START: Node<Place> = Node::object(&[("start", &START)]);
static NOVA_DELTA: Node<Place> = Node::object(&[("delta", &CONVERSE_DELTA)]);
static NOVA_STOP: Node<Place> = Node::object(&[("stopReason", &leaf(Place::FinishReason))]);
static NOVA_METADATA: Node<Place> = Node::object(&[("usage", &USAGE), ("metrics", &METRICS)]);

static TITAN_RESULTS: Node<Place> = Node::array(&TITAN_RESULT);
static TITAN_RESULT: Node<Place> = Node::object(&[
    ("tokenCount", &tokens(Tokens::Output)),
    ("completionReason", &leaf(Place::FinishReason)),
])
.marked(Place::Choice);

static CHOICES: Node<Place> = Node::array(&CHOICE);
static CHOICE: Node<Place> = Node::object(&[
    ("index", &leaf(Place::ChoiceIndex)),
    ("finish_reason", &leaf(Place::FinishReason)),
    ("stop_reason", &leaf(Place::FinishReason)),
    ("text", &OUTPUT),
    ("delta", &CHAT_DELTA),
])
.marked(Place::Choice);

static AI21_COMPLETIONS: Node<Place> = Node::array(&AI21_COMPLETION);
static AI21_COMPLETION: Node<Place> = Node::object(&[("finishReason", &AI21_REASON)]).marked(Place::Choice);
static AI21_REASON: Node<Place> = Node::object(&[("reason", &leaf(Place::FinishReason))]);

static IMAGES: Node<Place> = Node::array(&leaf(Place::Image));
static ARTIFACTS: Node<Place> = Node::array(&ARTIFACT);
static ARTIFACT: Node<Place> = Node::object(&[("base64", &leaf(Place::Image))]);
