use std::collections::HashMap;

use super::Pricing;
use crate::catalogue::Catalogue;
use crate::entry::Entry;

/// Builds a [`Pricing`]; see [`Pricing::builder`].
#[derive(Clone, Debug)]
pub struct PricingBuilder {
    catalogue: Catalogue,
    overrides: HashMap<Box<str>, Entry>,
}

impl PricingBuilder {
    pub(super) fn new(catalogue: Catalogue) -> Self {
        Self { catalogue, overrides: HashMap::new() }
    }

    /// Prices the model of the entry's name by this entry, whatever the provider and the catalogue say.
    ///
    /// The name is compared with the model that served a call and with the one that was asked for, exactly.
    #[must_use]
    pub fn override_price(mut self, entry: Entry) -> Self {
        self.overrides.insert(entry.name().into(), entry);
        self
    }

    /// The pricing.
    pub fn build(self) -> Pricing {
        Pricing::with_overrides(self.catalogue, self.overrides)
    }
}
