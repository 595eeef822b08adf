//! The headers of a reply that say something about the call.

use std::time::Duration;

use crate::{HeadFacts, RateLimit, RateLimits, dialect::Tokens};

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Header {
    /// The provider's id of the request. The lowest rank wins: names of a provider's own before those that any
    /// gateway on the way may have set.
    RequestId(u8),
    /// How long the provider worked, in milliseconds. The lowest rank wins.
    ProcessingMillis(u8),
    /// The same in seconds.
    ProcessingSeconds(u8),
    Limit(Of, Part),
    /// The same by a name that says less, or of another period: it yields to the former.
    OtherLimit(Of, Part),
    RetryAfter,
    RetryAfterMillis,
    /// Bedrock counts the tokens of whole replies in headers, whatever the vendor's body says.
    Tokens(Tokens),
    ServiceTier,
    /// The name of a fault.
    Fault,
}

/// What is limited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Requests,
    Tokens,
    Input,
    Output,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Limit,
    Remaining,
}

use Header::{
    Fault, Limit, OtherLimit, ProcessingMillis, ProcessingSeconds, RequestId, RetryAfter, RetryAfterMillis,
    ServiceTier, Tokens as Count,
};

const HEADERS: &[(&str, Header)] = &[
    // Anthropic.
    ("request-id", RequestId(0)),
    // Bedrock.
    ("x-amzn-requestid", RequestId(0)),
    // Azure.
    ("apim-request-id", RequestId(0)),
    ("mistral-correlation-id", RequestId(0)),
    // Cohere.
    ("x-debug-trace-id", RequestId(0)),
    ("x-goog-request-id", RequestId(0)),
    // OpenAI, Groq, xAI, Voyage, and any gateway.
    ("x-request-id", RequestId(1)),
    ("x-ms-request-id", RequestId(2)),
    ("openai-processing-ms", ProcessingMillis(0)),
    ("x-amzn-bedrock-invocation-latency", ProcessingMillis(0)),
    // Hugging Face.
    ("x-compute-time", ProcessingSeconds(0)),
    // Cohere, Mistral, and whatever else stands behind Envoy.
    ("x-envoy-upstream-service-time", ProcessingMillis(1)),
    // OpenAI, Azure, Groq, vLLM.
    ("x-ratelimit-limit-requests", Limit(Of::Requests, Part::Limit)),
    ("x-ratelimit-remaining-requests", Limit(Of::Requests, Part::Remaining)),
    ("x-ratelimit-limit-tokens", Limit(Of::Tokens, Part::Limit)),
    ("x-ratelimit-remaining-tokens", Limit(Of::Tokens, Part::Remaining)),
    // OpenRouter's and Together's are of requests.
    ("x-ratelimit-limit", OtherLimit(Of::Requests, Part::Limit)),
    ("x-ratelimit-remaining", OtherLimit(Of::Requests, Part::Remaining)),
    ("x-tokenlimit-limit", OtherLimit(Of::Tokens, Part::Limit)),
    ("x-tokenlimit-remaining", OtherLimit(Of::Tokens, Part::Remaining)),
    // Mistral and Cerebras; Mistral's tokens of a month are another limit.
    ("x-ratelimit-limit-req-10-second", OtherLimit(Of::Requests, Part::Limit)),
    ("x-ratelimit-remaining-req-10-second", OtherLimit(Of::Requests, Part::Remaining)),
    ("x-ratelimit-limit-req-minute", OtherLimit(Of::Requests, Part::Limit)),
    ("x-ratelimit-remaining-req-minute", OtherLimit(Of::Requests, Part::Remaining)),
    ("x-ratelimit-limit-tokens-minute", Limit(Of::Tokens, Part::Limit)),
    ("x-ratelimit-remaining-tokens-minute", Limit(Of::Tokens, Part::Remaining)),
    ("x-ratelimitbysize-limit-minute", OtherLimit(Of::Tokens, Part::Limit)),
    ("x-ratelimitbysize-remaining-minute", OtherLimit(Of::Tokens, Part::Remaining)),
    ("ratelimitbysize-limit", OtherLimit(Of::Tokens, Part::Limit)),
    ("ratelimitbysize-remaining", OtherLimit(Of::Tokens, Part::Remaining)),
    ("x-ratelimit-limit-requests-day", OtherLimit(Of::Requests, Part::Limit)),
    ("x-ratelimit-remaining-requests-day", OtherLimit(Of::Requests, Part::Remaining)),
    // Fireworks.
    ("x-ratelimit-limit-tokens-prompt", Limit(Of::Input, Part::Limit)),
    ("x-ratelimit-remaining-tokens-prompt", Limit(Of::Input, Part::Remaining)),
    ("x-ratelimit-limit-tokens-generated", Limit(Of::Output, Part::Limit)),
    ("x-ratelimit-remaining-tokens-generated", Limit(Of::Output, Part::Remaining)),
    // Anthropic.
    ("anthropic-ratelimit-requests-limit", Limit(Of::Requests, Part::Limit)),
    ("anthropic-ratelimit-requests-remaining", Limit(Of::Requests, Part::Remaining)),
    ("anthropic-ratelimit-tokens-limit", Limit(Of::Tokens, Part::Limit)),
    ("anthropic-ratelimit-tokens-remaining", Limit(Of::Tokens, Part::Remaining)),
    ("anthropic-ratelimit-input-tokens-limit", Limit(Of::Input, Part::Limit)),
    ("anthropic-ratelimit-input-tokens-remaining", Limit(Of::Input, Part::Remaining)),
    ("anthropic-ratelimit-output-tokens-limit", Limit(Of::Output, Part::Limit)),
    ("anthropic-ratelimit-output-tokens-remaining", Limit(Of::Output, Part::Remaining)),
    ("retry-after", RetryAfter),
    ("retry-after-ms", RetryAfterMillis),
    // Bedrock. Its inputs do not contain what the cache did.
    ("x-amzn-bedrock-input-token-count", Count(Tokens::Input)),
    ("x-amzn-bedrock-output-token-count", Count(Tokens::Output)),
    ("x-amzn-bedrock-cache-read-input-token-count", Count(Tokens::CacheReadBeside)),
    ("x-amzn-bedrock-cache-write-input-token-count", Count(Tokens::CacheWriteBeside)),
    ("x-amzn-bedrock-service-tier", ServiceTier),
    ("x-amzn-errortype", Fault),
];

/// Per first letter, bit `n` is set where some header's name has `n` bytes: most names are dismissed by these two.
const LENGTHS: [u64; 32] = {
    let mut lengths = [0; 32];
    let mut at = 0;
    while at < HEADERS.len() {
        let name = HEADERS[at].0.as_bytes();
        assert!(name.len() < 64, "names are shorter than 64 bytes");
        lengths[(name[0] & 31) as usize] |= 1 << name.len();
        at += 1;
    }
    lengths
};

/// Ids are short; a longer one is none.
const LONGEST_ID: usize = 256;

impl Header {
    /// What a header of this name says; `None` for nearly all.
    #[inline]
    pub(super) fn of(name: &str) -> Option<Self> {
        let first = *name.as_bytes().first()?;
        if name.len() >= 64 || LENGTHS[usize::from(first & 31)] & (1 << name.len()) == 0 {
            return None;
        }
        HEADERS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, header)| *header)
    }
}

/// Takes headers in any order.
#[derive(Debug)]
pub(super) struct Headers {
    id_rank: u8,
    processing_rank: u8,
    has_retry_millis: bool,
}

impl Headers {
    pub(super) const fn new() -> Self {
        Self { id_rank: u8::MAX, processing_rank: u8::MAX, has_retry_millis: false }
    }

    /// Takes a header that is about the head.
    pub(super) fn read(&mut self, header: Header, value: &str, facts: &mut HeadFacts) {
        match header {
            RequestId(rank) => {
                let is_id = !value.is_empty() && value.len() <= LONGEST_ID;
                if rank < self.id_rank && is_id {
                    self.id_rank = rank;
                    facts.request_id = Some(value.into());
                }
            }
            ProcessingMillis(rank) => self.processing(rank, duration(value, 1e3), facts),
            ProcessingSeconds(rank) => self.processing(rank, duration(value, 1.0), facts),
            Limit(of, part) => {
                if let Some(count) = count(value) {
                    *slot(&mut facts.limits, of, part) = Some(count);
                }
            }
            OtherLimit(of, part) => {
                let slot = slot(&mut facts.limits, of, part);
                *slot = slot.or(count(value));
            }
            // A date in its place is left unread: it needs the date of today, which replies may state wrongly.
            RetryAfter if self.has_retry_millis => {}
            RetryAfter => facts.limits.retry_after = duration(value, 1.0).or(facts.limits.retry_after),
            RetryAfterMillis => {
                if let Some(wait) = duration(value, 1e3) {
                    self.has_retry_millis = true;
                    facts.limits.retry_after = Some(wait);
                }
            }
            Count(_) | ServiceTier | Fault => {}
        }
    }

    fn processing(&mut self, rank: u8, time: Option<Duration>, facts: &mut HeadFacts) {
        if rank < self.processing_rank && time.is_some() {
            self.processing_rank = rank;
            facts.processing = time;
        }
    }
}

/// A number that is not negative: Azure states -1 where it does not know.
fn count(value: &str) -> Option<u64> {
    value.parse().ok()
}

fn duration(value: &str, per_second: f64) -> Option<Duration> {
    let number: f64 = value.parse().ok()?;
    Duration::try_from_secs_f64(number / per_second).ok()
}

fn slot(limits: &mut RateLimits, of: Of, part: Part) -> &mut Option<u64> {
    let limit: &mut RateLimit = match of {
        Of::Requests => &mut limits.requests,
        Of::Tokens => &mut limits.tokens,
        Of::Input => &mut limits.input_tokens,
        Of::Output => &mut limits.output_tokens,
    };
    match part {
        Part::Limit => &mut limit.limit,
        Part::Remaining => &mut limit.remaining,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{HEADERS, Header};
    use crate::{Api, HeadFacts, RateLimit, ReplyFacts, ReplyHead, ReplyReader};

    /// Reads the headers in both orders.
    fn facts(headers: &[(&str, &str)]) -> ReplyFacts {
        let read = |headers: &mut dyn Iterator<Item = &(&str, &str)>| {
            let mut reader = ReplyReader::new(Api::OpenAiChat, &ReplyHead::new(200, None, None));
            headers.for_each(|(name, value)| reader.read_header(name, value.as_bytes()));
            reader.into_facts()
        };
        let facts = read(&mut headers.iter());
        assert_eq!(facts, read(&mut headers.iter().rev()));
        facts
    }

    fn head(headers: &[(&str, &str)]) -> HeadFacts {
        facts(headers).head.map(|head| *head).unwrap_or_default()
    }

    const fn limit(limit: Option<u64>, remaining: Option<u64>) -> RateLimit {
        RateLimit { limit, remaining }
    }

    #[test]
    fn openai() {
        let head = head(&[
            ("date", "Fri, 21 Nov 2025 10:00:00 GMT"),
            ("content-type", "application/json"),
            ("openai-organization", "acme"),
            ("OpenAI-Processing-MS", "498"),
            ("openai-version", "2020-10-01"),
            ("x-envoy-upstream-service-time", "511"),
            ("x-ratelimit-limit-requests", "30000"),
            ("x-ratelimit-limit-tokens", "150000000"),
            ("x-ratelimit-remaining-requests", "29999"),
            ("x-ratelimit-remaining-tokens", "0"),
            ("x-ratelimit-reset-requests", "2ms"),
            ("x-ratelimit-reset-tokens", "0s"),
            ("x-request-id", "req_117038824b344edfaffa5937b681b853"),
            ("cf-ray", "9a0-FRA"),
        ]);
        assert_eq!(head.request_id.as_deref(), Some("req_117038824b344edfaffa5937b681b853"));
        assert_eq!(head.processing, Some(Duration::from_millis(498)));
        assert_eq!(head.limits.requests, limit(Some(30000), Some(29999)));
        assert_eq!(head.limits.tokens, limit(Some(150_000_000), Some(0)));
        assert_eq!(head.limits.retry_after, None);
    }

    #[test]
    fn azure() {
        let head = head(&[
            ("apim-request-id", "b1f4"),
            ("x-request-id", "of the gateway"),
            ("x-ms-request-id", "c2"),
            ("x-ratelimit-remaining-requests", "-1"),
            ("x-ratelimit-remaining-tokens", "119"),
        ]);
        assert_eq!(head.request_id.as_deref(), Some("b1f4"));
        assert_eq!(head.limits.requests, limit(None, None));
        assert_eq!(head.limits.tokens, limit(None, Some(119)));
    }

    #[test]
    fn anthropic() {
        let head = head(&[
            ("anthropic-ratelimit-input-tokens-limit", "400000"),
            ("anthropic-ratelimit-input-tokens-remaining", "1"),
            ("anthropic-ratelimit-input-tokens-reset", "2025-06-23T10:26:53Z"),
            ("anthropic-ratelimit-output-tokens-limit", "80000"),
            ("anthropic-ratelimit-output-tokens-remaining", "2"),
            ("anthropic-ratelimit-requests-limit", "4000"),
            ("anthropic-ratelimit-requests-remaining", "3"),
            ("anthropic-ratelimit-tokens-limit", "480000"),
            ("anthropic-ratelimit-tokens-remaining", "4"),
            ("retry-after", "59"),
            ("request-id", "req_01PERJ4z7oBWKxnhi7TLbAof"),
        ]);
        assert_eq!(head.limits.input_tokens, limit(Some(400_000), Some(1)));
        assert_eq!(head.limits.output_tokens, limit(Some(80_000), Some(2)));
        assert_eq!(head.limits.requests, limit(Some(4000), Some(3)));
        assert_eq!(head.limits.tokens, limit(Some(480_000), Some(4)));
        assert_eq!(head.limits.retry_after, Some(Duration::from_secs(59)));
        assert_eq!(head.request_id.as_deref(), Some("req_01PERJ4z7oBWKxnhi7TLbAof"));
    }

    #[test]
    fn names_that_say_less_yield() {
        let general = ("x-ratelimit-limit", "2");
        assert_eq!(head(&[general]).limits.requests, limit(Some(2), None));
        let own = ("x-ratelimit-limit-requests", "7");
        assert_eq!(head(&[general, own]).limits.requests, limit(Some(7), None));
        let mistral =
            head(&[("x-ratelimit-limit-tokens-minute", "5"), ("x-ratelimit-limit-tokens-month", "9")]);
        assert_eq!(mistral.limits.tokens, limit(Some(5), None));
    }

    #[test]
    fn waiting() {
        let wait = |headers: &[(&str, &str)]| head(headers).limits.retry_after;
        assert_eq!(
            wait(&[("retry-after", "2"), ("retry-after-ms", "1500")]),
            Some(Duration::from_millis(1500))
        );
        assert_eq!(wait(&[("retry-after", "0.5")]), Some(Duration::from_millis(500)));
        for odd in ["Fri, 21 Nov 2025 10:00:00 GMT", "-1", "inf", "nan", "1e300", ""] {
            assert_eq!(wait(&[("retry-after", odd)]), None, "{odd}");
        }
    }

    #[test]
    fn bedrock_counts_in_headers() {
        let headers = [
            ("x-amzn-bedrock-input-token-count", "17"),
            ("x-amzn-bedrock-output-token-count", "158"),
            ("x-amzn-bedrock-cache-write-input-token-count", "100"),
            ("x-amzn-bedrock-cache-read-input-token-count", "0"),
            ("x-amzn-bedrock-invocation-latency", "2378"),
            ("x-amzn-bedrock-service-tier", "flex"),
            ("x-amzn-requestid", "32c1"),
        ];
        let stated = facts(&headers);
        let usage = stated.usage.unwrap_or_default();
        assert_eq!((usage.input, usage.output), (Some(117), Some(158)));
        assert_eq!((usage.cache_read, usage.cache_write), (Some(0), Some(100)));
        assert_eq!(stated.service_tier.as_deref(), Some("flex"));
        let head = stated.head.unwrap_or_default();
        assert_eq!(head.processing, Some(Duration::from_millis(2378)));
        assert_eq!(head.request_id.as_deref(), Some("32c1"));

        // A body that states its usage is believed before them.
        let mut reader = ReplyReader::new(Api::OpenAiChat, &ReplyHead::new(200, None, None));
        for (name, value) in headers {
            reader.read_header(name, value.as_bytes());
        }
        reader.push(br#"{"model":"m","usage":{"prompt_tokens":18,"completion_tokens":3},"choices":[]}"#);
        let usage = reader.into_facts().usage.unwrap_or_default();
        assert_eq!((usage.input, usage.output, usage.cache_write), (Some(18), Some(3), None));
    }

    #[test]
    fn what_says_nothing_takes_no_memory() {
        let stated = facts(&[
            ("server", "uvicorn"),
            ("x-content-type-options", "nosniff"),
            ("x-request-id", ""),
            ("", ""),
        ]);
        assert_eq!(stated.head, None);
        let mut reader = ReplyReader::new(Api::OpenAiChat, &ReplyHead::new(200, None, None));
        reader.read_header("x-request-id", b"\xff");
        assert_eq!(reader.facts().head, None);
    }

    #[test]
    fn all_are_found() {
        for (name, header) in HEADERS {
            assert_eq!(Header::of(name), Some(*header), "{name}");
            assert_eq!(Header::of(&name.to_uppercase()), Some(*header), "{name}");
            assert_eq!(Header::of(&format!("{name}s")), None, "{name}");
        }
        assert_eq!(Header::of(&"x".repeat(64)), None);
    }
}
