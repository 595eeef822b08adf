//! What a call adds to the metrics.
//!
//! A call has *succeeded* when it was answered: delivered whole, or given up by the client after the head of a reply had
//! come, which LiteLLM books as a success too. One that was refused has failed, whether or not the refusal was read. Latencies are those of calls that were delivered whole, because
//! LiteLLM's have no label that would keep others apart.

use tower_genai_core::{CallRecord, Cost, CostStatus, Outcome, RateLimits, Usage, UsageSource, Usd};

use super::exception::{from_provider, is_failure};

#[allow(clippy::unnecessary_wraps, reason = "a row asks for what may be nothing")]
pub(super) fn every(_: &CallRecord) -> Option<u64> {
    Some(1)
}

pub(super) fn failed(record: &CallRecord) -> Option<u64> {
    is_failure(record).then_some(1)
}

pub(super) fn succeeded(record: &CallRecord) -> Option<u64> {
    is_success(record).then_some(1)
}

fn is_success(record: &CallRecord) -> bool {
    match record.outcome() {
        Outcome::Dropped => record.exchange().status.is_some() && !is_failure(record),
        outcome => outcome == Outcome::Complete,
    }
}

/// A failure of the provider's, or on the way to it; what was refused before that is none.
pub(super) fn failed_upstream(record: &CallRecord) -> Option<u64> {
    is_outage(record).then_some(1)
}

fn is_outage(record: &CallRecord) -> bool {
    is_failure(record) && from_provider(record)
}

pub(super) fn asked_upstream(record: &CallRecord) -> Option<u64> {
    (is_success(record) || is_outage(record)).then_some(1)
}

/// 0: the last call succeeded; 1: it failed. Nothing is ever cooled down here, which would be 2.
pub(super) fn deployment_state(record: &CallRecord) -> Option<u64> {
    if is_outage(record) { Some(1) } else { is_success(record).then_some(0) }
}

pub(super) fn total_latency(record: &CallRecord) -> Option<f64> {
    delivered(record)?;
    Some((record.duration() + record.time_before().unwrap_or_default()).as_secs_f64())
}

pub(super) fn api_latency(record: &CallRecord) -> Option<f64> {
    delivered(record).map(|record| record.duration().as_secs_f64())
}

pub(super) fn overhead(record: &CallRecord) -> Option<f64> {
    delivered(record)?.time_before().map(|time| time.as_secs_f64())
}

fn delivered(record: &CallRecord) -> Option<&CallRecord> {
    (record.outcome() == Outcome::Complete).then_some(record)
}

/// Also of streams that the client has left since: the first token had come.
pub(super) fn time_to_first_token(record: &CallRecord) -> Option<f64> {
    let first = record.time_to_first_chunk().filter(|_| record.streamed() && is_success(record))?;
    Some(first.as_secs_f64())
}

/// For a stream, the time that each token after the first took; for a whole reply, the time that each token took.
pub(super) fn latency_per_output_token(record: &CallRecord) -> Option<f64> {
    let tokens = counted(delivered(record)?).output?;
    if record.streamed() {
        let rest = record.duration().saturating_sub(record.time_to_first_chunk()?);
        (tokens > 1).then(|| rest.as_secs_f64() / (tokens - 1) as f64)
    } else {
        (tokens > 0).then(|| record.duration().as_secs_f64() / tokens as f64)
    }
}

pub(super) fn spend(record: &CallRecord) -> Option<Usd> {
    let counted = record.usage_source() != UsageSource::Estimated;
    record.cost().filter(|_| counted).map(Cost::total)
}

/// What somebody has counted: no estimates.
fn counted(record: &CallRecord) -> Usage {
    if is_counted(record) { *record.usage() } else { Usage::default() }
}

const fn is_counted(record: &CallRecord) -> bool {
    matches!(record.usage_source(), UsageSource::Reported | UsageSource::Drained)
}

pub(super) fn total_tokens(record: &CallRecord) -> Option<u64> {
    let Usage { input, output, .. } = counted(record);
    match (input, output) {
        (None, None) => None,
        _ => Some(input.unwrap_or(0).saturating_add(output.unwrap_or(0))),
    }
}

pub(super) fn input_tokens(record: &CallRecord) -> Option<u64> {
    counted(record).input
}

pub(super) fn output_tokens(record: &CallRecord) -> Option<u64> {
    counted(record).output
}

/// The parts are told only where there are any.
fn some(count: Option<u64>) -> Option<u64> {
    count.filter(|count| *count > 0)
}

pub(super) fn cached_tokens(record: &CallRecord) -> Option<u64> {
    some(counted(record).cache_read)
}

pub(super) fn cache_creation_tokens(record: &CallRecord) -> Option<u64> {
    some(counted(record).cache_write)
}

pub(super) fn audio_input_tokens(record: &CallRecord) -> Option<u64> {
    some(counted(record).audio_input)
}

pub(super) fn audio_output_tokens(record: &CallRecord) -> Option<u64> {
    some(counted(record).audio_output)
}

pub(super) fn reasoning_tokens(record: &CallRecord) -> Option<u64> {
    some(counted(record).reasoning)
}

pub(super) fn images(record: &CallRecord) -> Option<u64> {
    some(record.billing()?.images.filter(|_| is_success(record)))
}

pub(super) fn video_seconds(record: &CallRecord) -> Option<f64> {
    let seconds = record.billing()?.video_output.filter(|_| is_success(record))?.as_secs_f64();
    (seconds > 0.0).then_some(seconds)
}

/// The values of `reason`.
pub(super) const ZERO_COST_REASONS: &[&str] = &["missing_pricing_key", "cost_calculation_error"];

/// What was used and could not be priced, which LiteLLM books as $0. A price of 0 is a price.
pub(super) fn zero_cost(record: &CallRecord, add: &mut dyn FnMut(usize, u64)) {
    match record.cost_status() {
        Some(CostStatus::Unpriced) if is_counted(record) => add(0, 1),
        Some(CostStatus::InvalidUsage) => add(1, 1),
        _ => {}
    }
}

pub(super) fn remaining_requests(record: &CallRecord) -> Option<u64> {
    limits(record)?.requests.remaining
}

pub(super) fn remaining_tokens(record: &CallRecord) -> Option<u64> {
    limits(record)?.tokens.remaining
}

/// What the provider says is left, in good replies and in refusals; that nothing is left is said in the latter.
fn limits(record: &CallRecord) -> Option<&RateLimits> {
    record.reply_head().map(|head| &head.limits)
}
