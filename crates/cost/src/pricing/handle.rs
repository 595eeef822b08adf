use std::fmt;
use std::sync::Arc;

use arc_swap::ArcSwap;
use smallvec::SmallVec;
use tower_genai_core::{Cost, CostStatus, PriceSource, Usage, Usd};

use super::builder::{PricingBuilder, Settings};
use super::images;
use super::warned::Warned;
use crate::catalogue::Catalogue;
use crate::consumption::Consumption;
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
/// let pricing = Pricing::builder(Default::default()).override_price(own).build()?;
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
    settings: Settings,
    catalogue: ArcSwap<Catalogue>,
    warned: Warned,
}

impl Pricing {
    /// Prices by the given catalogue.
    pub fn new(catalogue: Catalogue) -> Self {
        Self::with_settings(catalogue, Settings::default())
    }

    /// Prices by the catalogue that is part of this crate.
    pub fn embedded() -> Self {
        Self::new(Catalogue::embedded())
    }

    /// Prices by the given catalogue and by prices of the operator's own, which go first.
    pub fn builder(catalogue: Catalogue) -> PricingBuilder {
        PricingBuilder::new(catalogue)
    }

    pub(super) fn with_settings(catalogue: Catalogue, settings: Settings) -> Self {
        let catalogue = ArcSwap::from_pointee(catalogue);
        Self { shared: Arc::new(Shared { settings, catalogue, warned: Warned::default() }) }
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

    /// The entry that prices calls of the model by tokens: an operator's, else one of the catalogue.
    pub fn entry(&self, provider: Option<&str>, model: &str) -> Option<Entry> {
        let Settings { overrides, deployments, .. } = &self.shared.settings;
        let behind = deployments.get(model).map(|model| &**model);
        let models: SmallVec<[&str; 2]> = behind.into_iter().chain([model]).collect();
        let own = overrides.find(provider, &models).next().cloned();
        own.or_else(|| {
            let catalogue = self.shared.catalogue.load();
            models.iter().find_map(|model| catalogue.find(provider, model)).cloned()
        })
    }

    /// The price of so many tokens at a service tier; see [`price_of`](Self::price_of).
    ///
    /// # Errors
    ///
    /// Those of [`price_of`](Self::price_of).
    pub fn price(
        &self,
        provider: Option<&str>,
        models: &[&str],
        usage: &Usage,
        tier: Option<ServiceTier>,
    ) -> Result<Cost, CostStatus> {
        self.price_of(provider, models, &Consumption { tier, ..Consumption::new(usage) })
    }

    /// The price of a call.
    ///
    /// `models` are the names the model may have, the most trusted first: the one that served, then the one that was
    /// asked for. The first that has a price is used, the operator's own prices before the catalogue's; the cost says
    /// which entry of which source that was. `provider` is the value of `gen_ai.provider.name`; see [`Catalogue::find`].
    ///
    /// What the provider itself states as the cost stands beside that. It is charged when there is no other price, and
    /// always with [`PricingBuilder::prefer_stated`]. Discount and margin come last.
    ///
    /// # Errors
    ///
    /// [`CostStatus::Unpriced`] when no name has a price, else what [`Entry::price_of`] says.
    pub fn price_of(
        &self,
        provider: Option<&str>,
        models: &[&str],
        consumption: &Consumption<'_>,
    ) -> Result<Cost, CostStatus> {
        let Settings { adjustments, prefer_stated, .. } = &self.shared.settings;
        let mut cost = Cost::default();
        let listed = self.list_price(provider, models, consumption, &mut cost);
        match stated_cost(consumption) {
            None => listed?,
            Some(stated) => {
                match listed {
                    Ok(()) if !prefer_stated => {}
                    // Counts that contradict each other are worth a look, whatever the provider says.
                    Err(CostStatus::InvalidUsage) if !prefer_stated => return Err(CostStatus::InvalidUsage),
                    _ => {
                        cost = Cost::default();
                        (cost.undivided, cost.source) = (stated, Some(PriceSource::Stated));
                    }
                }
                cost.stated = Some(stated);
            }
        }
        if !adjustments.is_empty() {
            let names = models.iter().copied().filter(|model| !model.is_empty());
            let entry = cost.entry.clone();
            let names: SmallVec<[&str; 4]> = names.chain(entry.as_deref()).collect();
            adjustments.apply(&mut cost, provider, &names).ok_or(CostStatus::InvalidUsage)?;
        }
        Ok(cost)
    }

    /// States the price by the operator's prices, else by the catalogue.
    fn list_price(
        &self,
        provider: Option<&str>,
        models: &[&str],
        consumption: &Consumption<'_>,
        cost: &mut Cost,
    ) -> Result<(), CostStatus> {
        let Settings { overrides, deployments, .. } = &self.shared.settings;
        let catalogue = self.shared.catalogue.load();
        let mapped;
        let models = if deployments.is_empty() {
            models
        } else {
            let behind = models.iter().filter_map(|model| deployments.get(*model).map(|model| &**model));
            mapped = behind.chain(models.iter().copied()).collect::<SmallVec<[&str; 4]>>();
            &mapped[..]
        };
        let mut search = Search { consumption, catalogue: &catalogue, cost, result: None };
        if overrides.find(provider, models).any(|entry| search.is_over(entry)) {
            return search.result();
        }
        for model in models.iter().filter(|model| !model.is_empty()) {
            let find = |name: &str| catalogue.find_in_region(provider, consumption.region, name);
            let by_size = |search: &mut Search<'_, '_>| {
                let billing = consumption.billing.filter(|billing| billing.images.is_some());
                let mut names = billing.into_iter().flat_map(|billing| images::names(billing, model));
                names.any(|name| find(&name).is_some_and(|entry| search.is_over(entry)))
            };
            // A model that charges tokens may have prices of images too, which are for calls that state none.
            let states_tokens = consumption.usage.output.is_some();
            let is_over = !states_tokens && by_size(&mut search)
                || find(model).is_some_and(|entry| search.is_over(entry))
                || states_tokens && by_size(&mut search);
            if is_over {
                break;
            }
        }
        search.result()
    }

    pub(super) fn warned(&self) -> &Warned {
        &self.shared.warned
    }
}

impl fmt::Debug for Pricing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pricing")
            .field("overrides", &self.shared.settings.overrides.len())
            .field("catalogue", &self.shared.catalogue.load())
            .finish_non_exhaustive()
    }
}

/// The first entry by which a call can be priced.
struct Search<'a, 'c> {
    consumption: &'a Consumption<'a>,
    catalogue: &'a Catalogue,
    cost: &'c mut Cost,
    result: Option<Result<(), CostStatus>>,
}

impl Search<'_, '_> {
    /// Whether this entry answers. One that does not may be about something else: the price of an image.
    fn is_over(&mut self, entry: &Entry) -> bool {
        if self.result.is_some() {
            *self.cost = Cost::default();
        }
        let result = entry.charge(self.consumption, Some(self.catalogue), self.cost);
        let is_over = matches!(result, Ok(()) | Err(CostStatus::InvalidUsage));
        if is_over || self.result.is_none() {
            self.result = Some(result);
        }
        is_over
    }

    fn result(self) -> Result<(), CostStatus> {
        self.result.unwrap_or(Err(CostStatus::Unpriced))
    }
}

/// What the provider says the call cost, if that is an amount.
fn stated_cost(consumption: &Consumption<'_>) -> Option<Usd> {
    let stated: Usd = consumption.billing?.stated_cost.as_deref()?.parse().ok()?;
    (stated >= Usd::ZERO).then_some(stated)
}
