//! What most documents do not have.

use std::time::Duration;

use compact_str::CompactString;

use super::{cost::Cost, items::Item};
use crate::{
    Billing, ErrorClass, ModalityTokens, ToolUses,
    dialect::{Billed, Side, TimeUnit, Tokens, Tool},
    json::Scalar,
};

/// What most documents do not have, in a box that they do without.
#[derive(Debug, Default)]
pub(super) struct Rare {
    /// `object` is `error`.
    pub(super) is_error: bool,
    pub(super) error: ErrorName,
    pub(super) root: ErrorName,
    pub(super) status: Option<CompactString>,
    pub(super) incomplete: Option<CompactString>,
    pub(super) cost: Cost,
    /// The item of an event.
    pub(super) item: Item,
    /// Images so far.
    images: u64,
    /// The tools used so far.
    tools: ToolUses,
}

/// How a provider names an error.
#[derive(Debug, Default)]
pub(super) struct ErrorName {
    pub(super) code: Option<CompactString>,
    pub(super) kind: Option<CompactString>,
    /// What its message says beside the two.
    pub(super) class: Option<ErrorClass>,
}

impl ErrorName {
    pub(super) const fn is_some(&self) -> bool {
        self.code.is_some() || self.kind.is_some()
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self {
            code: self.code.or(other.code),
            kind: self.kind.or(other.kind),
            class: self.class.or(other.class),
        }
    }
}

impl ErrorName {
    /// What kind of error this is: names that tell come before the message, and both before the status.
    pub(super) fn class(&self, status: u16) -> Option<ErrorClass> {
        let names = [&self.code, &self.kind];
        let of =
            |read: fn(&str) -> Option<ErrorClass>| names.into_iter().flatten().find_map(|name| read(name));
        of(ErrorClass::of_name)
            .or(self.class)
            .or_else(|| of(ErrorClass::of_vague_name))
            .or(ErrorClass::of_status(status))
    }
}

impl Rare {
    pub(super) fn count_image(&mut self) {
        self.images += 1;
    }

    pub(super) fn count_use(&mut self, tool: Tool) {
        let uses = uses(&mut self.tools, tool);
        *uses = Some(uses.unwrap_or(0).saturating_add(1));
    }

    pub(super) fn note_use(&mut self, tool: Tool) {
        *uses(&mut self.tools, tool) = Some(1);
    }

    /// Adds what is billed. An event of a stream may repeat what an earlier one has counted.
    pub(super) fn bill(&self, to: &mut Option<Box<Billing>>) {
        self.cost.bill(to);
        if self.images == 0 && self.tools == ToolUses::default() {
            return;
        }
        let billing = to.get_or_insert_default();
        if self.images > 0 {
            billing.images = billing.images.max(Some(self.images));
        }
        let mut tools = self.tools;
        for tool in Tool::ALL {
            let most = uses(&mut billing.tools, tool);
            *most = (*most).max(*uses(&mut tools, tool));
        }
    }
}

/// Where the uses of a tool have their place.
pub(super) fn uses(tools: &mut ToolUses, tool: Tool) -> &mut Option<u32> {
    match tool {
        Tool::WebSearch => &mut tools.web_search,
        Tool::WebFetch => &mut tools.web_fetch,
        Tool::FileSearch => &mut tools.file_search,
        Tool::CodeInterpreter => &mut tools.code_interpreter,
        Tool::ComputerUse => &mut tools.computer_use,
        Tool::ImageGeneration => &mut tools.image_generation,
        Tool::MapsGrounding => &mut tools.maps_grounding,
    }
}

/// Where a bill has its place for this.
pub(super) fn billed(billing: &mut Billing, what: Billed) -> &mut Option<u64> {
    match what {
        Billed::InputTokens => &mut billing.input_tokens,
        Billed::OutputTokens => &mut billing.output_tokens,
        Billed::SearchUnits => &mut billing.search_units,
        Billed::Classifications => &mut billing.classifications,
        Billed::InputImages => &mut billing.input_images,
        Billed::InputCharacters => &mut billing.input_characters,
        Billed::ImageTokens => &mut billing.modalities.image_input,
        Billed::CachedAudioTokens => &mut billing.modalities.audio_cache_read,
        Billed::CachedImageTokens => &mut billing.modalities.image_cache_read,
    }
}

/// Counts of one kind, a part of others.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Detail {
    pub(super) part: Option<Part>,
    pub(super) tokens: u64,
}

/// The kinds that are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Audio,
    Image,
    Video,
    /// Kept in the cache for an hour.
    Hour,
}

impl Part {
    pub(super) fn of(name: Scalar<'_>) -> Option<Self> {
        let Scalar::Text(name) = name else { return None };
        let parts =
            [("AUDIO", Self::Audio), ("IMAGE", Self::Image), ("VIDEO", Self::Video), ("1h", Self::Hour)];
        parts.into_iter().find(|(known, _)| name.is(known)).map(|(_, part)| part)
    }

    /// The tokens of this part, where they are a part of the usage.
    pub(super) const fn tokens(self, of: Side) -> Option<Tokens> {
        match (of, self) {
            (Side::Input, Self::Audio) => Some(Tokens::AudioInput),
            (Side::Output, Self::Audio) => Some(Tokens::AudioOutput),
            (Side::CacheWrite, Self::Hour) => Some(Tokens::CacheWrite1h),
            _ => None,
        }
    }

    /// Where the tokens of this part have their place among those that few calls have.
    pub(super) fn modality(self, of: Side, tokens: &mut ModalityTokens) -> Option<&mut Option<u64>> {
        match (of, self) {
            (Side::Input, Self::Image) => Some(&mut tokens.image_input),
            (Side::Input, Self::Video) => Some(&mut tokens.video_input),
            (Side::CacheRead, Self::Audio) => Some(&mut tokens.audio_cache_read),
            (Side::CacheRead, Self::Image) => Some(&mut tokens.image_cache_read),
            (Side::Output, Self::Image) => Some(&mut tokens.image_output),
            (Side::Output, Self::Video) => Some(&mut tokens.video_output),
            _ => None,
        }
    }
}

/// A time as a number of units.
pub(super) fn duration(value: Scalar<'_>, unit: TimeUnit) -> Option<Duration> {
    let units = match unit {
        TimeUnit::Seconds => 1.0,
        TimeUnit::Milliseconds => 1e3,
        TimeUnit::Nanoseconds => 1e9,
    };
    Duration::try_from_secs_f64(value.float()? / units).ok()
}

/// Vertex's `ON_DEMAND_PRIORITY` is `priority` elsewhere.
pub(super) fn tier_of_traffic(traffic: &str) -> CompactString {
    traffic.strip_prefix("ON_DEMAND_").unwrap_or(traffic).to_ascii_lowercase().into()
}
