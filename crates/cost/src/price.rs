//! What a call costs.

use std::sync::Arc;

use tower_genai_core::{Cost, CostStatus, ModalityTokens, Usage, Usd};

use crate::catalogue::Catalogue;
use crate::consumption::Consumption;
use crate::entry::Entry;
use crate::factor::Factor;
use crate::rates::{TokenRates, sum};
use crate::terms::Terms;
use crate::tier::ServiceTier;
use crate::tokens::Tokens;
use crate::{tools, units};

impl Entry {
    /// The price of so many tokens, exactly; see [`price_of`](Self::price_of).
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
    /// Those of [`price_of`](Self::price_of).
    pub fn price(&self, usage: &Usage, tier: Option<ServiceTier>) -> Result<Cost, CostStatus> {
        self.price_of(&Consumption { tier, ..Consumption::new(usage) })
    }

    /// The price of a call, exactly.
    ///
    /// Tokens:
    ///
    /// * Each is charged once: input that was neither cached nor audio, images or video at the input price, output that
    ///   was neither reasoning nor audio, images or video at the output price, the others at their own.
    /// * Where the entry states no price of their own, cached reads, writes to the cache, audio, images and video cost
    ///   what input costs, reasoning, audio, images and video made what output costs, and writes for an hour what other
    ///   writes cost. Two exceptions: a tier's price of output is that of reasoning too, and Fireworks' cached reads are
    ///   half of its input.
    /// * When the input exceeds a threshold of the entry (strictly, and at xAI from the threshold on), the whole call is
    ///   charged at the prices beyond it.
    /// * Prices the entry does not state for the tier are the base prices. Only in batches an input or output that has no
    ///   batch price is charged at half, with everything on its side.
    /// * Prices of some hours replace the others when the call began in them.
    ///
    /// Other units are charged by what [`Billing`](tower_genai_core::Billing) counts. Where a model has prices of both,
    /// tokens that are stated are what is charged, and seconds, images and characters otherwise.
    ///
    /// Factors for regions and for speed apply to the tokens, and are stated as the uplift.
    ///
    /// A side of the usage that is absent counts as none when the other is stated: embeddings have no output.
    ///
    /// # Errors
    ///
    /// * [`CostStatus::NoUsage`]: nothing that the entry charges for is stated.
    /// * [`CostStatus::InvalidUsage`]: parts exceed their total, or a count is beyond anything real. Tokens that are in
    ///   two parts at once (audio read from a cache) look the same unless
    ///   [`ModalityTokens`] tells how many those are.
    /// * [`CostStatus::Unpriced`]: there is something that the entry has no price for. Unknown is not free.
    pub fn price_of(&self, consumption: &Consumption<'_>) -> Result<Cost, CostStatus> {
        let mut cost = Cost::default();
        self.charge(consumption, None, &mut cost)?;
        Ok(cost)
    }

    /// States the price of a call in a cost that states nothing yet, and is of no use after an error. A cost is large, and
    /// is written where it stays. The catalogue is for what is priced by an entry of its own.
    pub(crate) fn charge(
        &self,
        consumption: &Consumption<'_>,
        catalogue: Option<&Catalogue>,
        cost: &mut Cost,
    ) -> Result<(), CostStatus> {
        let usage = consumption.charged_usage();
        let modalities = consumption.billing.map_or(ModalityTokens::default(), |billing| billing.modalities);
        let mut tokens = Tokens::of(&usage, &modalities)?;
        let states_tokens = usage.input.is_some() || usage.output.is_some();
        let by_tokens = states_tokens && self.prices_tokens();

        if by_tokens {
            units::replace_tokens(self, consumption.billing, &mut tokens);
            let rates = TokenRates::of(self, tokens.context, consumption.tier, consumption.at);
            if modalities.image_output.is_none() && makes_images(self) && rates.has_image_output() {
                (tokens.image_output, tokens.output) = (tokens.output, 0);
            }
            rates.charge(&tokens, cost)?;
            if let Some(terms) = self.terms() {
                cost.uplift = uplift(terms, consumption, cost)?;
            }
        }
        let mut charged = by_tokens;
        if self.prices_units() || consumption.billing.is_some() || !by_tokens {
            let fees = units::fees(self, consumption, &tokens, by_tokens)?;
            charged |= fees.is_some();
            cost.fees = fees.unwrap_or_default();
        }
        if !charged {
            return Err(if states_tokens { CostStatus::Unpriced } else { CostStatus::NoUsage });
        }
        if let Some(billing) = consumption.billing {
            cost.tools = tools::charge(self, billing, catalogue)?;
        }
        // More digits than money has: a count that is nothing real.
        cost.checked_total().ok_or(CostStatus::InvalidUsage)?;
        cost.entry = Some(Arc::clone(self.shared_name()));
        cost.source = Some(self.source());
        Ok(())
    }
}

/// Whether all that the model writes is images, unless it says otherwise.
fn makes_images(entry: &Entry) -> bool {
    entry.mode().is_some_and(|mode| mode.starts_with("image_"))
}

/// What region and speed add to the price of the tokens.
fn uplift(terms: &Terms, consumption: &Consumption<'_>, cost: &Cost) -> Result<Usd, CostStatus> {
    let geo = consumption.billing.and_then(|billing| billing.inference_geo.as_deref());
    let speed = consumption.billing.and_then(|billing| billing.speed.as_deref());
    let holding =
        terms.uplifts.iter().filter(|uplift| uplift.condition.holds(consumption.region, geo, speed));
    let factor = holding.map(|uplift| uplift.factor).try_fold(Factor::ONE, Factor::and);
    let factor = factor.ok_or(CostStatus::InvalidUsage)?;
    if factor == Factor::ONE {
        return Ok(Usd::ZERO);
    }
    let tokens = sum(&cost.parts().map(|(_, amount)| amount))?;
    factor.excess_of(tokens).ok_or(CostStatus::InvalidUsage)
}
