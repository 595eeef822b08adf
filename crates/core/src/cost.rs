//! What a call cost, as the record carries it.

use std::sync::Arc;

use crate::money::Usd;

/// Whether a call has a price, and if not, why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CostStatus {
    /// The call was priced; the amount may be zero.
    Priced,
    /// The model has no entry in the catalogue. Unknown is not free.
    Unpriced,
    /// Nobody said how many tokens were used.
    NoUsage,
    /// The counts contradict each other (more cached than there was input): no guess is made.
    InvalidUsage,
}

impl CostStatus {
    /// The value in labels, attributes and log lines.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Priced => "priced",
            Self::Unpriced => "unpriced",
            Self::NoUsage => "no_usage",
            Self::InvalidUsage => "invalid_usage",
        }
    }
}

/// The price of one call with its parts; the parts sum to the total exactly.
///
/// The parts do not overlap: each token of the call is paid for in one of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cost {
    /// Input tokens that were neither read from nor written to a cache, nor audio.
    pub input: Usd,
    /// Input tokens read from a cache.
    pub cache_read: Usd,
    /// Input tokens written to a cache.
    pub cache_write: Usd,
    /// Input tokens of audio.
    pub audio_input: Usd,
    /// Output tokens that were neither reasoning nor audio.
    pub output: Usd,
    /// Output tokens of reasoning.
    pub reasoning: Usd,
    /// Output tokens of audio.
    pub audio_output: Usd,
    /// The entry of the price catalogue that was used, so that the amount can be traced to its source.
    pub entry: Option<Arc<str>>,
}

impl Cost {
    /// The sum of the parts.
    pub fn total(&self) -> Usd {
        // Most parts of most calls are nothing, and need no arithmetic.
        self.parts().into_iter().filter(|part| !part.is_zero()).fold(Usd::ZERO, |total, part| total + part)
    }

    /// The sum of the parts, or `None` when it would need more than 28 digits and [`total`](Self::total) is rounded.
    pub fn checked_total(&self) -> Option<Usd> {
        Usd::checked_sum(&self.parts())
    }

    const fn parts(&self) -> [Usd; 7] {
        // Exhaustive on purpose: a new part must be added to the sum.
        let Self { input, cache_read, cache_write, audio_input, output, reasoning, audio_output, entry: _ } =
            self;
        [*input, *cache_read, *cache_write, *audio_input, *output, *reasoning, *audio_output]
    }
}
