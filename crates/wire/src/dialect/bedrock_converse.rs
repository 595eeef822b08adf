//! Bedrock's `converse` and `converse-stream`.
//!
//! Counts: what the cache held stands beside `inputTokens`, unless the total has no room for it. A stream states its
//! counts in the `metadata` that ends it.

use super::{Dialect, OUTPUT, Place, Quiet, Side, TimeUnit, Tokens, leaf, tokens};
use crate::json::Node;

pub(super) static DIALECT: Dialect =
    Dialect::new(&SCHEMA, Quiet::Prefixed(&[r#"{"contentBlockIndex":"#])).ending_with(&["metadata"]);

/// A reply or the payload of an event, whose name stands around it.
static SCHEMA: Node<Place> = Node::object(&[
    ("stopReason", &leaf(Place::FinishReason)),
    ("usage", &USAGE),
    ("metrics", &METRICS),
    ("serviceTier", &SERVICE_TIER),
    ("delta", &DELTA),
    ("start", &START),
    ("amazon-bedrock-invocationMetrics", &INVOCATION_METRICS),
    ("__type", &leaf(Place::RootType)),
    ("message", &leaf(Place::RootMessage)),
]);

pub(super) static METRICS: Node<Place> =
    Node::object(&[("latencyMs", &leaf(Place::Processing(TimeUnit::Milliseconds)))]);

static SERVICE_TIER: Node<Place> = Node::object(&[("type", &leaf(Place::ServiceTier))]);

pub(super) static DELTA: Node<Place> =
    Node::object(&[("text", &OUTPUT), ("toolUse", &TOOL_INPUT), ("reasoningContent", &REASONING)]);
static TOOL_INPUT: Node<Place> = Node::object(&[("input", &OUTPUT)]);
static REASONING: Node<Place> = Node::object(&[("text", &OUTPUT), ("redactedContent", &OUTPUT)]);

pub(super) static START: Node<Place> = Node::object(&[("toolUse", &TOOL)]);
static TOOL: Node<Place> = Node::object(&[("name", &OUTPUT)]);

static USAGE: Node<Place> = Node::object(&[
    ("inputTokens", &tokens(Tokens::Input)),
    ("outputTokens", &tokens(Tokens::Output)),
    ("totalTokens", &tokens(Tokens::Total)),
    ("cacheReadInputTokens", &tokens(Tokens::CacheReadBeside)),
    ("cacheWriteInputTokens", &tokens(Tokens::CacheWriteBeside)),
    ("cacheReadInputTokenCount", &tokens(Tokens::CacheReadBeside)),
    ("cacheWriteInputTokenCount", &tokens(Tokens::CacheWriteBeside)),
    ("cacheDetails", &CACHE_DETAILS),
])
.marked(Place::CumulativeUsage);

pub(super) static CACHE_DETAILS: Node<Place> = Node::array(&CACHE_DETAIL);
static CACHE_DETAIL: Node<Place> =
    Node::object(&[("ttl", &leaf(Place::DetailKind)), ("inputTokens", &leaf(Place::DetailTokens))])
        .marked(Place::Detail(Side::CacheWrite));

/// What Bedrock itself counts, in the last event of a stream.
pub(super) static INVOCATION_METRICS: Node<Place> = Node::object(&[
    ("inputTokenCount", &tokens(Tokens::Input)),
    ("outputTokenCount", &tokens(Tokens::Output)),
    ("cacheReadInputTokenCount", &tokens(Tokens::CacheReadBeside)),
    ("cacheWriteInputTokenCount", &tokens(Tokens::CacheWriteBeside)),
    ("invocationLatency", &leaf(Place::Processing(TimeUnit::Milliseconds))),
])
.marked(Place::FinalUsage);
