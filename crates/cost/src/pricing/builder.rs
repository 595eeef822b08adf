use std::collections::HashMap;

use super::Pricing;
use super::adjustment::Adjustments;
use super::overrides::{Override, Overrides};
use crate::catalogue::Catalogue;
use crate::entry::Entry;
use crate::error::{CatalogueError, Fault, Faults};

/// Builds a [`Pricing`]; see [`Pricing::builder`].
#[derive(Clone, Debug)]
pub struct PricingBuilder {
    catalogue: Catalogue,
    settings: Settings,
    faults: Faults,
}

/// What an operator says about prices; it stays when the catalogue is replaced.
#[derive(Clone, Debug, Default)]
pub(super) struct Settings {
    pub(super) overrides: Overrides,
    /// The models behind names of the operator's own.
    pub(super) deployments: HashMap<Box<str>, Box<str>>,
    pub(super) adjustments: Adjustments,
    pub(super) prefer_stated: bool,
}

impl PricingBuilder {
    pub(super) fn new(catalogue: Catalogue) -> Self {
        Self { catalogue, settings: Settings::default(), faults: Faults::default() }
    }

    /// Prices the model of the entry's name by this entry, whatever the provider and the catalogue say.
    ///
    /// The name is compared with the model that served a call and with the one that was asked for, exactly.
    #[must_use]
    pub fn override_price(mut self, entry: Entry) -> Self {
        let name = entry.shared_name().clone();
        self.settings.overrides.add(&name, None, entry);
        self
    }

    /// Prices the models it is for by it, whatever the catalogue says. It replaces all the catalogue's prices of the
    /// model, those it does not state too.
    ///
    /// A name goes before a pattern, one of a provider before one of any, and a longer pattern before a shorter one.
    #[must_use]
    pub fn override_with(mut self, prices: Override) -> Self {
        self.settings.overrides.push(prices, &mut self.faults);
        self
    }

    /// Says which model is behind a name of the operator's own: a deployment of Azure's, an application inference profile
    /// of Bedrock's (its ARN). Calls of that name are priced as calls of the model.
    ///
    /// ```
    /// use tower_genai_core::Usage;
    /// use tower_genai_cost::{Catalogue, Pricing};
    ///
    /// let pricing = Pricing::builder(Catalogue::embedded()).deployment("our-chat", "gpt-4o-2024-08-06").build()?;
    /// let cost = pricing.price(Some("azure.ai.openai"), &["our-chat"], &Usage::new(1_000, 0), None).unwrap();
    /// assert_eq!(cost.entry.as_deref(), Some("azure/gpt-4o-2024-08-06"));
    /// # Ok::<(), tower_genai_cost::CatalogueError>(())
    /// ```
    #[must_use]
    pub fn deployment(mut self, name: &str, model: &str) -> Self {
        if name.is_empty() || model.is_empty() {
            self.faults.push(Fault::new("a deployment and its model have names").in_model(name));
        } else if self.settings.deployments.insert(name.into(), model.into()).is_some() {
            self.faults.push(Fault::new("the deployment is there twice").in_model(name));
        }
        self
    }

    /// Takes a part of the price of calls: `"0.05"` is five percent.
    ///
    /// `key` is a provider (`openai`), a provider and a name or pattern of models (`openai/gpt-4*`), or `global`; the most
    /// exact that fits a call is used, alone. These are the keys of LiteLLM's `cost_discount_config`.
    #[must_use]
    pub fn discount(mut self, key: &str, percentage: &str) -> Self {
        self.settings.adjustments.discount(key, percentage, &mut self.faults);
        self
    }

    /// Adds to the price of calls, after any discount: a part of it (`"0.1"` is ten percent), an amount in US dollars for
    /// each call, or both.
    ///
    /// `key` is as in [`discount`](Self::discount). These are the values of LiteLLM's `cost_margin_config`.
    #[must_use]
    pub fn margin(mut self, key: &str, percentage: Option<&str>, fixed_amount: Option<&str>) -> Self {
        self.settings.adjustments.margin(key, percentage, fixed_amount, &mut self.faults);
        self
    }

    /// Charges what the provider says a call cost instead of the catalogue's price, where it says so (OpenRouter's
    /// `usage.cost`).
    ///
    /// Without this, the provider's amount stands beside the catalogue's in the [`Cost`](tower_genai_core::Cost), and is
    /// charged only for a call that the catalogue has no price for.
    #[must_use]
    pub const fn prefer_stated(mut self, prefer: bool) -> Self {
        self.settings.prefer_stated = prefer;
        self
    }

    /// The pricing.
    ///
    /// # Errors
    ///
    /// Lists everything that is wrong with overrides, deployments, discounts and margins.
    pub fn build(self) -> Result<Pricing, CatalogueError> {
        self.faults.none_or(Pricing::with_settings(self.catalogue, self.settings))
    }
}
