//! What a call costs.

use std::sync::Arc;

use tower_genai_core::{Cost, CostStatus, Usage, Usd};

use crate::entry::{Entry, TokenRates};
use crate::tier::ServiceTier;

/// More tokens than any call can have; counts beyond it are an error of whoever counted.
const MAX_TOKENS: u64 = 1_000_000_000_000;

impl Entry {
    /// The price of a call, exactly.
    ///
    /// * Input tokens that were neither cached nor audio are charged at the input price, and output tokens that were
    ///   neither reasoning nor audio at the output price.
    /// * Where the entry states no price of their own, cached reads, writes to the cache and audio input cost what
    ///   input costs, reasoning and audio output what output costs, and writes for an hour what other writes cost.
    /// * When the input exceeds a threshold of the entry (strictly), the whole call is charged at the prices beyond it.
    /// * Prices the entry does not state for the tier are the base prices.
    ///
    /// A side of the usage that is absent counts as none when the other is stated: embeddings have no output.
    ///
    /// ```
    /// use tower_genai_core::Usage;
    /// use tower_genai_cost::Entry;
    ///
    /// let entry = Entry::from_prices("m", [("input_cost_per_token", "2.5e-6"), ("output_cost_per_token", "1e-5")])?;
    /// let cost = entry.price(&Usage::new(1_000, 100), None).unwrap();
    /// assert_eq!(cost.input.to_string(), "0.0025");
    /// assert_eq!(cost.output.to_string(), "0.001");
    /// assert_eq!(cost.total().to_string(), "0.0035");
    /// # Ok::<(), tower_genai_cost::CatalogueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// * [`CostStatus::NoUsage`]: neither input nor output tokens are stated.
    /// * [`CostStatus::InvalidUsage`]: parts exceed their total, or a count is beyond anything real. Tokens that are in
    ///   two parts at once (audio read from a cache) look the same, since the counts do not tell how many those are.
    /// * [`CostStatus::Unpriced`]: there are tokens that the entry has no price for. Unknown is not free.
    pub fn price(&self, usage: &Usage, tier: Option<ServiceTier>) -> Result<Cost, CostStatus> {
        let tokens = Tokens::of(usage)?;
        let mut cost = tokens.charge(&self.token_rates(tokens.context, tier))?;
        // More digits than money has: a count that is nothing real.
        cost.checked_total().ok_or(CostStatus::InvalidUsage)?;
        cost.entry = Some(Arc::clone(self.shared_name()));
        Ok(cost)
    }
}

/// The tokens of a call in parts that do not overlap.
#[derive(Debug)]
struct Tokens {
    /// All input tokens: what thresholds are compared with.
    context: u64,
    input: u64,
    cache_read: u64,
    cache_write: u64,
    cache_write_1h: u64,
    audio_input: u64,
    output: u64,
    reasoning: u64,
    audio_output: u64,
}

impl Tokens {
    fn of(usage: &Usage) -> Result<Self, CostStatus> {
        if usage.input.is_none() && usage.output.is_none() {
            return Err(CostStatus::NoUsage);
        }
        let count = |tokens: Option<u64>| match tokens.unwrap_or(0) {
            tokens @ 0..=MAX_TOKENS => Ok(tokens),
            _ => Err(CostStatus::InvalidUsage),
        };
        let rest = |total: u64, parts: u64| total.checked_sub(parts).ok_or(CostStatus::InvalidUsage);

        let (context, total_output) = (count(usage.input)?, count(usage.output)?);
        let (cache_read, all_writes) = (count(usage.cache_read)?, count(usage.cache_write)?);
        let cache_write_1h = count(usage.cache_write_1h)?;
        let (audio_input, audio_output) = (count(usage.audio_input)?, count(usage.audio_output)?);
        let reasoning = count(usage.reasoning)?;
        Ok(Self {
            context,
            input: rest(context, cache_read + all_writes + audio_input)?,
            cache_read,
            cache_write: rest(all_writes, cache_write_1h)?,
            cache_write_1h,
            audio_input,
            output: rest(total_output, reasoning + audio_output)?,
            reasoning,
            audio_output,
        })
    }

    /// Each part at its price, or at the price of the more general part where it has none.
    fn charge(&self, rates: &TokenRates) -> Result<Cost, CostStatus> {
        let write = rates.cache_write.or(rates.input);
        let write_1h = charge(self.cache_write_1h, rates.cache_write_1h.or(write))?;

        let mut cost = Cost::default();
        cost.input = charge(self.input, rates.input)?;
        cost.cache_read = charge(self.cache_read, rates.cache_read.or(rates.input))?;
        cost.cache_write =
            charge(self.cache_write, write)?.checked_add(write_1h).ok_or(CostStatus::InvalidUsage)?;
        cost.audio_input = charge(self.audio_input, rates.audio_input.or(rates.input))?;
        cost.output = charge(self.output, rates.output)?;
        cost.reasoning = charge(self.reasoning, rates.reasoning.or(rates.output))?;
        cost.audio_output = charge(self.audio_output, rates.audio_output.or(rates.output))?;
        Ok(cost)
    }
}

fn charge(tokens: u64, price: Option<Usd>) -> Result<Usd, CostStatus> {
    if tokens == 0 {
        return Ok(Usd::ZERO);
    }
    price.ok_or(CostStatus::Unpriced)?.checked_mul(tokens).ok_or(CostStatus::InvalidUsage)
}
