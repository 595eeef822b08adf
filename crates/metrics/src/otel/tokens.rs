//! How many tokens a call adds to the metrics.

use tower_genai_core::{CallRecord, ModalityTokens, Usage, UsageSource};

use super::measures::is_inference;

/// The tokens for metrics that have no label that would keep a guess apart from what was counted.
pub(super) fn counted(record: &CallRecord) -> Usage {
    match record.usage_source() {
        UsageSource::Estimated => Usage::default(),
        _ => *record.usage(),
    }
}

/// The values of `gen_ai.token.type`.
pub(super) const DIRECTIONS: &[&str] = &["input", "output"];

pub(super) fn per_call(record: &CallRecord, add: &mut dyn FnMut(usize, u64)) {
    let usage = counted(record);
    tell([usage.input, usage.output], add);
}

/// The values of our `token_type`.
pub(super) const TYPES: &[&str] =
    &["input", "output", "cache_read", "cache_write", "reasoning", "audio_input", "audio_output"];

pub(super) fn by_type(record: &CallRecord, add: &mut dyn FnMut(usize, u64)) {
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
    tell(counts.map(|count| count.filter(|tokens| *tokens > 0)), add);
}

fn tell<const N: usize>(counts: [Option<u64>; N], add: &mut dyn FnMut(usize, u64)) {
    for (part, count) in counts.into_iter().enumerate() {
        if let Some(count) = count {
            add(part, count);
        }
    }
}

/// Every inference is in these two, also one that failed: with nothing where no usage came.
pub(super) fn input_per_inference(record: &CallRecord) -> Option<u64> {
    is_inference(record).then(|| counted(record).input.unwrap_or(0))
}

pub(super) fn output_per_inference(record: &CallRecord) -> Option<u64> {
    is_inference(record).then(|| counted(record).output.unwrap_or(0))
}

/// The values of `gen_ai.token.modality`, in the order of [`Split`]'s parts.
pub(super) const MODALITIES: &[&str] = &["text", "image", "audio", "unknown"];

/// A count of tokens and what is known of its parts.
///
/// Where a provider states a part of any modality, though it be none, it tells them apart, and the rest is text. Where
/// it states none, or the parts do not fit, the modality is unknown.
struct Split {
    total: u64,
    image: Option<u64>,
    audio: Option<u64>,
    /// For which there is no word.
    video: Option<u64>,
}

impl Split {
    fn tell(self, add: &mut dyn FnMut(usize, u64)) {
        let Self { total, image, audio, video } = self;
        let parts = [image, audio, video].map(|part| part.unwrap_or(0));
        let known = image.or(audio).or(video).is_some();
        let rest = parts.iter().try_fold(total, |rest, part| rest.checked_sub(*part));
        match rest.filter(|_| known) {
            None => add(3, total),
            Some(text) => {
                for (modality, tokens) in [text, parts[0], parts[1], parts[2]].into_iter().enumerate() {
                    // Of nothing at all there is one row, to say so.
                    if tokens > 0 || (modality == 0 && total == 0) {
                        add(modality, tokens);
                    }
                }
            }
        }
    }
}

fn modalities(record: &CallRecord) -> ModalityTokens {
    record.billing().map(|billing| billing.modalities).unwrap_or_default()
}

pub(super) fn input(record: &CallRecord, add: &mut dyn FnMut(usize, u64)) {
    if !is_inference(record) {
        return;
    }
    let (usage, of) = (counted(record), modalities(record));
    match usage.input {
        None => add(3, 0),
        Some(total) => {
            Split { total, image: of.image_input, audio: usage.audio_input, video: of.video_input }.tell(add);
        }
    }
}

pub(super) fn output(record: &CallRecord, add: &mut dyn FnMut(usize, u64)) {
    if !is_inference(record) {
        return;
    }
    let (usage, of) = (counted(record), modalities(record));
    match usage.output {
        None => add(3, 0),
        Some(total) => {
            Split { total, image: of.image_output, audio: usage.audio_output, video: of.video_output }
                .tell(add);
        }
    }
}

pub(super) fn cache_read(record: &CallRecord, add: &mut dyn FnMut(usize, u64)) {
    let (usage, of) = (counted(record), modalities(record));
    if let Some(total) = usage.cache_read.filter(|_| is_inference(record)) {
        // Without audio or images in the input there are none in what was read from the cache.
        let none = |input: Option<u64>| input.filter(|tokens| *tokens == 0);
        let image = of.image_cache_read.or(none(of.image_input));
        let audio = of.audio_cache_read.or(none(usage.audio_input));
        Split { total, image, audio, video: None }.tell(add);
    }
}

pub(super) fn cache_write(record: &CallRecord, add: &mut dyn FnMut(usize, u64)) {
    let (usage, of) = (counted(record), modalities(record));
    if let Some(total) = usage.cache_write.filter(|_| is_inference(record)) {
        // Nobody says what was written, unless there is nothing but text.
        let parts = [of.image_input, usage.audio_input, of.video_input];
        let none = parts.iter().flatten().copied().reduce(|sum, part| sum + part).filter(|sum| *sum == 0);
        Split { total, image: none, audio: None, video: None }.tell(add);
    }
}

pub(super) fn reasoning(record: &CallRecord, add: &mut dyn FnMut(usize, u64)) {
    if let Some(total) = counted(record).reasoning.filter(|_| is_inference(record)) {
        // Models think in text.
        add(0, total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_split_by_what_is_stated_of_them() {
        let split = |total, image, audio, video| {
            let mut rows = Vec::new();
            Split { total, image, audio, video }
                .tell(&mut |part, count| rows.push((MODALITIES[part], count)));
            rows
        };
        assert_eq!(split(10, None, None, None), [("unknown", 10)]);
        assert_eq!(split(10, None, Some(0), None), [("text", 10)]);
        assert_eq!(split(10, Some(3), Some(4), None), [("text", 3), ("image", 3), ("audio", 4)]);
        assert_eq!(split(10, None, None, Some(4)), [("text", 6), ("unknown", 4)]);
        assert_eq!(split(4, None, Some(4), None), [("audio", 4)]);
        assert_eq!(split(0, None, Some(0), None), [("text", 0)]);
        // Parts that cannot be.
        assert_eq!(split(4, Some(3), Some(3), None), [("unknown", 4)]);
    }
}
