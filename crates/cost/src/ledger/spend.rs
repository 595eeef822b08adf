use std::ops::AddAssign;

use tower_genai_core::{CostStatus, Usage, Usd};

use super::UsdSum;

/// More tokens than any call can have; counts beyond it are an error of whoever counted, and would bury all others.
const MAX_TOKENS: u64 = 1_000_000_000_000;

/// What some calls used and cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Spend {
    /// Calls that have ended, whatever became of them. It exceeds the sum of the next four by the calls that nobody tried
    /// to price, and by those to unknown paths of a provider, of which no usage is expected.
    pub calls: u64,
    /// Calls with a price, which may be zero.
    pub priced_calls: u64,
    /// Calls of models without a price. Unknown is not free.
    pub unpriced_calls: u64,
    /// Calls whose usage nobody told.
    pub no_usage_calls: u64,
    /// Calls whose counts contradict each other. Their tokens are in no sum.
    pub invalid_usage_calls: u64,
    /// What rests on the counts that providers reported.
    pub reported: Amounts,
    /// In a box, since most accounts have none.
    estimated: Option<Box<Amounts>>,
}

/// Money and tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Amounts {
    /// US dollars, exactly.
    pub cost: UsdSum,
    /// Tokens by kind.
    pub tokens: TokenTotals,
}

/// Tokens by kind. Cached and audio tokens are parts of the input, reasoning and audio tokens of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenTotals {
    /// All tokens of prompts.
    pub input: u64,
    /// All tokens of answers.
    pub output: u64,
    /// The part of `input` that was read from a cache.
    pub cache_read: u64,
    /// The part of `input` that was written to a cache.
    pub cache_write: u64,
    /// The part of `output` spent on reasoning.
    pub reasoning: u64,
    /// The part of `input` that is audio.
    pub audio_input: u64,
    /// The part of `output` that is audio.
    pub audio_output: u64,
}

/// What one call adds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Addition {
    pub(super) status: Option<CostStatus>,
    pub(super) estimated: bool,
    pub(super) cost: Option<Usd>,
    pub(super) usage: Usage,
}

impl Spend {
    /// What rests on counts that were made with a tokenizer because nobody reported any; not in [`reported`](Self::reported).
    pub fn estimated(&self) -> Amounts {
        self.estimated.as_deref().copied().unwrap_or_default()
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.calls == 0
    }

    pub(super) fn count(&mut self, call: &Addition) {
        self.calls += 1;
        match call.status {
            Some(CostStatus::Priced) => self.priced_calls += 1,
            Some(CostStatus::Unpriced) => self.unpriced_calls += 1,
            Some(CostStatus::NoUsage) => self.no_usage_calls += 1,
            Some(CostStatus::InvalidUsage) => {
                self.invalid_usage_calls += 1;
                return;
            }
            Some(_) | None => {}
        }
        if call.estimated {
            self.estimated.get_or_insert_default().count(call);
        } else {
            self.reported.count(call);
        }
    }
}

impl Amounts {
    fn count(&mut self, call: &Addition) {
        if let Some(cost) = call.cost {
            self.cost += cost;
        }
        self.tokens.count(&call.usage);
    }
}

impl TokenTotals {
    fn count(&mut self, usage: &Usage) {
        let add = |total: &mut u64, tokens: Option<u64>| {
            if let Some(tokens @ 1..=MAX_TOKENS) = tokens {
                *total = total.saturating_add(tokens);
            }
        };
        add(&mut self.input, usage.input);
        add(&mut self.output, usage.output);
        add(&mut self.cache_read, usage.cache_read);
        add(&mut self.cache_write, usage.cache_write);
        add(&mut self.reasoning, usage.reasoning);
        add(&mut self.audio_input, usage.audio_input);
        add(&mut self.audio_output, usage.audio_output);
    }
}

impl AddAssign<&Self> for Spend {
    fn add_assign(&mut self, other: &Self) {
        // Exhaustive on purpose: what is added to the type must be added up.
        let Self {
            calls,
            priced_calls,
            unpriced_calls,
            no_usage_calls,
            invalid_usage_calls,
            reported,
            estimated,
        } = other;
        self.calls += calls;
        self.priced_calls += priced_calls;
        self.unpriced_calls += unpriced_calls;
        self.no_usage_calls += no_usage_calls;
        self.invalid_usage_calls += invalid_usage_calls;
        self.reported += reported;
        if let Some(estimated) = estimated {
            *self.estimated.get_or_insert_default().as_mut() += estimated.as_ref();
        }
    }
}

impl AddAssign<&Self> for Amounts {
    fn add_assign(&mut self, other: &Self) {
        let Self { cost, tokens } = other;
        self.cost += *cost;
        let TokenTotals { input, output, cache_read, cache_write, reasoning, audio_input, audio_output } =
            tokens;
        let totals = &mut self.tokens;
        totals.input = totals.input.saturating_add(*input);
        totals.output = totals.output.saturating_add(*output);
        totals.cache_read = totals.cache_read.saturating_add(*cache_read);
        totals.cache_write = totals.cache_write.saturating_add(*cache_write);
        totals.reasoning = totals.reasoning.saturating_add(*reasoning);
        totals.audio_input = totals.audio_input.saturating_add(*audio_input);
        totals.audio_output = totals.audio_output.saturating_add(*audio_output);
    }
}
