use compact_str::CompactString;

use super::{characters::Characters, schema::Place};
use crate::{
    Api, Billing, References, RequestFacts,
    content::RequestContent,
    json::{Scalar, Sink, Text},
    kept::Kept,
    text::RequestText,
};

/// Turns what stands at the places of a request into facts.
#[derive(Debug)]
pub(super) struct Collector {
    pub(super) facts: RequestFacts,
    api: Api,
    /// Whether `facts.user` comes from the key that is meant for it.
    has_user: bool,
    /// The characters of the text that is being read.
    characters: Characters,
    pub(super) kept: Option<Box<Kept<RequestText, RequestContent>>>,
}

/// OpenAI takes 4 sequences; other servers take more.
const MOST_STOP_SEQUENCES: usize = 32;

impl Collector {
    pub(super) fn new(api: Api) -> Self {
        let facts = RequestFacts { output_type: output_of(api), ..RequestFacts::default() };
        Self { facts, api, has_user: false, characters: Characters::default(), kept: None }
    }

    pub(super) fn restart(&mut self) {
        let mut kept = self.kept.take();
        if let Some(kept) = &mut kept {
            kept.restart();
        }
        *self = Self { kept, ..Self::new(self.api) };
    }

    /// Takes a field of a form, where numbers and literals are written as texts are.
    pub(super) fn field(&mut self, place: Place, value: &[u8]) {
        self.scalar(place, Scalar::Text(Text::new(value, false)));
        if let Some(bare) = Scalar::bare(value) {
            self.scalar(place, bare);
        }
    }

    fn billing(&mut self) -> &mut Billing {
        self.facts.billing.get_or_insert_default()
    }

    /// Keeps a word that is billed by.
    fn word(&mut self, value: Scalar<'_>, slot: impl FnOnce(&mut Billing) -> &mut Option<CompactString>) {
        if let Some(word) = value.string() {
            *slot(self.billing()) = Some(word);
        }
    }

    /// Keeps a name by which something is referred to.
    fn reference(
        &mut self,
        value: Scalar<'_>,
        slot: impl FnOnce(&mut References) -> &mut Option<CompactString>,
    ) {
        if let Some(name) = value.string() {
            *slot(self.facts.references.get_or_insert_default()) = Some(name);
        }
    }

    fn stop(&mut self, value: Scalar<'_>) {
        if self.facts.stop_sequences.len() < MOST_STOP_SEQUENCES {
            self.facts.stop_sequences.extend(value.string());
        }
    }
}

impl Sink<Place> for Collector {
    fn open(&mut self, place: Place) {
        match place {
            Place::Stop => self.facts.stop_sequences.clear(),
            Place::Spoken => self.characters = Characters::default(),
            // A schema stands in its place.
            Place::Format => self.facts.output_type = Some("json"),
            _ => {}
        }
    }

    fn close(&mut self, place: Place) {
        if matches!(place, Place::Spoken) {
            self.billing().input_characters = Some(self.characters.count());
        }
    }

    fn piece(&mut self, _: Place, bytes: &[u8]) {
        self.characters.push(bytes);
    }

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
            Place::SafetyIdentifier | Place::MetadataUser | Place::Spoken => {}
            Place::Temperature => set(&mut facts.temperature, value.float()),
            Place::TopP => set(&mut facts.top_p, value.float()),
            Place::TopK => set(&mut facts.top_k, value.integer()),
            Place::FrequencyPenalty => set(&mut facts.frequency_penalty, value.float()),
            Place::PresencePenalty => set(&mut facts.presence_penalty, value.float()),
            Place::MaxTokens => set(&mut facts.max_tokens, value.integer()),
            Place::Seed => set(&mut facts.seed, value.integer()),
            Place::ChoiceCount => {
                set(&mut facts.choice_count, value.integer());
                if self.api == Api::OpenAiImages
                    && let Some(images) = value.count()
                {
                    self.billing().images = Some(images);
                }
            }
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
            Place::ReasoningLevel => {
                let budget = || match value {
                    Scalar::Number(budget) => budget.as_str().map(CompactString::new),
                    _ => None,
                };
                set(&mut facts.reasoning_level, value.string().or_else(budget));
            }
            Place::PreviousResponse => set(&mut facts.previous_response_id, value.string()),
            Place::Conversation => self.reference(value, |references| &mut references.conversation),
            Place::Prompt => self.reference(value, |references| &mut references.prompt),
            Place::PromptVersion => self.reference(value, |references| &mut references.prompt_version),
            Place::Guardrail => self.reference(value, |references| &mut references.guardrail),
            Place::ServiceTier => set(&mut facts.service_tier, value.string()),
            Place::StreamFormat => {
                set(&mut facts.stream, value.string().map(|format| format == "sse"));
            }
            Place::ImageSize => self.word(value, |billing| &mut billing.image_size),
            Place::ImageQuality => self.word(value, |billing| &mut billing.image_quality),
            Place::SearchContextSize => self.word(value, |billing| &mut billing.search_context_size),
            Place::InferenceGeo => self.word(value, |billing| &mut billing.inference_geo),
            Place::Speed => self.word(value, |billing| &mut billing.speed),
        }
    }
}

/// What an API makes whatever the request says.
const fn output_of(api: Api) -> Option<&'static str> {
    match api {
        Api::OpenAiImages => Some("image"),
        Api::OpenAiSpeech => Some("speech"),
        Api::OpenAiTranscriptions => Some("text"),
        _ => None,
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
        "text" | "text/plain" => Some("text"),
        "json" | "json_object" | "json_schema" | "application/json" => Some("json"),
        _ => None,
    }
}
