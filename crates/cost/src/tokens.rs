//! The tokens of a call in parts that do not overlap.

use tower_genai_core::{CostStatus, ModalityTokens, Usage};

/// More of anything than any call can have; counts beyond it are an error of whoever counted.
pub(crate) const MAX_COUNT: u64 = 1_000_000_000_000;

/// The tokens of a call in parts that do not overlap.
#[derive(Debug)]
pub(crate) struct Tokens {
    /// All input tokens: what thresholds are compared with.
    pub(crate) context: u64,
    /// All output tokens.
    pub(crate) answer: u64,
    pub(crate) input: u64,
    pub(crate) cache_read: u64,
    pub(crate) audio_cache_read: u64,
    pub(crate) image_cache_read: u64,
    pub(crate) cache_write: u64,
    pub(crate) cache_write_1h: u64,
    pub(crate) audio_input: u64,
    pub(crate) image_input: u64,
    pub(crate) video_input: u64,
    pub(crate) output: u64,
    pub(crate) reasoning: u64,
    pub(crate) audio_output: u64,
    pub(crate) image_output: u64,
    pub(crate) video_output: u64,
}

impl Tokens {
    pub(crate) fn of(usage: &Usage, modalities: &ModalityTokens) -> Result<Self, CostStatus> {
        let (context, answer) = (count(usage.input)?, count(usage.output)?);
        let (all_reads, all_writes) = (count(usage.cache_read)?, count(usage.cache_write)?);
        let cache_write_1h = count(usage.cache_write_1h)?;
        let (audio_cache_read, image_cache_read) =
            (count(modalities.audio_cache_read)?, count(modalities.image_cache_read)?);
        // What was read from the cache is paid for there, and no more as audio or images.
        let audio_input = rest(count(usage.audio_input.or(modalities.audio_cache_read))?, audio_cache_read)?;
        let image_input =
            rest(count(modalities.image_input.or(modalities.image_cache_read))?, image_cache_read)?;
        let video_input = count(modalities.video_input)?;
        let (reasoning, audio_output) = (count(usage.reasoning)?, count(usage.audio_output)?);
        let (image_output, video_output) = (count(modalities.image_output)?, count(modalities.video_output)?);
        Ok(Self {
            context,
            answer,
            input: rest(context, all_reads + all_writes + audio_input + image_input + video_input)?,
            cache_read: rest(all_reads, audio_cache_read + image_cache_read)?,
            audio_cache_read,
            image_cache_read,
            cache_write: rest(all_writes, cache_write_1h)?,
            cache_write_1h,
            audio_input,
            image_input,
            video_input,
            output: rest(answer, reasoning + audio_output + image_output + video_output)?,
            reasoning,
            audio_output,
            image_output,
            video_output,
        })
    }
}

/// A count that is nothing absurd.
pub(crate) fn count(stated: Option<u64>) -> Result<u64, CostStatus> {
    match stated.unwrap_or(0) {
        count @ 0..=MAX_COUNT => Ok(count),
        _ => Err(CostStatus::InvalidUsage),
    }
}

/// What is left of the total without its parts.
fn rest(total: u64, parts: u64) -> Result<u64, CostStatus> {
    total.checked_sub(parts).ok_or(CostStatus::InvalidUsage)
}
