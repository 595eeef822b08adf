//! What a call adds to the metrics.
#![allow(clippy::unnecessary_wraps, reason = "of the functions of a table some always know")]

use tower_genai_core::{CallRecord, CostStatus, Operation, Outcome, Usage, UsageSource, Usd};

pub(super) fn duration(record: &CallRecord) -> Option<f64> {
    Some(record.duration().as_secs_f64())
}

pub(super) fn time_to_first_chunk(record: &CallRecord) -> Option<f64> {
    record.time_to_first_chunk().filter(|_| record.streamed()).map(|time| time.as_secs_f64())
}

pub(super) fn time_per_output_token(record: &CallRecord) -> Option<f64> {
    let to_first = record.time_to_first_chunk().filter(|_| record.streamed())?;
    match (record.outcome(), counted(record).output) {
        (Outcome::Complete, Some(tokens @ 2..)) => {
            let rest = record.duration().saturating_sub(to_first).as_secs_f64();
            Some(rest / (tokens - 1) as f64)
        }
        _ => None,
    }
}

/// The tokens for metrics that have no label that would keep a guess apart from what was counted.
fn counted(record: &CallRecord) -> Usage {
    match record.usage_source() {
        UsageSource::Estimated => Usage::default(),
        _ => *record.usage(),
    }
}

/// The values of `gen_ai.token.type`.
pub(super) const DIRECTIONS: &[&str] = &["input", "output"];

pub(super) fn tokens_per_call(record: &CallRecord, add: &mut dyn FnMut(usize, u64)) {
    let usage = counted(record);
    tell(&[usage.input, usage.output], add);
}

/// The values of our `token_type`.
pub(super) const TOKEN_TYPES: &[&str] =
    &["input", "output", "cache_read", "cache_write", "reasoning", "audio_input", "audio_output"];

pub(super) fn tokens(record: &CallRecord, add: &mut dyn FnMut(usize, u64)) {
    let usage = record.usage();
    let counts = [
        usage.input,
        usage.output,
        usage.cache_read,
        usage.cache_write,
        usage.reasoning,
        usage.audio_input,
        usage.audio_output,
    ];
    tell(&counts.map(|count| count.filter(|tokens| *tokens > 0)), add);
}

fn tell(counts: &[Option<u64>], add: &mut dyn FnMut(usize, u64)) {
    for (part, count) in counts.iter().enumerate() {
        if let Some(count) = count {
            add(part, *count);
        }
    }
}

pub(super) fn cost(record: &CallRecord) -> Option<Usd> {
    record.cost().map(tower_genai_core::Cost::total)
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
