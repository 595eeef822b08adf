//! What a call adds to the metrics, tokens aside.
#![allow(clippy::unnecessary_wraps, reason = "of the functions of a table some always know")]

use tower_genai_core::{CallRecord, ChunkTimes, Cost, CostStatus, Operation, Outcome, Usd};

use super::tokens;

pub(super) fn duration(record: &CallRecord) -> Option<f64> {
    Some(record.duration().as_secs_f64())
}

/// Whether the call is what the conventions since October 2026 call an inference, and have metrics of its own for.
pub(super) const fn is_inference(record: &CallRecord) -> bool {
    matches!(record.operation(), Operation::Chat | Operation::TextCompletion | Operation::GenerateContent)
}

pub(super) fn inference_duration(record: &CallRecord) -> Option<f64> {
    is_inference(record).then(|| record.duration().as_secs_f64())
}

pub(super) fn duration_without_inference(record: &CallRecord) -> Option<f64> {
    (!is_inference(record)).then(|| record.duration().as_secs_f64())
}

pub(super) fn time_to_first_chunk(record: &CallRecord) -> Option<f64> {
    record.time_to_first_chunk().filter(|_| record.streamed()).map(|time| time.as_secs_f64())
}

pub(super) fn inference_time_to_first_chunk(record: &CallRecord) -> Option<f64> {
    time_to_first_chunk(record).filter(|_| is_inference(record))
}

pub(super) fn inference_chunk_times(record: &CallRecord) -> Option<&ChunkTimes> {
    record.chunk_times().filter(|_| is_inference(record))
}

pub(super) fn time_per_output_token(record: &CallRecord) -> Option<f64> {
    let to_first = record.time_to_first_chunk().filter(|_| record.streamed())?;
    match (record.outcome(), tokens::counted(record).output) {
        (Outcome::Complete, Some(tokens @ 2..)) => {
            let rest = record.duration().saturating_sub(to_first).as_secs_f64();
            Some(rest / (tokens - 1) as f64)
        }
        _ => None,
    }
}

pub(super) fn cost(record: &CallRecord) -> Option<Usd> {
    record.cost().map(Cost::total)
}

pub(super) fn one(_: &CallRecord) -> Option<u64> {
    Some(1)
}

pub(super) fn one_if_priced_or_not(record: &CallRecord) -> Option<u64> {
    let status = record.cost_status()?;
    // A call that nobody recognised is not expected to tell its usage.
    let unread = record.operation() == Operation::Unknown && status == CostStatus::NoUsage;
    (!unread).then_some(1)
}

/// The values of the label `kind`.
pub(super) const LIMITS: &[&str] = &["requests", "tokens", "input_tokens", "output_tokens"];

pub(super) fn limits(record: &CallRecord, tell: &mut dyn FnMut(usize, u64)) {
    let Some(head) = record.reply_head() else { return };
    let limits = &head.limits;
    let kinds = [&limits.requests, &limits.tokens, &limits.input_tokens, &limits.output_tokens];
    for (kind, limit) in kinds.into_iter().enumerate() {
        if let Some(remaining) = limit.remaining {
            tell(kind, remaining);
        }
    }
}
