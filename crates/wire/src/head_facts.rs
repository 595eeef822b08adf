//! What a provider says beside the call itself: its name for it, the time it took, the caller's limits.

use std::time::Duration;

use compact_str::CompactString;

/// What a provider says about its work on a call, mostly in headers of the reply.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeadFacts {
    /// The provider's id of the request (`x-request-id`, `request-id`, `x-amzn-requestid`, ...).
    pub request_id: Option<CompactString>,
    /// How long the provider says it worked (`openai-processing-ms`, Groq's `total_time`, ...).
    pub processing: Option<Duration>,
    /// What is left of the caller's limits.
    pub limits: RateLimits,
}

/// What is left of the caller's limits, as the headers of a reply state it. 0 is a value, absent is not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimits {
    /// Requests.
    pub requests: RateLimit,
    /// Tokens of both sides.
    pub tokens: RateLimit,
    /// Tokens of the input (Anthropic).
    pub input_tokens: RateLimit,
    /// Tokens of the output (Anthropic).
    pub output_tokens: RateLimit,
    /// How long to wait before trying again.
    pub retry_after: Option<Duration>,
}

/// One limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateLimit {
    /// How many there are in a period.
    pub limit: Option<u64>,
    /// How many are left of them.
    pub remaining: Option<u64>,
}

impl RateLimits {
    /// Whether nothing at all is stated.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
