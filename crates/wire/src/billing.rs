//! What a call is billed by, beside its tokens.

use std::time::Duration;

use compact_str::CompactString;

/// What a provider bills beside tokens, or by other measures than tokens.
///
/// Requests and replies both state parts of it; what a reply states wins, see [`or`](Self::or). Absent is not zero.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Billing {
    /// Input tokens that are charged, where the provider charges other tokens than the model read (Cohere's
    /// `billed_units.input_tokens`).
    pub input_tokens: Option<u64>,
    /// Output tokens that are charged, where they are not all the model wrote.
    pub output_tokens: Option<u64>,
    /// Searches of a reranker: one for a query with up to 100 documents.
    pub search_units: Option<u64>,
    /// Texts that were classified.
    pub classifications: Option<u64>,
    /// Images that were sent.
    pub input_images: Option<u64>,
    /// Images that were made.
    pub images: Option<u64>,
    /// The size of the images made, as the provider writes it: `1024x1024`, `1K`.
    pub image_size: Option<CompactString>,
    /// The quality of the images made, as the provider writes it: `standard`, `hd`, `low`, `medium`, `high`.
    pub image_quality: Option<CompactString>,
    /// Characters that were sent to be spoken or embedded.
    pub input_characters: Option<u64>,
    /// Audio that was sent.
    pub audio_input: Option<Duration>,
    /// Audio that was made.
    pub audio_output: Option<Duration>,
    /// Video that was made.
    pub video_output: Option<Duration>,
    /// The resolution of that video, as the provider writes it: `720p`.
    pub video_resolution: Option<CompactString>,
    /// Pages of documents that were read.
    pub pages: Option<u64>,
    /// Tokens of images, video and cached audio.
    pub modalities: ModalityTokens,
    /// What the provider's own tools did.
    pub tools: ToolUses,
    /// How much context a web search may use: `low`, `medium`, `high`.
    pub search_context_size: Option<CompactString>,
    /// The cost of the call in US dollars as the provider states it, a decimal (OpenRouter's `usage.cost`).
    pub stated_cost: Option<CompactString>,
    /// Where the model ran, when that has a price of its own (Anthropic's `inference_geo`).
    pub inference_geo: Option<CompactString>,
    /// How fast the model ran, when that has a price of its own (Anthropic's `speed`).
    pub speed: Option<CompactString>,
}

/// Parts of the token counts that few calls have. Each is contained in a count of [`Usage`](crate::Usage).
///
/// Modalities and the cache are two ways of dividing the input: what was read from the cache is audio, images or
/// text itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ModalityTokens {
    /// The part of the input that is images.
    pub image_input: Option<u64>,
    /// The part of the output that is images.
    pub image_output: Option<u64>,
    /// The part of the input that is video.
    pub video_input: Option<u64>,
    /// The part of the output that is video.
    pub video_output: Option<u64>,
    /// The part of what was read from the cache that is audio, a part of `audio_input` too.
    pub audio_cache_read: Option<u64>,
    /// The part of what was read from the cache that is images, a part of `image_input` too.
    pub image_cache_read: Option<u64>,
}

impl ModalityTokens {
    /// Fills what is absent here from the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            image_input: self.image_input.or(other.image_input),
            image_output: self.image_output.or(other.image_output),
            video_input: self.video_input.or(other.video_input),
            video_output: self.video_output.or(other.video_output),
            audio_cache_read: self.audio_cache_read.or(other.audio_cache_read),
            image_cache_read: self.image_cache_read.or(other.image_cache_read),
        }
    }
}

/// How often each of a provider's own tools was used in a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ToolUses {
    /// Searches of the web.
    pub web_search: Option<u32>,
    /// Pages fetched from the web.
    pub web_fetch: Option<u32>,
    /// Searches in files.
    pub file_search: Option<u32>,
    /// Runs or sessions of a code interpreter.
    pub code_interpreter: Option<u32>,
    /// Uses of a computer.
    pub computer_use: Option<u32>,
    /// Images made by a tool.
    pub image_generation: Option<u32>,
    /// Answers grounded in maps.
    pub maps_grounding: Option<u32>,
}

impl Billing {
    /// Fills what is absent here from the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            input_tokens: self.input_tokens.or(other.input_tokens),
            output_tokens: self.output_tokens.or(other.output_tokens),
            search_units: self.search_units.or(other.search_units),
            classifications: self.classifications.or(other.classifications),
            input_images: self.input_images.or(other.input_images),
            images: self.images.or(other.images),
            image_size: self.image_size.or(other.image_size),
            image_quality: self.image_quality.or(other.image_quality),
            input_characters: self.input_characters.or(other.input_characters),
            audio_input: self.audio_input.or(other.audio_input),
            audio_output: self.audio_output.or(other.audio_output),
            video_output: self.video_output.or(other.video_output),
            video_resolution: self.video_resolution.or(other.video_resolution),
            pages: self.pages.or(other.pages),
            modalities: self.modalities.or(other.modalities),
            tools: self.tools.or(other.tools),
            search_context_size: self.search_context_size.or(other.search_context_size),
            stated_cost: self.stated_cost.or(other.stated_cost),
            inference_geo: self.inference_geo.or(other.inference_geo),
            speed: self.speed.or(other.speed),
        }
    }

    /// Whether nothing at all is stated.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl ToolUses {
    /// Fills what is absent here from the other.
    #[must_use]
    pub fn or(self, other: Self) -> Self {
        Self {
            web_search: self.web_search.or(other.web_search),
            web_fetch: self.web_fetch.or(other.web_fetch),
            file_search: self.file_search.or(other.file_search),
            code_interpreter: self.code_interpreter.or(other.code_interpreter),
            computer_use: self.computer_use.or(other.computer_use),
            image_generation: self.image_generation.or(other.image_generation),
            maps_grounding: self.maps_grounding.or(other.maps_grounding),
        }
    }
}
