//! The dialects: where each provider's replies keep what is worth knowing, and how it counts.
//!
//! A dialect is a table. Its schema names the keys the provider uses and what each one means ([`Place`]);
//! whether a count is contained in the total it belongs to or stands beside it is a part of that meaning
//! ([`Tokens`]), so the conversion to OpenTelemetry's totals is the same for all.

mod anthropic_messages;
mod any;
mod openai_chat;
mod openai_completions;
mod openai_embeddings;
mod openai_responses;
mod quiet;

pub(crate) use quiet::Quiet;

use crate::{Api, json::Node};

/// What a place in a reply means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Model,
    Id,
    ServiceTier,
    SystemFingerprint,
    /// The `type` of an event.
    EventType,
    /// A root `object`, which is `error` in the errors of some compatible servers.
    ObjectKind,
    /// `code` of such an error, or of an error event.
    RootCode,
    /// `type` of such an error.
    RootType,
    /// The object that holds an error, or a string in its place.
    Error,
    ErrorCode,
    ErrorType,
    /// One choice of a reply that may have several.
    Choice,
    ChoiceIndex,
    /// Why the choice around it, or else the only one there is, came to its end.
    FinishReason,
    /// The status of a whole response, which is a finish reason once it is final.
    Status,
    /// Why a response is incomplete, the better finish reason.
    IncompleteReason,
    /// Text, tool calls, reasoning, audio: anything the model produced.
    Output,
    /// Counts that replace those seen before.
    Usage,
    /// Counts that overwrite, one by one, those seen before.
    CumulativeUsage,
    Tokens(Tokens),
}

/// What a number of tokens counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tokens {
    Input,
    Output,
    Total,
    /// Read from the cache, contained in the input.
    CacheRead,
    /// Read from the cache, not contained in the input.
    CacheReadBeside,
    /// Written to the cache, contained in the input.
    CacheWrite,
    /// Written to the cache, not contained in the input.
    CacheWriteBeside,
    /// The part of the cache writes that is kept for an hour.
    CacheWrite1h,
    /// Reasoning, contained in the output.
    Reasoning,
    /// Audio, contained in the input.
    AudioInput,
    /// Audio, contained in the output.
    AudioOutput,
}

impl Tokens {
    /// How many there are.
    pub(crate) const ALL: usize = Self::AudioOutput as usize + 1;
}

/// How the replies of an API are read.
#[derive(Debug)]
pub(crate) struct Dialect {
    /// Whole replies and events of a stream alike.
    pub(crate) schema: &'static Node<Place>,
    /// How it is told that an event of a stream holds nothing new.
    pub(crate) quiet: Quiet,
    /// The `type`s of the events that end a stream.
    pub(crate) terminal: &'static [&'static str],
}

impl Dialect {
    /// OpenAI's chat completions.
    pub(crate) const OPENAI_CHAT: &'static Self = &openai_chat::DIALECT;
    /// OpenAI's responses.
    pub(crate) const OPENAI_RESPONSES: &'static Self = &openai_responses::DIALECT;
    /// Anthropic's messages.
    pub(crate) const ANTHROPIC_MESSAGES: &'static Self = &anthropic_messages::DIALECT;
    /// Not yet known.
    pub(crate) const ANY: &'static Self = &any::DIALECT;

    /// How the replies of an API are read.
    pub(crate) const fn of(api: Api) -> &'static Self {
        match api {
            Api::OpenAiChat => Self::OPENAI_CHAT,
            Api::OpenAiCompletions => &openai_completions::DIALECT,
            Api::OpenAiEmbeddings => &openai_embeddings::DIALECT,
            Api::OpenAiResponses => Self::OPENAI_RESPONSES,
            Api::AnthropicMessages => Self::ANTHROPIC_MESSAGES,
            Api::OpenAiImages
            | Api::OpenAiSpeech
            | Api::OpenAiTranscriptions
            | Api::OpenAiModerations
            | Api::Rerank
            | Api::GeminiGenerate
            | Api::GeminiEmbed
            | Api::VertexPredict
            | Api::BedrockConverse
            | Api::BedrockInvoke
            | Api::CohereEmbed
            | Api::OllamaChat
            | Api::OllamaGenerate
            | Api::OllamaEmbed
            | Api::Chat
            | Api::Unknown => Self::ANY,
        }
    }
}

impl Dialect {
    pub(crate) fn is_any(&self) -> bool {
        std::ptr::eq(self, Self::ANY)
    }
}

const fn leaf(place: Place) -> Node<Place> {
    Node::leaf(place)
}

const fn tokens(tokens: Tokens) -> Node<Place> {
    Node::leaf(Place::Tokens(tokens))
}

/// Output, also as the elements of an array.
static OUTPUT: Node<Place> = Node::leaf(Place::Output).each(&OUTPUT);

/// `error`: an object with a code, a type or both; some servers put a plain string there.
static ERROR: Node<Place> =
    Node::object(&[("code", &leaf(Place::ErrorCode)), ("type", &leaf(Place::ErrorType))])
        .marked(Place::Error);
