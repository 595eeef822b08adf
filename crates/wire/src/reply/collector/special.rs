//! What few dialects have.

use super::{
    Collector, Kind,
    rare::{self, Detail, Part},
};
use crate::{
    Usage,
    dialect::{Place, Side},
    json::{Scalar, Sink},
};

impl Collector {
    /// A scalar at a place that few dialects have.
    pub(super) fn special(&mut self, place: Place, value: Scalar<'_>) {
        match place {
            Place::TrafficType => {
                if let Some(traffic) = value.string() {
                    self.facts.service_tier = Some(rare::tier_of_traffic(&traffic));
                }
            }
            Place::MoreTokens(tokens) => {
                if let Some(count) = value.count() {
                    self.now.usage.counts.add(tokens, count);
                }
            }
            Place::TokensOfWhole(tokens) if !self.facts.streamed => {
                self.scalar(Place::Tokens(tokens), value);
            }
            Place::DetailKind => self.now.detail.part = Part::of(value),
            Place::DetailTokens => self.now.detail.tokens = value.count().unwrap_or(0),
            Place::Billed(what) => {
                if let Some(count) = value.count() {
                    *rare::billed(self.facts.billing.get_or_insert_default(), what) = Some(count);
                    self.now.usage.billed = true;
                }
            }
            Place::EachUse(_) | Place::AnyUse(_) if matches!(value, Scalar::Null) => {}
            Place::EachUse(tool) => self.now.rare().count_use(tool),
            Place::AnyUse(tool) => self.now.rare().note_use(tool),
            Place::Image => {
                if let Scalar::Text(_) | Scalar::LongText = value {
                    self.now.rare().count_image();
                }
            }
            Place::MediaType if value.string().is_some_and(|kind| kind.starts_with("image/")) => {
                self.now.rare().count_image();
            }
            Place::Processing(unit) => {
                if let Some(time) = rare::duration(value, unit) {
                    self.facts.head.get_or_insert_default().processing = Some(time);
                }
            }
            Place::Terminal if matches!(value, Scalar::Bool(false) | Scalar::Null) => {
                self.now.kind = Kind::Unfinished;
            }
            Place::Terminal => self.now.kind = Kind::Terminal,
            place => self.beside_tokens(place, value),
        }
    }

    /// The counts so far; what is billed where nothing else is stated.
    pub(super) fn usage(&self) -> Usage {
        let usage = self.counts.usage();
        match &self.facts.billing {
            Some(billing) if self.now.usage.billed && usage.input.is_none() && usage.output.is_none() => {
                let images = billing.modalities.image_input;
                let input = billing.input_tokens.map(|text| text.saturating_add(images.unwrap_or(0)));
                Usage { input: input.or(images), output: billing.output_tokens, ..usage }
            }
            _ => usage,
        }
    }

    /// Detailed counts are over.
    pub(super) fn detail(&mut self, side: Side) {
        let Detail { part: Some(part), tokens } = self.now.detail else { return };
        if let Some(kind) = part.tokens(side) {
            self.now.usage.counts.set(kind, tokens);
            return;
        }
        let modalities = &mut self.facts.billing.get_or_insert_default().modalities;
        if let Some(slot) = part.modality(side, modalities) {
            *slot = Some(tokens);
        }
    }
}
