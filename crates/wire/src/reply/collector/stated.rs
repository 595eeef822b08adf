//! What is stated beside tokens.

use std::time::Duration;

use compact_str::CompactString;

use super::{
    Collector, class,
    rare::{Rare, uses},
};
use crate::{
    Billing,
    dialect::{Cost, Place, Stated, Tokens, Tool},
    json::Scalar,
};

impl Collector {
    /// A scalar at a place that says something beside the tokens of a call.
    pub(super) fn beside_tokens(&mut self, place: Place, value: Scalar<'_>) {
        match place {
            Place::Stated(what) => {
                read(what, value, &mut self.facts.billing);
                // A usage may be in seconds and nothing else.
                self.now.usage.billed |= what == Stated::BilledAudio && matches!(value, Scalar::Number(_));
            }
            Place::Cost(stated) if !matches!(value, Scalar::Null) => self.now.rare().cost(stated, value),
            Place::AllInput => {
                if let Some(count) = value.count() {
                    self.now.usage.counts.set_all_input(count);
                }
            }
            Place::ReasoningApart => {
                if let Some(count) = value.count() {
                    self.now.usage.counts.set_reasoning_apart(count);
                }
            }
            Place::TokensOfImages => {
                if let Some(count) = value.count() {
                    self.now.usage.counts.set(Tokens::Output, count);
                    let modalities = &mut self.facts.billing.get_or_insert_default().modalities;
                    modalities.image_output.get_or_insert(count);
                }
            }
            Place::ItemType | Place::ItemAction | Place::ItemContainer => self.item(place, value),
            Place::AnnotationType if matches!(value, Scalar::Text(text) if text.is("url_citation")) => {
                self.now.rare().note_use(Tool::WebSearch);
            }
            Place::RequestId => {
                if let Some(id) = value.string() {
                    self.facts.head.get_or_insert_default().request_id.get_or_insert(id);
                }
            }
            Place::ErrorMessage => {
                if let Some(class) = class(value) {
                    self.now.rare().error.class = Some(class);
                }
            }
            Place::RootMessage => {
                if let Some(class) = class(value) {
                    self.now.rare().root.class = Some(class);
                }
            }
            _ => {}
        }
    }

    /// One more image is done.
    pub(super) fn image_done(&mut self) {
        let images = &mut self.facts.billing.get_or_insert_default().images;
        *images = Some(images.unwrap_or(0).saturating_add(1));
    }
}

impl Rare {
    fn cost(&mut self, stated: Cost, value: Scalar<'_>) {
        match stated {
            Cost::Dollars => self.cost.stated(value),
            Cost::Ticks => self.cost.ticks(value),
            Cost::Upstream => self.cost.upstream(value),
            Cost::OwnAccount => self.cost.own_account(value),
        }
    }
}

/// Keeps what is stated, if it is a value of its kind.
fn read(stated: Stated, value: Scalar<'_>, to: &mut Option<Box<Billing>>) {
    match stated {
        Stated::ImageInput => count(value, to, |bill| &mut bill.modalities.image_input),
        Stated::ImageOutput => count(value, to, |bill| &mut bill.modalities.image_output),
        Stated::VideoInput => count(value, to, |bill| &mut bill.modalities.video_input),
        Stated::AudioCacheRead => count(value, to, |bill| &mut bill.modalities.audio_cache_read),
        Stated::ImageCacheRead => count(value, to, |bill| &mut bill.modalities.image_cache_read),
        Stated::Uses(tool) => {
            if let Some(times) = value.count().and_then(|count| u32::try_from(count).ok()) {
                *uses(&mut to.get_or_insert_default().tools, tool) = Some(times);
            }
        }
        Stated::Sources => {
            if let Some(times) = value.count().and_then(|count| u32::try_from(count).ok()) {
                uses(&mut to.get_or_insert_default().tools, Tool::WebSearch).get_or_insert(times);
            }
        }
        Stated::BilledAudio => {
            if let Some(time) = seconds(value) {
                to.get_or_insert_default().audio_input = Some(time);
            }
        }
        Stated::Audio => {
            if let Some(time) = seconds(value) {
                to.get_or_insert_default().audio_input.get_or_insert(time);
            }
        }
        Stated::ImageSize => word(value, to, |bill| &mut bill.image_size),
        Stated::ImageQuality => word(value, to, |bill| &mut bill.image_quality),
        Stated::SearchContextSize => word(value, to, |bill| &mut bill.search_context_size),
        // Where the model has no choice of places Anthropic says `not_available`.
        Stated::InferenceGeo if matches!(value, Scalar::Text(text) if text.is("not_available")) => {}
        Stated::InferenceGeo => word(value, to, |bill| &mut bill.inference_geo),
        Stated::Speed => word(value, to, |bill| &mut bill.speed),
    }
}

fn count(
    value: Scalar<'_>,
    to: &mut Option<Box<Billing>>,
    slot: impl FnOnce(&mut Billing) -> &mut Option<u64>,
) {
    if let Some(count) = value.count() {
        *slot(to.get_or_insert_default()) = Some(count);
    }
}

fn word(
    value: Scalar<'_>,
    to: &mut Option<Box<Billing>>,
    slot: impl FnOnce(&mut Billing) -> &mut Option<CompactString>,
) {
    if let Some(word) = value.string() {
        *slot(to.get_or_insert_default()) = Some(word);
    }
}

/// A time in seconds; some servers write it as a string.
fn seconds(value: Scalar<'_>) -> Option<Duration> {
    let seconds = match value {
        Scalar::Text(text) => text.get()?.parse().ok()?,
        value => value.float()?,
    };
    Duration::try_from_secs_f64(seconds).ok()
}
