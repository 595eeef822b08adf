//! The vocabulary: what can be read out of a call, whoever the provider is.
//!
//! Absent is not zero: a fact nobody stated is `None`.

use compact_str::CompactString;
use smallvec::SmallVec;

use crate::{Billing, ErrorClass, HeadFacts};

/// What kind of work was asked of the model: `gen_ai.operation.name`.
///
/// Values are those of the [OpenTelemetry GenAI
/// conventions](https://opentelemetry.io/docs/specs/semconv/gen-ai/); `Unknown` is ours, for a request that
/// was sent to a model provider and matches no known API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// A chat turn, OpenAI's Responses API and Anthropic's Messages API included.
    Chat,
    /// The older prompt-in, text-out APIs.
    TextCompletion,
    /// Vectors for texts.
    Embeddings,
    /// Gemini's `generateContent` family, image generation, speech, transcription and other multimodal work.
    GenerateContent,
    /// Documents put in order for a query. The conventions have no word for it; this is the APIs' own.
    Rerank,
    /// A text or an image judged by a moderation model. The conventions have no word for it; this is OpenAI's.
    Moderation,
    /// Not recognised.
    #[default]
    Unknown,
}

impl Operation {
    /// The value of `gen_ai.operation.name`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "chat",
            Self::TextCompletion => "text_completion",
            Self::Embeddings => "embeddings",
            Self::GenerateContent => "generate_content",
            Self::Rerank => "rerank",
            Self::Moderation => "moderation",
            Self::Unknown => "unknown",
        }
    }
}

/// Token counts of one call, as OpenTelemetry totals them.
///
/// `input` **includes** `cache_read`, `cache_write` and `audio_input`; `output` **includes** `reasoning` and
/// `audio_output`; `cache_write_1h` is the part of `cache_write` with a one-hour lifetime. Each dialect
/// converts from how its provider counts. Parts that few calls have are in [`Billing::modalities`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Usage {
    /// All tokens of the prompt.
    pub input: Option<u64>,
    /// All tokens of the answer.
    pub output: Option<u64>,
    /// The part of `input` that was read from the provider's prompt cache.
    pub cache_read: Option<u64>,
    /// The part of `input` that was written to the provider's prompt cache.
    pub cache_write: Option<u64>,
    /// The part of `cache_write` that is kept for an hour.
    pub cache_write_1h: Option<u64>,
    /// The part of `output` spent on reasoning.
    pub reasoning: Option<u64>,
    /// The part of `input` that is audio.
    pub audio_input: Option<u64>,
    /// The part of `output` that is audio.
    pub audio_output: Option<u64>,
}

impl Usage {
    /// A usage with its two totals; the parts are set with the other methods or fields.
    pub const fn new(input: u64, output: u64) -> Self {
        Self {
            input: Some(input),
            output: Some(output),
            cache_read: None,
            cache_write: None,
            cache_write_1h: None,
            reasoning: None,
            audio_input: None,
            audio_output: None,
        }
    }

    /// Sets the tokens read from the prompt cache, a part of the input.
    #[must_use]
    pub const fn with_cache_read(mut self, tokens: u64) -> Self {
        self.cache_read = Some(tokens);
        self
    }

    /// Sets the tokens written to the prompt cache, a part of the input.
    #[must_use]
    pub const fn with_cache_write(mut self, tokens: u64) -> Self {
        self.cache_write = Some(tokens);
        self
    }

    /// Sets the tokens spent on reasoning, a part of the output.
    #[must_use]
    pub const fn with_reasoning(mut self, tokens: u64) -> Self {
        self.reasoning = Some(tokens);
        self
    }

    /// Whether nothing at all was stated.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// What the request says about the call.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct RequestFacts {
    /// `gen_ai.request.model`: from the body, or from the path where the provider puts it there.
    pub model: Option<CompactString>,
    /// Whether the client asked for a stream.
    pub stream: Option<bool>,
    /// Whether the client itself asked for usage on the stream (`stream_options.include_usage`).
    pub include_usage: Option<bool>,
    /// The end user the application names (`user`, Anthropic's `metadata.user_id`).
    pub user: Option<CompactString>,
    /// `gen_ai.request.temperature`.
    pub temperature: Option<f64>,
    /// `gen_ai.request.top_p`.
    pub top_p: Option<f64>,
    /// `gen_ai.request.top_k`.
    pub top_k: Option<i64>,
    /// `gen_ai.request.frequency_penalty`.
    pub frequency_penalty: Option<f64>,
    /// `gen_ai.request.presence_penalty`.
    pub presence_penalty: Option<f64>,
    /// `gen_ai.request.max_tokens`.
    pub max_tokens: Option<i64>,
    /// `gen_ai.request.seed`.
    pub seed: Option<i64>,
    /// `gen_ai.request.choice.count`.
    pub choice_count: Option<i64>,
    /// `gen_ai.request.stop_sequences`.
    pub stop_sequences: Vec<CompactString>,
    /// `gen_ai.output.type`, when the request asks for a format: `text`, `json`, `image` or `speech`.
    pub output_type: Option<&'static str>,
    /// `gen_ai.request.encoding_formats`.
    pub encoding_format: Option<CompactString>,
    /// `gen_ai.embeddings.dimension.count`.
    pub dimensions: Option<i64>,
    /// `gen_ai.request.reasoning.level`, exactly as sent.
    pub reasoning_level: Option<CompactString>,
    /// `gen_ai.request.previous_response.id`.
    pub previous_response_id: Option<CompactString>,
    /// The service tier asked for.
    pub service_tier: Option<CompactString>,
    /// What the request refers to that the provider keeps. In a box, since most requests refer to nothing.
    pub references: Option<Box<References>>,
    /// What the request says that is billed by other than tokens: the size of images, the characters to speak.
    /// In a box, since most requests have none.
    pub billing: Option<Box<Billing>>,
}

/// What a provider keeps under a name of its own and a request refers to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct References {
    /// `gen_ai.conversation.id`: the conversation the request continues (OpenAI's responses).
    pub conversation: Option<CompactString>,
    /// `gen_ai.prompt.name`: the prompt template (OpenAI's responses).
    pub prompt: Option<CompactString>,
    /// `gen_ai.prompt.version`.
    pub prompt_version: Option<CompactString>,
    /// `aws.bedrock.guardrail.id` (Bedrock's `converse`).
    pub guardrail: Option<CompactString>,
}

/// What the reply says about the call.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ReplyFacts {
    /// `gen_ai.response.model`: the model that served.
    pub model: Option<CompactString>,
    /// `gen_ai.response.id`.
    pub id: Option<CompactString>,
    /// `gen_ai.response.finish_reasons`, one per choice in the order of the choices.
    pub finish_reasons: SmallVec<[CompactString; 1]>,
    /// The token counts the provider reported; `None` when it reported none.
    pub usage: Option<Usage>,
    /// The service tier that served.
    pub service_tier: Option<CompactString>,
    /// OpenAI's `system_fingerprint`.
    pub system_fingerprint: Option<CompactString>,
    /// What the provider bills beside tokens. In a box, since most replies have none.
    pub billing: Option<Box<Billing>>,
    /// What the head of the reply says beside the body. In a box, since the servers of one's own say nothing there.
    pub head: Option<Box<HeadFacts>>,
    /// The provider's own code or type of an error it reported, in the body or in an event of the stream
    /// (`error.code`, else `error.type`). Never its message, which may repeat what the client sent.
    pub error: Option<CompactString>,
    /// What kind of error that is, or what the status says where the body says nothing.
    pub error_class: Option<ErrorClass>,
    /// Whether the reply is a stream of events.
    pub streamed: bool,
    /// Whether the event that ends a stream, or the last byte of a whole document, has been seen.
    pub terminal: bool,
    /// Events of a stream that have been seen whole, comments and pings not counted.
    pub events: u64,
    /// Whether some part could not be read: not JSON, broken encoding, over a bound.
    pub unreadable: bool,
    /// The index of the choice behind each of the finish reasons.
    pub(crate) finished: SmallVec<[u32; 4]>,
}

impl ReplyFacts {
    /// The finish reasons of at least so many choices, in their order: `None` for one that has not come to its end.
    ///
    /// ```
    /// use tower_genai_wire::{Api, ReplyHead, ReplyReader};
    ///
    /// let mut reader = ReplyReader::new(Api::OpenAiChat, &ReplyHead::new(200, Some("text/event-stream"), None));
    /// reader.push(b"data: {\"choices\":[{\"index\":1,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
    /// let facts = reader.into_facts();
    /// assert_eq!(facts.finish_reasons_of(2).collect::<Vec<_>>(), [None, Some("stop")]);
    /// ```
    pub fn finish_reasons_of(&self, choices: u32) -> impl Iterator<Item = Option<&str>> {
        // No provider serves more choices than this.
        let ended = self.finished.last().map_or(0, |last| last.saturating_add(1).min(128));
        (0..choices.max(ended)).map(|choice| {
            let at = self.finished.binary_search(&choice).ok()?;
            self.finish_reasons.get(at).map(CompactString::as_str)
        })
    }
}
