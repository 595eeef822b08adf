mod bedrock;
mod google;
mod ollama;

use crate::{Api, json::Node};

/// What a place in a request means.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    Model,
    Stream,
    IncludeUsage,
    /// OpenAI's `user`, which `safety_identifier` is about to replace.
    User,
    SafetyIdentifier,
    /// `metadata.user_id`: Anthropic's name for the user, and in OpenAI's requests any application's own.
    MetadataUser,
    Temperature,
    TopP,
    TopK,
    FrequencyPenalty,
    PresencePenalty,
    MaxTokens,
    Seed,
    ChoiceCount,
    /// One sequence, or an array of them.
    Stop,
    /// An element of that array.
    StopElement,
    Format,
    EncodingFormat,
    Dimensions,
    ReasoningLevel,
    PreviousResponse,
    /// Its id, or an object that has it.
    Conversation,
    Prompt,
    PromptVersion,
    Guardrail,
    ServiceTier,
    ImageSize,
    ImageQuality,
    /// The text to speak, of which the characters are counted.
    Spoken,
    /// Whether speech comes as events.
    StreamFormat,
    SearchContextSize,
    InferenceGeo,
    Speed,
}

/// Where the parameters of an API's requests stand.
pub(super) const fn schema_of(api: Api) -> &'static Node<Place> {
    match api {
        Api::OpenAiSpeech => &SPEECH,
        Api::OpenAiImages => &IMAGES,
        Api::OpenAiResponses => &RESPONSES,
        Api::AnthropicMessages => &MESSAGES,
        Api::GeminiGenerate => &google::GENERATE,
        Api::GeminiEmbed => &google::EMBED,
        Api::VertexPredict => &PREDICT,
        Api::BedrockConverse => &bedrock::CONVERSE,
        Api::BedrockInvoke => &INVOKE,
        Api::Chat | Api::CohereEmbed => &COHERE,
        Api::OllamaChat | Api::OllamaGenerate | Api::OllamaEmbed => &ollama::REQUEST,
        _ => &REQUEST,
    }
}

const fn leaf(place: Place) -> Node<Place> {
    Node::leaf(place)
}

/// The parameters of all APIs, and more: those that share a name share its meaning.
macro_rules! request {
    ($($more:expr),*) => {
        Node::object(&[
    ("model", &leaf(Place::Model)),
    ("stream", &leaf(Place::Stream)),
    ("stream_options", &STREAM_OPTIONS),
    ("user", &leaf(Place::User)),
    ("safety_identifier", &leaf(Place::SafetyIdentifier)),
    ("metadata", &METADATA),
    ("temperature", &leaf(Place::Temperature)),
    ("top_p", &leaf(Place::TopP)),
    ("top_k", &leaf(Place::TopK)),
    ("frequency_penalty", &leaf(Place::FrequencyPenalty)),
    ("presence_penalty", &leaf(Place::PresencePenalty)),
    ("max_tokens", &leaf(Place::MaxTokens)),
    ("max_completion_tokens", &leaf(Place::MaxTokens)),
    ("max_output_tokens", &leaf(Place::MaxTokens)),
    ("seed", &leaf(Place::Seed)),
    // Mistral.
    ("random_seed", &leaf(Place::Seed)),
    ("n", &leaf(Place::ChoiceCount)),
    ("stop", &STOP),
    ("stop_sequences", &STOP),
    ("response_format", &FORMAT),
    ("text", &TEXT),
    ("output_format", &FORMAT),
    ("output_config", &OUTPUT_CONFIG),
    ("encoding_format", &leaf(Place::EncodingFormat)),
    ("dimensions", &leaf(Place::Dimensions)),
    // Mistral and Voyage.
    ("output_dimension", &leaf(Place::Dimensions)),
    ("reasoning_effort", &leaf(Place::ReasoningLevel)),
    ("reasoning", &REASONING),
    ("previous_response_id", &leaf(Place::PreviousResponse)),
    ("service_tier", &leaf(Place::ServiceTier)),
    ("web_search_options", &SEARCH),
            $($more),*
        ])
    };
}

static REQUEST: Node<Place> = request!();

static IMAGES: Node<Place> =
    request!(("size", &leaf(Place::ImageSize)), ("quality", &leaf(Place::ImageQuality)));

static RESPONSES: Node<Place> =
    request!(("tools", &TOOLS), ("conversation", &CONVERSATION), ("prompt", &PROMPT));

static MESSAGES: Node<Place> =
    request!(("inference_geo", &leaf(Place::InferenceGeo)), ("speed", &leaf(Place::Speed)));

/// Vertex's predictions of models that are not Google's.
static PREDICT: Node<Place> = request!(("parameters", &google::PARAMETERS));

/// Cohere's, and Writer's on the same path.
static COHERE: Node<Place> =
    request!(("p", &leaf(Place::TopP)), ("k", &leaf(Place::TopK)), ("embedding_types", &ENCODING_FORMATS));
static ENCODING_FORMATS: Node<Place> = Node::array(&leaf(Place::EncodingFormat));

/// The requests of all vendors on Bedrock, each of whom has names of its own.
static INVOKE: Node<Place> = request!(
    ("inferenceConfig", &bedrock::INFERENCE_CONFIG),
    ("textGenerationConfig", &bedrock::TITAN_TEXT),
    ("imageGenerationConfig", &bedrock::TITAN_IMAGE),
    // Llama.
    ("max_gen_len", &leaf(Place::MaxTokens)),
    // Anthropic's older models.
    ("max_tokens_to_sample", &leaf(Place::MaxTokens)),
    // Cohere.
    ("p", &leaf(Place::TopP)),
    ("k", &leaf(Place::TopK)),
    ("num_generations", &leaf(Place::ChoiceCount)),
    // AI21's Jurassic.
    ("maxTokens", &leaf(Place::MaxTokens)),
    ("topP", &leaf(Place::TopP)),
    ("numResults", &leaf(Place::ChoiceCount)),
    ("stopSequences", &STOP)
);

/// What is spoken may be long, and of other requests' `input` nothing is worth knowing.
static SPEECH: Node<Place> = Node::object(&[
    ("model", &leaf(Place::Model)),
    ("input", &Node::passing(Place::Spoken)),
    ("stream_format", &leaf(Place::StreamFormat)),
    // Other servers.
    ("stream", &leaf(Place::Stream)),
    ("user", &leaf(Place::User)),
]);

static SEARCH: Node<Place> = Node::object(&[("search_context_size", &leaf(Place::SearchContextSize))]);
static TOOLS: Node<Place> = Node::array(&SEARCH);

static CONVERSATION: Node<Place> =
    Node::object(&[("id", &leaf(Place::Conversation))]).marked(Place::Conversation);
static PROMPT: Node<Place> =
    Node::object(&[("id", &leaf(Place::Prompt)), ("version", &leaf(Place::PromptVersion))]);

static STREAM_OPTIONS: Node<Place> = Node::object(&[("include_usage", &leaf(Place::IncludeUsage))]);
static METADATA: Node<Place> = Node::object(&[("user_id", &leaf(Place::MetadataUser))]);
static STOP: Node<Place> = Node::array(&leaf(Place::StopElement)).marked(Place::Stop);
static FORMAT: Node<Place> = Node::object(&[("type", &leaf(Place::Format))]);
/// OpenAI's responses.
static TEXT: Node<Place> = Node::object(&[("format", &FORMAT)]);
/// Anthropic.
static OUTPUT_CONFIG: Node<Place> =
    Node::object(&[("effort", &leaf(Place::ReasoningLevel)), ("format", &FORMAT)]);
static REASONING: Node<Place> = Node::object(&[("effort", &leaf(Place::ReasoningLevel))]);
