//! The prices of one model.

use std::sync::Arc;

use tower_genai_core::Usd;

use crate::error::{CatalogueError, Fault, Faults};
use crate::key::{Direction, Lifetime, Modality, PriceKey, Unit};
use crate::tier::ServiceTier;

/// One price: US dollars per unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rate {
    pub(crate) key: PriceKey,
    pub(crate) price: Usd,
}

/// The prices of one model at one provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    name: Arc<str>,
    provider: Option<Arc<str>>,
    mode: Option<Arc<str>>,
    /// In the order of their keys, which is the order of precedence.
    rates: Box<[Rate]>,
}

impl Entry {
    pub(crate) fn new(
        name: Arc<str>,
        provider: Option<Arc<str>>,
        mode: Option<Arc<str>>,
        mut rates: Vec<Rate>,
    ) -> Self {
        rates.sort_by_key(|rate| rate.key);
        Self { name, provider, mode, rates: rates.into_boxed_slice() }
    }

    /// An entry from prices under LiteLLM's names for them, as an operator states them for a model of their own.
    ///
    /// Amounts are US dollars per token and exact: they are read from their text.
    ///
    /// ```
    /// use tower_genai_cost::Entry;
    ///
    /// let entry = Entry::from_prices(
    ///     "our-llama",
    ///     [("input_cost_per_token", "2e-7"), ("output_cost_per_token", "0.0000008")],
    /// )?;
    /// assert_eq!(entry.name(), "our-llama");
    /// # Ok::<(), tower_genai_cost::CatalogueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Lists every key that is unknown or stated twice, and every amount that is negative or no exact decimal.
    pub fn from_prices<'a>(
        name: &str,
        prices: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, CatalogueError> {
        let mut faults = Faults::default();
        let mut rates: Vec<Rate> = Vec::new();
        for (key, amount) in prices {
            let rate = PriceKey::from_litellm(key)
                .ok_or_else(|| Fault::new("not the name of a price"))
                .and_then(|price_key| Ok(Rate { key: price_key, price: parse_price(amount)? }));
            match rate {
                Ok(rate) if rates.iter().any(|other| other.key == rate.key) => {
                    faults.push(Fault::new("stated twice").in_model(name).at_key(key));
                }
                Ok(rate) => rates.push(rate),
                Err(fault) => faults.push(fault.in_model(name).at_key(key)),
            }
        }
        faults.none_or(Self::new(name.into(), None, None, rates))
    }

    /// The name of the entry: the key in the price file.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub(crate) const fn shared_name(&self) -> &Arc<str> {
        &self.name
    }

    /// LiteLLM's name of the provider.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }

    /// What the model does: `chat`, `embedding`, ...
    pub fn mode(&self) -> Option<&str> {
        self.mode.as_deref()
    }

    pub(crate) const fn rates(&self) -> &[Rate] {
        &self.rates
    }

    /// The token prices of a call with so many input tokens, served at that tier.
    pub(crate) fn token_rates(&self, input_tokens: u64, tier: Option<ServiceTier>) -> TokenRates {
        let mut rates = TokenRates::default();
        for Rate { key, price } in &self.rates {
            let above = u64::from(key.above_tokens);
            let crossed = above == 0 || input_tokens > above;
            let holds = crossed && (key.tier.is_none() || key.tier == tier);
            if holds && let Some(slot) = rates.slot(*key) {
                *slot = Some(*price);
            }
        }
        rates
    }
}

/// Reads an amount, which must not be negative.
pub(crate) fn parse_price(text: &str) -> Result<Usd, Fault> {
    let price: Usd = text
        .parse()
        .map_err(|_| Fault::new(format!("expected a number of US dollars, found {}", shown(text))))?;
    if price < Usd::ZERO {
        return Err(Fault::new(format!("a price cannot be negative, found {}", shown(text))));
    }
    Ok(price)
}

/// The beginning of a value, for an error.
fn shown(value: &str) -> &str {
    const LENGTH: usize = 40;
    value.char_indices().nth(LENGTH).map_or(value, |(end, _)| &value[..end])
}

/// The prices per token that apply to one call; `None` where the entry states none.
#[derive(Debug, Default)]
pub(crate) struct TokenRates {
    pub(crate) input: Option<Usd>,
    pub(crate) cache_read: Option<Usd>,
    pub(crate) cache_write: Option<Usd>,
    pub(crate) cache_write_1h: Option<Usd>,
    pub(crate) audio_input: Option<Usd>,
    pub(crate) output: Option<Usd>,
    pub(crate) reasoning: Option<Usd>,
    pub(crate) audio_output: Option<Usd>,
}

impl TokenRates {
    fn slot(&mut self, key: PriceKey) -> Option<&mut Option<Usd>> {
        Some(match (key.direction, key.unit, key.lifetime) {
            (Direction::Input, Unit::Token(Modality::Any), _) => &mut self.input,
            (Direction::Input, Unit::Token(Modality::Audio), _) => &mut self.audio_input,
            (Direction::CacheRead, Unit::Token(Modality::Any), _) => &mut self.cache_read,
            (Direction::CacheWrite, Unit::Token(Modality::Any), Lifetime::Default) => &mut self.cache_write,
            (Direction::CacheWrite, Unit::Token(Modality::Any), Lifetime::Hour) => &mut self.cache_write_1h,
            (Direction::Output, Unit::Token(Modality::Any), _) => &mut self.output,
            (Direction::Output, Unit::Token(Modality::Audio), _) => &mut self.audio_output,
            (Direction::Output, Unit::Token(Modality::Reasoning), _) => &mut self.reasoning,
            _ => return None,
        })
    }
}
