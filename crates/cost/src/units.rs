//! What is charged by other units than tokens.

use std::time::Duration;

use tower_genai_core::{Billing, CostStatus, Usd};

use crate::consumption::Consumption;
use crate::entry::Entry;
use crate::key::{PriceKey, Size, Subject, Unit, dimensions};
use crate::rates::sum;
use crate::tier::ServiceTier;
use crate::tokens::{Tokens, count};

/// The size of an image when none is asked for, at all APIs that charge by size.
const USUAL_IMAGE: (u32, u32) = (1_024, 1_024);

/// Characters of a token, for thresholds of tokens where only characters are stated.
const CHARACTERS_OF_A_TOKEN: u64 = 4;

/// Models that are charged by the time they are used when they have no price of tokens.
const CHARGED_BY_TIME: [&str; 5] = ["chat", "completion", "embedding", "responses", "realtime"];

/// Takes out of the tokens what is charged by another unit that the call states.
pub(crate) fn replace_tokens(entry: &Entry, billing: Option<&Billing>, tokens: &mut Tokens) {
    let Some(billing) = billing.filter(|_| entry.prices_units()) else { return };
    if billing.input_characters.is_some() && prices_characters(entry) {
        tokens.input = 0;
    }
    if billing.input_images.is_some() && prices_sent_images(entry) {
        tokens.image_input = 0;
    }
}

/// A price of zero is stated for models that charge their tokens instead.
fn prices_characters(entry: &Entry) -> bool {
    let price = entry.rate(Subject::Input, Unit::Character, 0, None);
    price.is_some_and(|price| !price.is_zero() || !entry.charges_tokens())
}

/// Whether images that are sent are charged by the piece beside tokens: what chat models state is the price of an
/// image's tokens.
fn prices_sent_images(entry: &Entry) -> bool {
    entry.mode() == Some("embedding") && entry.rate(Subject::Input, Unit::Image, 0, None).is_some()
}

/// What the call costs beside its tokens; `None` when it states nothing that the entry charges for.
pub(crate) fn fees(
    entry: &Entry,
    consumption: &Consumption<'_>,
    tokens: &Tokens,
    by_tokens: bool,
) -> Result<Option<Usd>, CostStatus> {
    let nothing = Billing::default();
    let billing = consumption.billing.unwrap_or(&nothing);
    let characters = billing.input_characters.unwrap_or(0) / CHARACTERS_OF_A_TOKEN;
    let context = if tokens.context == 0 { characters } else { tokens.context };
    let mut fees = Fees { entry, context, tier: consumption.tier, amounts: None };

    let tokens_charged = by_tokens && entry.charges_tokens() && tokens.context + tokens.answer > 0;
    fees.characters(billing)?;
    fees.searches(billing, tokens_charged)?;
    fees.pages(billing)?;
    if prices_sent_images(entry) || !entry.charges_tokens() {
        fees.sent_images(billing)?;
    }
    if !tokens_charged {
        fees.images(billing)?;
        fees.audio(billing)?;
        fees.video(billing)?;
    }
    if fees.amounts.is_none() && !by_tokens {
        fees.time(consumption.duration)?;
    }
    if fees.amounts.is_none() && !by_tokens && entry.mode() == Some("moderation") && !entry.charges_tokens() {
        // What is free needs no counts, and OpenAI states none.
        fees.add(Usd::ZERO)?;
    }
    if by_tokens || fees.amounts.is_some() {
        fees.charge(PriceKey::new(Subject::Input, Unit::Request), 1)?;
    }
    Ok(fees.amounts)
}

struct Fees<'a> {
    entry: &'a Entry,
    context: u64,
    tier: Option<ServiceTier>,
    amounts: Option<Usd>,
}

impl Fees<'_> {
    fn price(&self, meter: PriceKey) -> Option<Usd> {
        self.entry.rate_of(meter, self.context, self.tier)
    }

    fn add(&mut self, amount: Usd) -> Result<(), CostStatus> {
        self.amounts = Some(sum(&[self.amounts.unwrap_or_default(), amount])?);
        Ok(())
    }

    /// Charges so many units, if the entry has a price for them.
    fn charge(&mut self, meter: PriceKey, units: u64) -> Result<bool, CostStatus> {
        let Some(price) = self.price(meter) else { return Ok(false) };
        self.add(price.checked_mul(units).ok_or(CostStatus::InvalidUsage)?)?;
        Ok(true)
    }

    /// The same for the first of several meters that has a price.
    fn charge_first(&mut self, meters: &[PriceKey], units: u64) -> Result<bool, CostStatus> {
        for meter in meters {
            if self.charge(*meter, units)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn seconds(&mut self, price: Usd, time: Duration) -> Result<(), CostStatus> {
        const NANOSECOND: u32 = 9;
        count(Some(time.as_secs()))?;
        let nanos = i128::try_from(time.as_nanos()).map_err(|_| CostStatus::InvalidUsage)?;
        self.add(price.checked_scaled(nanos, NANOSECOND).ok_or(CostStatus::InvalidUsage)?)
    }

    fn characters(&mut self, billing: &Billing) -> Result<(), CostStatus> {
        if billing.input_characters.is_some() && prices_characters(self.entry) {
            let characters = count(billing.input_characters)?;
            self.charge(PriceKey::new(Subject::Input, Unit::Character), characters)?;
        }
        Ok(())
    }

    fn searches(&mut self, billing: &Billing, tokens_charged: bool) -> Result<(), CostStatus> {
        let meter = PriceKey::new(Subject::Input, Unit::Query);
        match count(billing.search_units)? {
            0 if billing.search_units.is_some() => self.charge(meter, 0).map(drop),
            // A reranker whose tokens are free is not free.
            0 if self.entry.mode() == Some("rerank") && !tokens_charged => match self.price(meter) {
                Some(price) if !price.is_zero() => Err(CostStatus::NoUsage),
                _ => Ok(()),
            },
            0 => Ok(()),
            units => self.charge(meter, units)?.then_some(()).ok_or(CostStatus::Unpriced),
        }
    }

    fn pages(&mut self, billing: &Billing) -> Result<(), CostStatus> {
        match count(billing.pages)? {
            0 => Ok(()),
            pages => self
                .charge(PriceKey::new(Subject::Ocr, Unit::Page), pages)?
                .then_some(())
                .ok_or(CostStatus::Unpriced),
        }
    }

    /// Images that were sent. Where images made have no price of their own, theirs is stated as that of input.
    fn sent_images(&mut self, billing: &Billing) -> Result<(), CostStatus> {
        let made = billing.images.is_some_and(|images| images != 0);
        let is_theirs = self.price(PriceKey::new(Subject::Output, Unit::Image)).is_none() && made;
        if let Some(images) = billing.input_images.filter(|_| !is_theirs) {
            let free = self.entry.terms().map_or(0, |terms| terms.free_input_images);
            let charged = count(Some(images))?.saturating_sub(free);
            self.charge(PriceKey::new(Subject::Input, Unit::Image), charged)?;
        }
        Ok(())
    }

    fn images(&mut self, billing: &Billing) -> Result<(), CostStatus> {
        let images = count(billing.images)?;
        if images == 0 {
            return Ok(());
        }
        let size = billing.image_size.as_deref();
        let made = PriceKey::new(Subject::Output, Unit::Image);
        let of_size = size.and_then(Size::new).map_or(made, |size| made.of_size(size));
        if self.charge_first(&[of_size, made, PriceKey::new(Subject::Input, Unit::Image)], images)? {
            return Ok(());
        }
        let (width, height) = size.and_then(dimensions).unwrap_or(USUAL_IMAGE);
        let pixels = u64::from(width) * u64::from(height);
        let pixels = pixels.checked_mul(images).ok_or(CostStatus::InvalidUsage)?;
        let sent = self.charge(PriceKey::new(Subject::Input, Unit::Pixel), pixels)?;
        let made = self.charge(PriceKey::new(Subject::Output, Unit::Pixel), pixels)?;
        if sent || made { Ok(()) } else { Err(CostStatus::Unpriced) }
    }

    /// Audio by its length. Models that write down what was said state one price twice, as that of input and of output.
    fn audio(&mut self, billing: &Billing) -> Result<(), CostStatus> {
        let by_second = |subject| PriceKey::new(subject, Unit::Second);
        let speaks = self.entry.mode() == Some("audio_speech");
        if let Some(time) = billing.audio_input.filter(|_| !speaks) {
            let heard = self
                .price(PriceKey::new(Subject::Input, Unit::AudioSecond))
                .or_else(|| self.price(by_second(Subject::Input)).filter(|price| !price.is_zero()))
                .or_else(|| self.price(by_second(Subject::Output)))
                .or_else(|| self.price(by_second(Subject::Input)));
            if let Some(price) = heard {
                return self.seconds(price, time);
            }
        }
        let listens = self.entry.mode() == Some("audio_transcription");
        if let Some(time) = billing.audio_output.filter(|_| !listens)
            && let Some(price) = self.price(by_second(Subject::Output))
        {
            self.seconds(price, time)?;
        }
        Ok(())
    }

    fn video(&mut self, billing: &Billing) -> Result<(), CostStatus> {
        let Some(time) = billing.video_output.filter(|time| !time.is_zero()) else { return Ok(()) };
        let second = PriceKey::new(Subject::Output, Unit::Second);
        let resolution = billing.video_resolution.as_deref().and_then(Size::of_video);
        let price = self
            .price(PriceKey::new(Subject::Output, Unit::VideoSecond))
            .or_else(|| self.price(second.of_size(resolution?)))
            .or_else(|| self.price(second));
        self.seconds(price.ok_or(CostStatus::Unpriced)?, time)
    }

    fn time(&mut self, duration: Option<Duration>) -> Result<(), CostStatus> {
        let Some(time) = duration else { return Ok(()) };
        let subjects: &[Subject] = match self.entry.mode() {
            Some(mode) if CHARGED_BY_TIME.contains(&mode) => {
                &[Subject::Call, Subject::Input, Subject::Output]
            }
            Some(_) => &[],
            // What a second of input is nobody said: it may be one of audio.
            None => &[Subject::Call],
        };
        let price = subjects.iter().find_map(|subject| self.price(PriceKey::new(*subject, Unit::Second)));
        price.map_or(Ok(()), |price| self.seconds(price, time))
    }
}
