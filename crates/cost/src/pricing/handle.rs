use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use tower_genai_core::{Cost, CostStatus, Usage};

use super::PricingBuilder;
use super::warned::Warned;
use crate::catalogue::Catalogue;
use crate::entry::Entry;
use crate::tier::ServiceTier;

/// Prices calls: an [`Observer`](tower_genai_core::Observer) that writes the cost into the record of a call.
///
/// A handle: clones share the catalogue, which can be replaced while calls are priced.
///
/// ```
/// use tower_genai_core::Usage;
/// use tower_genai_cost::{Entry, Pricing};
///
/// let own = Entry::from_prices("our-llama", [("input_cost_per_token", "1e-7"), ("output_cost_per_token", "3e-7")])?;
/// let pricing = Pricing::builder(Default::default()).override_price(own).build();
///
/// let cost = pricing.price(Some("vllm"), &["our-llama"], &Usage::new(1_000, 100), None).unwrap();
/// assert_eq!(cost.total().to_string(), "0.00013");
/// # Ok::<(), tower_genai_cost::CatalogueError>(())
/// ```
#[derive(Clone)]
pub struct Pricing {
    shared: Arc<Shared>,
}

struct Shared {
    overrides: HashMap<Box<str>, Entry>,
    catalogue: ArcSwap<Catalogue>,
    warned: Warned,
}

impl Pricing {
    /// Prices by the given catalogue.
    pub fn new(catalogue: Catalogue) -> Self {
        Self::with_overrides(catalogue, HashMap::new())
    }

    /// Prices by the catalogue that is part of this crate.
    pub fn embedded() -> Self {
        Self::new(Catalogue::embedded())
    }

    /// Prices by the given catalogue and by prices of the operator's own, which go first.
    pub fn builder(catalogue: Catalogue) -> PricingBuilder {
        PricingBuilder::new(catalogue)
    }

    pub(super) fn with_overrides(catalogue: Catalogue, overrides: HashMap<Box<str>, Entry>) -> Self {
        let catalogue = ArcSwap::from_pointee(catalogue);
        Self { shared: Arc::new(Shared { overrides, catalogue, warned: Warned::default() }) }
    }

    /// The catalogue that is in use.
    pub fn catalogue(&self) -> Arc<Catalogue> {
        self.shared.catalogue.load_full()
    }

    /// Prices the calls that end from now on by another catalogue; calls in the middle of being priced keep the one they
    /// began with. Models that are not in it are warned about again.
    pub fn set_catalogue(&self, catalogue: Catalogue) {
        self.shared.catalogue.store(Arc::new(catalogue));
        self.shared.warned.clear();
    }

    /// The price of a call.
    ///
    /// `models` are the names the model may have, the most trusted first: the one that served, then the one that was
    /// asked for. The first that has a price is used; the cost says which entry that was. `provider` is the value of
    /// `gen_ai.provider.name`; see [`Catalogue::find`].
    ///
    /// # Errors
    ///
    /// [`CostStatus::Unpriced`] when no name has a price, else what [`Entry::price`] says.
    pub fn price(
        &self,
        provider: Option<&str>,
        models: &[&str],
        usage: &Usage,
        tier: Option<ServiceTier>,
    ) -> Result<Cost, CostStatus> {
        let catalogue = self.shared.catalogue.load();
        let overrides = models.iter().filter_map(|model| self.shared.overrides.get(*model));
        let entries = models.iter().filter_map(|model| catalogue.find(provider, model));
        let mut result = Err(CostStatus::Unpriced);
        for entry in overrides.chain(entries) {
            result = entry.price(usage, tier);
            // An entry may be about something else: the price of an image.
            if result != Err(CostStatus::Unpriced) {
                break;
            }
        }
        result
    }

    pub(super) fn warned(&self) -> &Warned {
        &self.shared.warned
    }
}

impl fmt::Debug for Pricing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pricing")
            .field("overrides", &self.shared.overrides.len())
            .field("catalogue", &self.shared.catalogue.load())
            .finish_non_exhaustive()
    }
}
