use std::cmp::Reverse;

use tower_genai_core::{Cost, Usd};

use super::pattern::Pattern;
use crate::entry::parse_price;
use crate::error::{Fault, Faults};
use crate::factor::Factor;
use crate::provider::canonical;

/// The key of what holds for all providers.
const GLOBAL: &str = "global";

/// What an operator takes from the providers' prices, and adds to them.
#[derive(Clone, Debug, Default)]
pub(super) struct Adjustments {
    discounts: Keyed<Factor>,
    margins: Keyed<Margin>,
}

/// What is added to a cost.
#[derive(Clone, Copy, Debug)]
struct Margin {
    percentage: Option<Factor>,
    fixed: Usd,
}

impl Adjustments {
    pub(super) fn discount(&mut self, key: &str, percentage: &str, faults: &mut Faults) {
        let fault = |fault: Fault| fault.in_model(key).at_key("discount");
        match Factor::parse(percentage) {
            Ok(factor) if factor.exceeds_one() => {
                faults.push(fault(Fault::new("a discount is at most 1, which is all of the price")));
            }
            Ok(factor) => self.discounts.push(key, factor).unwrap_or_else(|what| faults.push(fault(what))),
            Err(what) => faults.push(fault(what)),
        }
    }

    pub(super) fn margin(
        &mut self,
        key: &str,
        percentage: Option<&str>,
        fixed_amount: Option<&str>,
        faults: &mut Faults,
    ) {
        let mut margin = || {
            let percentage = percentage.map(Factor::parse).transpose()?;
            let fixed = fixed_amount.map_or(Ok(Usd::ZERO), parse_price)?;
            if percentage.is_none() && fixed_amount.is_none() {
                return Err(Fault::new("expected a percentage, a fixed amount, or both"));
            }
            self.margins.push(key, Margin { percentage, fixed })
        };
        margin().unwrap_or_else(|fault: Fault| faults.push(fault.in_model(key).at_key("margin")));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.discounts.0.is_empty() && self.margins.0.is_empty()
    }

    /// Takes the discount and then adds the margin. `None` when an amount would need more than 28 digits.
    pub(super) fn apply(&self, cost: &mut Cost, provider: Option<&str>, models: &[&str]) -> Option<()> {
        let provider = provider.map(canonical);
        let original = cost.checked_total()?;
        if let Some(discount) = self.discounts.find(provider, models) {
            cost.discount = -discount.of(original)?;
        }
        if let Some(margin) = self.margins.find(provider, models) {
            let discounted = original.checked_add(cost.discount)?;
            let share = margin.percentage.map_or(Some(Usd::ZERO), |percentage| percentage.of(discounted))?;
            cost.margin = share.checked_add(margin.fixed)?;
        }
        cost.checked_total().map(drop)
    }
}

/// What is configured under `global`, a provider, or `provider/pattern of models`, the most exact first.
#[derive(Clone, Debug)]
struct Keyed<T>(Vec<(Key, T)>);

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

#[derive(Clone, Debug)]
struct Key {
    text: Box<str>,
    /// `None` is every provider.
    provider: Option<Box<str>>,
    models: Option<Pattern>,
}

impl<T> Keyed<T> {
    fn push(&mut self, key: &str, value: T) -> Result<(), Fault> {
        let (provider, models) =
            key.split_once('/').map_or((key, None), |(name, models)| (name, Some(models)));
        if provider.is_empty() || models == Some("") {
            return Err(Fault::new(
                "expected `global`, a provider, or a provider and models like `openai/gpt-4*`",
            ));
        }
        if self.0.iter().any(|(other, _)| *other.text == *key) {
            return Err(Fault::new("stated twice"));
        }
        let provider = (key != GLOBAL).then(|| canonical(provider).into());
        self.0.push((Key { text: key.into(), provider, models: models.map(Pattern::new) }, value));
        self.0.sort_by_key(|(key, _)| {
            Reverse((key.provider.is_some(), key.models.as_ref().map(Pattern::exactness)))
        });
        Ok(())
    }

    fn find(&self, provider: Option<&str>, models: &[&str]) -> Option<&T> {
        let fits = |key: &Key| {
            let provider_fits = key.provider.is_none() || key.provider.as_deref() == provider;
            let model_fits = |pattern: &Pattern| models.iter().any(|model| pattern.matches(model));
            provider_fits && key.models.as_ref().is_none_or(model_fits)
        };
        self.0.iter().find(|(key, _)| fits(key)).map(|(_, value)| value)
    }
}
