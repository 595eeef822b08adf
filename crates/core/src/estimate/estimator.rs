use tiktoken_rs::CoreBPE;
use tower_genai_wire::{KeptText, Operation, Usage};

use super::model;
use crate::observer::Observer;
use crate::record::{CallRecord, UsageSource};
use crate::text::CallText;

/// An observer that fills missing token counts in: see the [module](super).
#[derive(Clone, Debug)]
pub struct TokenEstimator {
    max_text: usize,
}

/// The default of [`TokenEstimator::max_text`].
const MAX_TEXT: usize = 16 * 1024;

/// The cookbook's `tokens_per_message`.
const PER_MESSAGE: u64 = 3;
/// The cookbook's `tokens_per_name`.
const PER_NAME: u64 = 1;
/// "Every reply is primed with `<|start|>assistant<|message|>`."
const PRIMING: u64 = 3;

impl TokenEstimator {
    /// An estimator. Reads the vocabularies, for which it takes the better part of a second and some 30 MB of memory
    /// once in a process: make it at the start.
    pub fn new() -> Self {
        model::load();
        Self { max_text: MAX_TEXT }
    }

    /// How many bytes of text a request, and a reply, may have, 16 KiB by default and 128 KiB at most. Longer ones are
    /// not estimated. Memory for as much is held while the call runs, and counting takes time in proportion.
    #[must_use]
    pub const fn max_text(mut self, bytes: usize) -> Self {
        self.max_text = bytes;
        self
    }
}

impl Default for TokenEstimator {
    fn default() -> Self {
        Self::new()
    }
}

impl Observer for TokenEstimator {
    fn name(&self) -> &'static str {
        "estimate"
    }

    fn text_limit(&self) -> usize {
        self.max_text
    }

    fn complete(&self, record: &mut CallRecord) {
        if let Some(usage) = estimate(record) {
            record.set_usage(usage, UsageSource::Estimated);
        }
    }
}

fn estimate(record: &CallRecord) -> Option<Usage> {
    let delivered = record.exchange().status.is_some_and(|status| status.as_u16() < 400);
    if record.usage_source() != UsageSource::Missing || !delivered || record.reply().unreadable {
        return None;
    }
    let text = record.text().filter(|text| text.request().is_whole() && text.reply().is_whole())?;
    // Where no choice has come, nobody knows whether this is a model's reply at all.
    text.reply().pieces().next()?;
    let tokenizer = model::tokenizer_of(record.response_model().or(record.request_model())?)?;
    let input = match record.operation() {
        Operation::Chat => chat_input(tokenizer, text)?,
        Operation::TextCompletion => count(tokenizer, text.request()),
        _ => return None,
    };
    Some(Usage::new(input, count(tokenizer, text.reply())))
}

fn chat_input(tokenizer: &CoreBPE, text: &CallText) -> Option<u64> {
    let request = text.request();
    let overhead = request.messages() * PER_MESSAGE + request.names() * PER_NAME + PRIMING;
    (request.messages() > 0).then(|| count(tokenizer, request) + overhead)
}

fn count(tokenizer: &CoreBPE, text: &KeptText) -> u64 {
    text.pieces().map(|piece| tokenizer.count_ordinary(piece) as u64).sum()
}
