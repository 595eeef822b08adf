//! The prices of one model.

use std::sync::Arc;

use tower_genai_core::{PriceSource, Usd};

use crate::error::{CatalogueError, Fault, Faults};
use crate::key::{Above, PriceKey, Subject, Unit};
use crate::terms::{FreeSearches, Terms};
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
    terms: Option<Box<Terms>>,
    source: PriceSource,
    traits: Traits,
    /// xAI charges the upper price from a threshold on; all others beyond it.
    inclusive_thresholds: bool,
}

/// What is asked of an entry at every call, worked out once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Traits {
    prices_tokens: bool,
    charges_tokens: bool,
    prices_units: bool,
}

impl Entry {
    pub(crate) fn new(
        name: Arc<str>,
        provider: Option<Arc<str>>,
        mode: Option<Arc<str>>,
        mut rates: Vec<Rate>,
        terms: Terms,
        source: PriceSource,
    ) -> Self {
        rates.sort_by_key(|rate| rate.key);
        let is_token = |rate: &Rate| matches!(rate.key.unit, Unit::Token(_));
        let traits = Traits {
            prices_tokens: rates.iter().any(is_token),
            charges_tokens: rates.iter().any(|rate| is_token(rate) && !rate.price.is_zero()),
            prices_units: rates.iter().any(|rate| !is_token(rate) && !rate.key.subject.is_tool()),
        };
        let inclusive_thresholds = provider.as_deref() == Some("xai");
        let terms = (terms != Terms::default()).then(|| Box::new(terms));
        let rates = rates.into_boxed_slice();
        Self { name, provider, mode, rates, terms, source, traits, inclusive_thresholds }
    }

    /// An entry from prices under LiteLLM's names for them, as an operator states them for a model of their own.
    ///
    /// Amounts are US dollars per unit and exact: they are read from their text. All scalar price keys of a price file are
    /// understood; the prices of a web search are `web_search_cost_per_query` and, by the context a search may use,
    /// `search_context_size_low`, `_medium` and `_high`.
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
        let entry = Self::collect(name, None, prices, &mut faults);
        faults.none_or(entry)
    }

    /// The entry of the prices that are in order; the others become faults.
    pub(crate) fn collect<'a>(
        name: &str,
        provider: Option<&str>,
        prices: impl IntoIterator<Item = (&'a str, &'a str)>,
        faults: &mut Faults,
    ) -> Self {
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
        let provider = provider.map(Arc::from);
        Self::new(name.into(), provider, None, rates, Terms::default(), PriceSource::Override)
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

    /// Where the prices come from.
    pub const fn source(&self) -> PriceSource {
        self.source
    }

    /// The prices, each with what it is for in the catalogue's short words (`in>200k@flex`), in the order of
    /// precedence: of several that apply to a call, the last is charged.
    pub fn prices(&self) -> impl Iterator<Item = (String, Usd)> {
        self.rates.iter().map(|rate| (rate.key.to_string(), rate.price))
    }

    /// The searches of the web that an account has free, which are not deducted.
    pub fn free_searches(&self) -> Option<&FreeSearches> {
        self.terms.as_ref()?.free_searches.as_ref()
    }

    pub(crate) const fn rates(&self) -> &[Rate] {
        &self.rates
    }

    pub(crate) fn terms(&self) -> Option<&Terms> {
        self.terms.as_deref()
    }

    /// Whether it states prices of tokens.
    pub(crate) const fn prices_tokens(&self) -> bool {
        self.traits.prices_tokens
    }

    /// Whether tokens cost anything.
    pub(crate) const fn charges_tokens(&self) -> bool {
        self.traits.charges_tokens
    }

    /// Whether it states prices of anything but tokens and tools.
    pub(crate) const fn prices_units(&self) -> bool {
        self.traits.prices_units
    }

    /// Whether a call with so many input tokens is beyond a threshold.
    pub(crate) const fn crosses(&self, above: Above, input_tokens: u64) -> bool {
        let Above::Tokens(threshold) = above else { return false };
        let threshold = threshold as u64;
        threshold == 0 || input_tokens > threshold || self.inclusive_thresholds && input_tokens == threshold
    }

    /// The price of a unit in a call with so many input tokens, served at that tier.
    pub(crate) fn rate(
        &self,
        subject: Subject,
        unit: Unit,
        input_tokens: u64,
        tier: Option<ServiceTier>,
    ) -> Option<Usd> {
        self.rate_of(PriceKey::new(subject, unit), input_tokens, tier)
    }

    pub(crate) fn rate_of(
        &self,
        meter: PriceKey,
        input_tokens: u64,
        tier: Option<ServiceTier>,
    ) -> Option<Usd> {
        let applies = |rate: &&Rate| {
            rate.key.is_same_meter(meter)
                && self.crosses(rate.key.above, input_tokens)
                && (rate.key.tier.is_none() || rate.key.tier == tier)
        };
        self.rates.iter().rev().find(applies).map(|rate| rate.price)
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
pub(crate) fn shown(value: &str) -> &str {
    const LENGTH: usize = 40;
    value.char_indices().nth(LENGTH).map_or(value, |(end, _)| &value[..end])
}
