use std::cmp::Reverse;

use super::pattern::Pattern;
use crate::entry::Entry;
use crate::error::{Fault, Faults};
use crate::provider::canonical;

/// Prices of the operator's own for one model, or for all whose names fit a pattern of `*` and `?`.
///
/// ```
/// use tower_genai_core::Usage;
/// use tower_genai_cost::{Catalogue, Override, Pricing};
///
/// let own = Override::new("llama-*")
///     .of_provider("vllm")
///     .price("input_cost_per_token", "2e-7")
///     .price("output_cost_per_token", "0.0000008");
/// let pricing = Pricing::builder(Catalogue::default()).override_with(own).build()?;
///
/// let cost = pricing.price(Some("vllm"), &["llama-3-70b"], &Usage::new(1_000, 100), None).unwrap();
/// assert_eq!(cost.total().to_string(), "0.00028");
/// assert_eq!(cost.entry.as_deref(), Some("llama-*"));
/// # Ok::<(), tower_genai_cost::CatalogueError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Override {
    model: String,
    provider: Option<String>,
    prices: Vec<(String, String)>,
}

impl Override {
    /// For the models of this name or pattern, at any provider.
    pub fn new(model: impl Into<String>) -> Self {
        Self { model: model.into(), provider: None, prices: Vec::new() }
    }

    /// Only at this provider, by its `gen_ai.provider.name` or LiteLLM's name.
    #[must_use]
    pub fn of_provider(mut self, provider: impl Into<String>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    /// A price under LiteLLM's name for it; see [`Entry::from_prices`]. Checked when the [`Pricing`](super::Pricing) is
    /// built.
    #[must_use]
    pub fn price(mut self, key: impl Into<String>, amount: impl Into<String>) -> Self {
        self.prices.push((key.into(), amount.into()));
        self
    }
}

/// The operator's prices, the most exact first.
#[derive(Clone, Debug, Default)]
pub(super) struct Overrides(Vec<(Pattern, Option<Box<str>>, Entry)>);

impl Overrides {
    pub(super) fn push(&mut self, given: Override, faults: &mut Faults) {
        let Override { model, provider, prices } = given;
        let fault = |what| Fault::new(what).in_model(&model);
        if model.is_empty() || model.contains(char::is_control) {
            faults.push(fault("not the name of a model"));
        } else if prices.is_empty() {
            faults.push(fault("there is no price for it"));
        }
        let provider = provider.as_deref().map(canonical);
        let prices = prices.iter().map(|(key, amount)| (key.as_str(), amount.as_str()));
        let entry = Entry::collect(&model, provider, prices, faults);
        if !self.add(&model, provider, entry) {
            faults.push(fault("its prices are stated twice"));
        }
    }

    /// Whether there was none for the same models yet.
    pub(super) fn add(&mut self, model: &str, provider: Option<&str>, entry: Entry) -> bool {
        let same = |(pattern, of, _): &(Pattern, Option<Box<str>>, _)| {
            pattern.as_str() == model && of.as_deref() == provider
        };
        let is_new = !self.0.iter().any(same);
        self.0.retain(|other| !same(other));
        self.0.push((Pattern::new(model), provider.map(Box::from), entry));
        self.0.sort_by_key(|(pattern, provider, _)| {
            let (is_name, letters) = pattern.exactness();
            Reverse((is_name, provider.is_some(), letters))
        });
        is_new
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// The prices of the first model of several that has any.
    pub(super) fn find<'a>(
        &'a self,
        provider: Option<&'a str>,
        models: &'a [&str],
    ) -> impl Iterator<Item = &'a Entry> {
        let provider = if self.0.is_empty() { None } else { provider.map(canonical) };
        models.iter().filter_map(move |model| {
            let fits = |(pattern, of, _): &&(Pattern, Option<Box<str>>, Entry)| {
                (of.is_none() || of.as_deref() == provider) && !model.is_empty() && pattern.matches(model)
            };
            self.0.iter().find(fits).map(|(_, _, entry)| entry)
        })
    }
}
