//! One JSON object per finished call, one per line.
//!
//! # The keys
//!
//! Names are OpenTelemetry's where they exist. A fact nobody stated is a key that is not there.
//!
//! | key | what |
//! |---|---|
//! | `time` | when the call began, RFC 3339 in UTC |
//! | `call_id` | 32 hex digits |
//! | `trace_id`, `span_id` | the span of the call, in hex |
//! | `upstream` | the operator's name of the provider |
//! | `gen_ai.operation.name`, `gen_ai.provider.name`, `gen_ai.request.model`, `gen_ai.response.model`, `gen_ai.response.id` | |
//! | `gen_ai.request.stream` | whether the client said that it wants a stream |
//! | `streamed` | whether the reply was one |
//! | `gen_ai.usage.input_tokens`, `gen_ai.usage.output_tokens` | totals; the parts below are contained in them |
//! | `gen_ai.usage.cache_read.input_tokens`, `gen_ai.usage.cache_write.input_tokens`, `gen_ai.usage.reasoning.output_tokens` | |
//! | `gen_ai.response.finish_reasons` | an array |
//! | `usage_source` | `reported`, `drained`, `estimated` or `missing` |
//! | `outcome` | `complete`, `failed` or `dropped` |
//! | `error.type`, `error_origin` | of a failed call; the origin is `client`, `proxy` or `upstream` |
//! | `key_alias`, `hashed_api_key`, `team`, `user`, `end_user`, `tags` | who called; the hash is the credential's SHA-256 |
//! | `http.request.method`, `url.path`, `http.response.status_code` | |
//! | `request_bytes`, `response_bytes` | of the bodies, as they passed |
//! | `duration_s`, `time_to_first_chunk_s` | seconds |
//! | `cost_usd` | an exact decimal, as a string |
//! | `cost_status` | `priced`, `unpriced`, `no_usage` or `invalid_usage` |
//! | `echo` | the request header named with [`CallLogBuilder::echo_header`] |

mod builder;
mod guard;
mod line;
mod observer;
mod queue;
mod stats;
mod target;
#[cfg(test)]
mod tests;
mod writer;

pub use builder::CallLogBuilder;
pub use guard::{CallLogGuard, Unfinished};
pub use observer::CallLog;
pub use stats::DropReason;
