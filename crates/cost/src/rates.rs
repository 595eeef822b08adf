//! The prices per token that apply to one call.

use std::time::SystemTime;

use tower_genai_core::{Cost, CostStatus, Usd};

use crate::entry::{Entry, Rate};
use crate::factor::Factor;
use crate::key::{Lifetime, Modality, PriceKey, Subject, Unit};
use crate::tier::ServiceTier;
use crate::tokens::Tokens;

/// The prices per token that apply to one call; `None` where the entry states none.
#[derive(Debug)]
pub(crate) struct TokenRates {
    input: Option<Usd>,
    cache_read: Option<Usd>,
    audio_cache_read: Option<Usd>,
    image_cache_read: Option<Usd>,
    cache_write: Option<Usd>,
    cache_write_1h: Option<Usd>,
    audio_input: Option<Usd>,
    image_input: Option<Usd>,
    video_input: Option<Usd>,
    output: Option<Usd>,
    reasoning: Option<Usd>,
    audio_output: Option<Usd>,
    image_output: Option<Usd>,
    video_output: Option<Usd>,
    /// What all prices of that side are multiplied by.
    input_factor: Factor,
    output_factor: Factor,
}

impl TokenRates {
    const NONE: Self = Self {
        input: None,
        cache_read: None,
        audio_cache_read: None,
        image_cache_read: None,
        cache_write: None,
        cache_write_1h: None,
        audio_input: None,
        image_input: None,
        video_input: None,
        output: None,
        reasoning: None,
        audio_output: None,
        image_output: None,
        video_output: None,
        input_factor: Factor::ONE,
        output_factor: Factor::ONE,
    };

    pub(crate) fn of(
        entry: &Entry,
        input_tokens: u64,
        tier: Option<ServiceTier>,
        at: Option<SystemTime>,
    ) -> Self {
        let mut rates = Self::NONE;
        // The tiers of the two plain prices.
        let (mut input_tier, mut output_tier) = (None, None);
        for Rate { key, price } in entry.rates() {
            let holds = (key.tier.is_none() || key.tier == tier) && entry.crosses(key.above, input_tokens);
            if !holds {
                continue;
            }
            let Unit::Token(modality) = key.unit else { continue };
            match (key.subject, modality) {
                (Subject::Input, Modality::Any) => input_tier = key.tier,
                (Subject::Output, Modality::Any) => output_tier = key.tier,
                // A tier's price of output is that of reasoning too, unless it has one of its own.
                (Subject::Output, Modality::Reasoning) if key.tier.is_none() && output_tier.is_some() => {
                    continue;
                }
                _ => {}
            }
            if let Some(slot) = rates.slot(*key) {
                *slot = Some(*price);
            }
        }
        if tier == Some(ServiceTier::Batch) {
            // Who states no price of batches grants the half that all providers of batches do.
            let factor = |of: Option<ServiceTier>| if of.is_some() { Factor::ONE } else { Factor::HALF };
            (rates.input_factor, rates.output_factor) = (factor(input_tier), factor(output_tier));
        }
        if let Some(off_peak) = entry.terms().and_then(|terms| terms.off_peak.as_ref())
            && at.is_some_and(|at| off_peak.is_open(at))
        {
            for Rate { key, price } in &off_peak.rates {
                if let Some(slot) = rates.slot(*key) {
                    *slot = Some(*price);
                }
            }
        }
        if rates.cache_read.is_none() && entry.provider() == Some("fireworks_ai") {
            // https://docs.fireworks.ai/guides/prompt-caching: half, unless the model's page says otherwise.
            rates.cache_read = rates.input.and_then(|input| Factor::HALF.of(input));
        }
        rates
    }

    /// Whether images made have a price of their own.
    pub(crate) const fn has_image_output(&self) -> bool {
        self.image_output.is_some()
    }

    /// States each part at its price, or at the price of the more general part where it has none.
    pub(crate) fn charge(&self, tokens: &Tokens, cost: &mut Cost) -> Result<(), CostStatus> {
        let read = self.cache_read.or(self.input);
        let write = self.cache_write.or(self.input);
        // A model that only makes images may state no other price of output.
        let output = self.output.or(self.image_output);
        let input_side = |count, price| charge(count, price, self.input_factor);
        let output_side = |count, price| charge(count, price, self.output_factor);

        cost.input = input_side(tokens.input, self.input)?;
        cost.cache_read = input_side(tokens.cache_read, read)?;
        if tokens.audio_cache_read != 0 || tokens.image_cache_read != 0 {
            let audio = input_side(tokens.audio_cache_read, self.audio_cache_read.or(read))?;
            let image = input_side(tokens.image_cache_read, self.image_cache_read.or(read))?;
            cost.cache_read = sum(&[cost.cache_read, audio, image])?;
        }
        cost.cache_write = input_side(tokens.cache_write, write)?;
        if tokens.cache_write_1h != 0 {
            let write_1h = input_side(tokens.cache_write_1h, self.cache_write_1h.or(write))?;
            cost.cache_write = sum(&[cost.cache_write, write_1h])?;
        }
        cost.audio_input = input_side(tokens.audio_input, self.audio_input.or(self.input))?;
        cost.image_input = input_side(tokens.image_input, self.image_input.or(self.input))?;
        cost.video_input = input_side(tokens.video_input, self.video_input.or(self.input))?;
        cost.output = output_side(tokens.output, output)?;
        cost.reasoning = output_side(tokens.reasoning, self.reasoning.or(output))?;
        cost.audio_output = output_side(tokens.audio_output, self.audio_output.or(output))?;
        cost.image_output = output_side(tokens.image_output, self.image_output.or(output))?;
        cost.video_output = output_side(tokens.video_output, self.video_output.or(output))?;
        Ok(())
    }

    fn slot(&mut self, key: PriceKey) -> Option<&mut Option<Usd>> {
        let Unit::Token(modality) = key.unit else { return None };
        Some(match (key.subject, modality, key.lifetime) {
            (Subject::Input, Modality::Any, _) => &mut self.input,
            (Subject::Input, Modality::Audio, _) => &mut self.audio_input,
            (Subject::Input, Modality::Image, _) => &mut self.image_input,
            (Subject::Input, Modality::Video, _) => &mut self.video_input,
            (Subject::CacheRead, Modality::Any, _) => &mut self.cache_read,
            (Subject::CacheRead, Modality::Audio, _) => &mut self.audio_cache_read,
            (Subject::CacheRead, Modality::Image, _) => &mut self.image_cache_read,
            (Subject::CacheWrite, Modality::Any, Lifetime::Default) => &mut self.cache_write,
            (Subject::CacheWrite, Modality::Any, Lifetime::Hour) => &mut self.cache_write_1h,
            (Subject::Output, Modality::Any, _) => &mut self.output,
            (Subject::Output, Modality::Reasoning, _) => &mut self.reasoning,
            (Subject::Output, Modality::Audio, _) => &mut self.audio_output,
            (Subject::Output, Modality::Image, _) => &mut self.image_output,
            (Subject::Output, Modality::Video, _) => &mut self.video_output,
            _ => return None,
        })
    }
}

fn charge(tokens: u64, price: Option<Usd>, factor: Factor) -> Result<Usd, CostStatus> {
    if tokens == 0 {
        return Ok(Usd::ZERO);
    }
    let amount = price.ok_or(CostStatus::Unpriced)?.checked_mul(tokens).ok_or(CostStatus::InvalidUsage)?;
    factor.of(amount).ok_or(CostStatus::InvalidUsage)
}

/// The exact sum; more digits than money has come of a count that is nothing real.
pub(crate) fn sum(amounts: &[Usd]) -> Result<Usd, CostStatus> {
    Usd::checked_sum(amounts).ok_or(CostStatus::InvalidUsage)
}
