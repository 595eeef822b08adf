//! The dialects: where each provider's replies keep what is worth knowing, and how it counts.
//!
//! A dialect is a table. Its schema names the keys the provider uses and what each one means ([`Place`]);
//! whether a count is contained in the total it belongs to or stands beside it is a part of that meaning
//! ([`Tokens`]), so the conversion to OpenTelemetry's totals is the same for all.

mod anthropic_messages;
mod any;
mod bedrock_converse;
mod bedrock_invoke;
mod chat;
mod cohere_chat;
mod cohere_embed;
mod gemini;
mod gemini_embed;
mod ollama;
mod openai_chat;
mod openai_completions;
mod openai_embeddings;
mod openai_images;
mod openai_moderations;
mod openai_realtime;
mod openai_responses;
mod openai_speech;
mod openai_transcriptions;
mod quiet;
mod rerank;
mod vertex_predict;

#[cfg(test)]
mod tests;

pub(crate) use quiet::Quiet;

use crate::{Api, json::Node};

/// What a place in a reply means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Model,
    Id,
    ServiceTier,
    /// Vertex's word for the service tier.
    TrafficType,
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
    /// As `CumulativeUsage`, in the event that ends the stream.
    FinalUsage,
    /// Tokens to add to those counted before in the same usage.
    MoreTokens(Tokens),
    /// Tokens that only a whole reply counts for good.
    TokensOfWhole(Tokens),
    /// The counts of one kind, which are a part of the counts of this side.
    Detail(Side),
    /// That kind: a modality (`AUDIO`) or how long a cache is kept (`1h`).
    DetailKind,
    DetailTokens,
    /// Something the provider bills.
    Billed(Billed),
    /// A use of a tool of the provider's, one by one.
    EachUse(Tool),
    /// A tool of the provider's was used; how often does not matter.
    AnyUse(Tool),
    /// An image that was made.
    Image,
    /// The media type of something that was made, maybe of an image.
    MediaType,
    /// For how long the provider worked.
    Processing(TimeUnit),
    /// Where this stands and is neither `false` nor `null`, the stream ends.
    Terminal,
    /// Something that is stated beside tokens.
    Stated(Stated),
    /// The cost of the call.
    Cost(Cost),
    /// A total where all is input.
    AllInput,
    /// Reasoning, of which its own size tells whether the output contains it.
    ReasoningApart,
    /// Tokens of an output that is nothing but images.
    TokensOfImages,
    /// The items of a response, all of them.
    Items,
    /// One of them.
    Item,
    ItemType,
    /// What a web search did: to search is billed, to open what was found is not.
    ItemAction,
    /// Where code ran.
    ItemContainer,
    /// The `type` of an annotation: a citation of the web is all that shows a search of a chat.
    AnnotationType,
    /// The provider's id of the request.
    RequestId,
    /// What an error says of itself, of which nothing but its class is kept.
    ErrorMessage,
    /// The same of an error without an object of its own.
    RootMessage,
}

/// What is stated beside tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stated {
    /// Tokens of images, contained in the input.
    ImageInput,
    /// Tokens of images, contained in the output.
    ImageOutput,
    /// Tokens of video, contained in the input.
    VideoInput,
    /// Tokens of audio, contained in what was read from the cache.
    AudioCacheRead,
    /// Tokens of images, contained in what was read from the cache.
    ImageCacheRead,
    /// How often a tool was used.
    Uses(Tool),
    /// How many sources a search has used, where it does not say more.
    Sources,
    /// Seconds of the audio that was sent, as they are billed.
    BilledAudio,
    /// Its length.
    Audio,
    ImageSize,
    ImageQuality,
    SearchContextSize,
    InferenceGeo,
    Speed,
}

/// How the cost of a call is stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cost {
    /// In dollars.
    Dollars,
    /// In ticks, xAI's ten billionths of a dollar.
    Ticks,
    /// What a provider behind the provider charges, in dollars.
    Upstream,
    /// Whether it charges the caller's own account.
    OwnAccount,
}

/// What detailed counts are a part of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Input,
    CacheRead,
    CacheWrite,
    Output,
}

/// What a provider bills.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Billed {
    InputTokens,
    OutputTokens,
    SearchUnits,
    Classifications,
    InputImages,
    InputCharacters,
    /// Tokens of images in the input.
    ImageTokens,
    /// Tokens of audio that were read from the cache.
    CachedAudioTokens,
    /// Tokens of images that were read from the cache.
    CachedImageTokens,
}

/// A provider's own tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tool {
    WebSearch,
    WebFetch,
    FileSearch,
    CodeInterpreter,
    ComputerUse,
    ImageGeneration,
    MapsGrounding,
}

impl Tool {
    pub(crate) const ALL: [Self; 7] = [
        Self::WebSearch,
        Self::WebFetch,
        Self::FileSearch,
        Self::CodeInterpreter,
        Self::ComputerUse,
        Self::ImageGeneration,
        Self::MapsGrounding,
    ];
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TimeUnit {
    Seconds,
    Milliseconds,
    Nanoseconds,
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
    /// What a tool put into the prompt, not contained in the input.
    ToolInputBeside,
    /// Reasoning, contained in the output.
    Reasoning,
    /// Reasoning, not contained in the output.
    ReasoningBeside,
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
    /// Whether a stream ends with the event in which its choices do.
    pub(crate) ends_with_choices: bool,
    /// Whether the first event of a stream that shows a dialect of its own settles how the others are read.
    pub(crate) settles: bool,
}

impl Dialect {
    /// A dialect of a schema, whose streams end without any word.
    const fn new(schema: &'static Node<Place>, quiet: Quiet) -> Self {
        Self { schema, quiet, terminal: &[], ends_with_choices: false, settles: false }
    }

    /// The same, whose streams end with events of these types.
    const fn ending_with(self, terminal: &'static [&'static str]) -> Self {
        Self { terminal, ..self }
    }

    /// The same, whose streams end with their choices.
    const fn ending_with_choices(self) -> Self {
        Self { ends_with_choices: true, ..self }
    }

    /// The same, until an event has shown which it is.
    const fn settling(self) -> Self {
        Self { settles: true, ..self }
    }

    /// OpenAI's chat completions.
    pub(crate) const OPENAI_CHAT: &'static Self = &openai_chat::DIALECT;
    /// OpenAI's responses.
    pub(crate) const OPENAI_RESPONSES: &'static Self = &openai_responses::DIALECT;
    /// Anthropic's messages.
    pub(crate) const ANTHROPIC_MESSAGES: &'static Self = &anthropic_messages::DIALECT;
    /// Cohere's chat.
    pub(crate) const COHERE_CHAT: &'static Self = &cohere_chat::DIALECT;
    /// Not yet known.
    pub(crate) const ANY: &'static Self = &any::DIALECT;

    /// How the replies of an API are read.
    pub(crate) const fn of(api: Api) -> &'static Self {
        match api {
            Api::OpenAiChat => Self::OPENAI_CHAT,
            Api::OpenAiCompletions => &openai_completions::DIALECT,
            Api::OpenAiEmbeddings => &openai_embeddings::DIALECT,
            Api::OpenAiResponses => Self::OPENAI_RESPONSES,
            Api::OpenAiRealtime => &openai_realtime::DIALECT,
            Api::AnthropicMessages => Self::ANTHROPIC_MESSAGES,
            Api::Rerank => &rerank::DIALECT,
            Api::GeminiGenerate => &gemini::DIALECT,
            Api::GeminiEmbed => &gemini_embed::DIALECT,
            Api::VertexPredict => &vertex_predict::DIALECT,
            Api::BedrockConverse => &bedrock_converse::DIALECT,
            Api::BedrockInvoke => &bedrock_invoke::DIALECT,
            Api::CohereEmbed => &cohere_embed::DIALECT,
            Api::OllamaChat | Api::OllamaGenerate => &ollama::DIALECT,
            Api::OllamaEmbed => &ollama::EMBED,
            Api::Chat => &chat::DIALECT,
            Api::OpenAiImages => &openai_images::DIALECT,
            Api::OpenAiSpeech => &openai_speech::DIALECT,
            Api::OpenAiTranscriptions => &openai_transcriptions::DIALECT,
            Api::OpenAiModerations => &openai_moderations::DIALECT,
            Api::Unknown => Self::ANY,
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

const fn stated(stated: Stated) -> Node<Place> {
    Node::leaf(Place::Stated(stated))
}

const fn uses(tool: Tool) -> Node<Place> {
    stated(Stated::Uses(tool))
}

/// Output, also as the elements of an array.
static OUTPUT: Node<Place> = Node::leaf(Place::Output).each(&OUTPUT);

/// `error`: an object with a code, a type or both; some servers put a plain string there.
static ERROR: Node<Place> = Node::object(&[
    ("code", &leaf(Place::ErrorCode)),
    ("type", &leaf(Place::ErrorType)),
    ("message", &leaf(Place::ErrorMessage)),
])
.marked(Place::Error);
