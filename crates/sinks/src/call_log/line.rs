use std::fmt::{self, Display};

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use super::queue::Entry;

/// One line, in the order of its keys.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    time: Text<Rfc3339>,
    call_id: Text<tower_genai_core::CallId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<Text<tower_genai_core::SessionId>>,
    #[serde(flatten)]
    span: Option<Span>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream: Option<&'a str>,
    #[serde(rename = "gen_ai.operation.name")]
    operation: &'static str,
    #[serde(rename = "gen_ai.provider.name", skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    #[serde(rename = "gen_ai.request.model", skip_serializing_if = "Option::is_none")]
    request_model: Option<&'a str>,
    #[serde(rename = "gen_ai.response.model", skip_serializing_if = "Option::is_none")]
    response_model: Option<&'a str>,
    #[serde(rename = "gen_ai.response.id", skip_serializing_if = "Option::is_none")]
    response_id: Option<&'a str>,
    #[serde(rename = "gen_ai.request.stream", skip_serializing_if = "Option::is_none")]
    request_stream: Option<bool>,
    streamed: bool,
    #[serde(rename = "gen_ai.usage.input_tokens", skip_serializing_if = "Option::is_none")]
    input_tokens: Option<u64>,
    #[serde(rename = "gen_ai.usage.output_tokens", skip_serializing_if = "Option::is_none")]
    output_tokens: Option<u64>,
    #[serde(rename = "gen_ai.usage.cache_read.input_tokens", skip_serializing_if = "Option::is_none")]
    cache_read_tokens: Option<u64>,
    #[serde(rename = "gen_ai.usage.cache_write.input_tokens", skip_serializing_if = "Option::is_none")]
    cache_write_tokens: Option<u64>,
    #[serde(rename = "gen_ai.usage.reasoning.output_tokens", skip_serializing_if = "Option::is_none")]
    reasoning_tokens: Option<u64>,
    #[serde(rename = "gen_ai.response.finish_reasons", skip_serializing_if = "Vec::is_empty")]
    finish_reasons: Vec<&'a str>,
    usage_source: &'static str,
    outcome: &'static str,
    #[serde(rename = "error.type", skip_serializing_if = "Option::is_none")]
    error_type: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_origin: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key_alias: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hashed_api_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    team: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    end_user: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    tags: &'a [Box<str>],
    #[serde(rename = "http.request.method")]
    method: &'a str,
    #[serde(rename = "url.path")]
    path: &'a str,
    #[serde(rename = "http.response.status_code", skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    request_bytes: u64,
    response_bytes: u64,
    duration_s: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    time_to_first_chunk_s: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_usd: Option<Text<tower_genai_core::Usd>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost_status: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    echo: Option<&'a str>,
}

#[derive(Serialize)]
struct Span {
    trace_id: Text<Hex<16>>,
    span_id: Text<Hex<8>>,
}

impl<'a> Line<'a> {
    pub(super) fn of(entry: &'a Entry) -> Self {
        let Entry { record, echo } = entry;
        let (request, reply, usage) = (record.request(), record.reply(), record.usage());
        let (caller, exchange) = (record.caller(), record.exchange());
        Self {
            time: Text(Rfc3339(Timestamp::try_from(record.started_at()).unwrap_or(Timestamp::UNIX_EPOCH))),
            call_id: Text(record.id()),
            session_id: record.session().map(Text),
            span: record
                .span()
                .map(|span| Span { trace_id: Text(Hex(span.trace_id)), span_id: Text(Hex(span.span_id)) }),
            upstream: record.upstream().name(),
            operation: record.operation().as_str(),
            provider: record.provider(),
            request_model: record.request_model(),
            response_model: record.response_model(),
            response_id: reply.id.as_deref(),
            request_stream: request.stream,
            streamed: record.streamed(),
            input_tokens: usage.input,
            output_tokens: usage.output,
            cache_read_tokens: usage.cache_read,
            cache_write_tokens: usage.cache_write,
            reasoning_tokens: usage.reasoning,
            finish_reasons: reply.finish_reasons.iter().map(AsRef::as_ref).collect(),
            usage_source: record.usage_source().as_str(),
            outcome: record.outcome().as_str(),
            error_type: record.error_type(),
            error_origin: record.error_origin().map(tower_genai_core::ErrorOrigin::as_str),
            key_alias: caller.key_alias(),
            hashed_api_key: caller.hashed_key(),
            team: caller.team(),
            user: caller.user(),
            end_user: caller.end_user().or(request.user.as_deref()),
            tags: caller.tags(),
            method: exchange.method.as_str(),
            path: record.path(),
            status: exchange.status.map(|status| status.as_u16()),
            request_bytes: record.request_bytes(),
            response_bytes: exchange.response_bytes,
            duration_s: record.duration().as_secs_f64(),
            time_to_first_chunk_s: record.time_to_first_chunk().map(|time| time.as_secs_f64()),
            cost_usd: record.cost().map(|cost| Text(cost.total())),
            cost_status: record.cost_status().map(tower_genai_core::CostStatus::as_str),
            echo: echo.as_deref(),
        }
    }
}

/// A value that is written as its text.
struct Text<T>(T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Always with six decimals, so that lines sort by their text.
struct Rfc3339(Timestamp);

impl Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.6}", self.0)
    }
}

struct Hex<const N: usize>([u8; N]);

impl<const N: usize> Display for Hex<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}
