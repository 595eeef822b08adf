use compact_str::CompactString;

use super::schema::Place;
use crate::{
    Api, RequestFacts,
    json::{Scalar, Sink},
};

/// Turns what stands at the places of a request into facts.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) facts: RequestFacts,
    api: Api,
    /// Whether `facts.user` comes from the key that is meant for it.
    has_user: bool,
}

/// OpenAI takes 4 sequences; other servers take more.
const MOST_STOP_SEQUENCES: usize = 32;

impl Collector {
    pub(super) fn new(api: Api) -> Self {
        Self { facts: RequestFacts::default(), api, has_user: false }
    }

    pub(super) fn restart(&mut self) {
        *self = Self::new(self.api);
    }

    fn stop(&mut self, value: Scalar<'_>) {
        if self.facts.stop_sequences.len() < MOST_STOP_SEQUENCES {
            self.facts.stop_sequences.extend(value.string());
        }
    }
}

impl Sink<Place> for Collector {
    fn open(&mut self, place: Place) {
        if matches!(place, Place::Stop) {
            self.facts.stop_sequences.clear();
        }
    }

    fn close(&mut self, _: Place) {}

    fn scalar(&mut self, place: Place, value: Scalar<'_>) {
        let facts = &mut self.facts;
        match place {
            Place::Model => set(&mut facts.model, value.string()),
            Place::Stream => set(&mut facts.stream, value.bool()),
            Place::IncludeUsage => set(&mut facts.include_usage, value.bool()),
            Place::User => {
                let user = value.string();
                self.has_user |= user.is_some();
                set(&mut facts.user, user);
            }
            Place::SafetyIdentifier if !self.has_user => set(&mut facts.user, value.string()),
            Place::MetadataUser if !self.has_user && metadata_names_the_user(self.api) => {
                set(&mut facts.user, value.string());
            }
            Place::SafetyIdentifier | Place::MetadataUser => {}
            Place::Temperature => set(&mut facts.temperature, value.float()),
            Place::TopP => set(&mut facts.top_p, value.float()),
            Place::TopK => set(&mut facts.top_k, value.integer()),
            Place::FrequencyPenalty => set(&mut facts.frequency_penalty, value.float()),
            Place::PresencePenalty => set(&mut facts.presence_penalty, value.float()),
            Place::MaxTokens => set(&mut facts.max_tokens, value.integer()),
            Place::Seed => set(&mut facts.seed, value.integer()),
            Place::ChoiceCount => set(&mut facts.choice_count, value.integer()),
            Place::Stop => {
                facts.stop_sequences.clear();
                self.stop(value);
            }
            Place::StopElement => self.stop(value),
            Place::Format => {
                set(&mut facts.output_type, value.string().and_then(|format| output_type(&format)));
            }
            Place::EncodingFormat => set(&mut facts.encoding_format, value.string()),
            Place::Dimensions => set(&mut facts.dimensions, value.integer()),
            Place::ReasoningLevel => set(&mut facts.reasoning_level, value.string()),
            Place::PreviousResponse => set(&mut facts.previous_response_id, value.string()),
            Place::ServiceTier => set(&mut facts.service_tier, value.string()),
        }
    }
}

/// In OpenAI's requests `metadata` belongs to the application, whatever it puts there.
const fn metadata_names_the_user(api: Api) -> bool {
    matches!(api, Api::AnthropicMessages | Api::Unknown)
}

/// The last value wins; `null` and values of a wrong type say nothing.
fn set<T>(slot: &mut Option<T>, value: Option<T>) {
    if value.is_some() {
        *slot = value;
    }
}

/// `gen_ai.output.type` for a format.
fn output_type(format: &CompactString) -> Option<&'static str> {
    match format.as_str() {
        "text" => Some("text"),
        "json_object" | "json_schema" => Some("json"),
        _ => None,
    }
}
