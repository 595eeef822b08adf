//! Which API a request is for, as method and path tell.

use std::borrow::Cow;

use crate::{Operation, path};

/// The API a request speaks, as far as method and path tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Api {
    /// OpenAI's `/v1/chat/completions`, Azure's and every compatible server's.
    OpenAiChat,
    /// OpenAI's older `/v1/completions`.
    OpenAiCompletions,
    /// OpenAI's `/v1/embeddings`, Voyage's and other compatible servers'.
    OpenAiEmbeddings,
    /// OpenAI's `/v1/responses`.
    OpenAiResponses,
    /// OpenAI's `/v1/realtime`, Azure's `/openai/realtime`: sessions over WebSocket.
    OpenAiRealtime,
    /// Anthropic's `/v1/messages`.
    AnthropicMessages,
    /// OpenAI's `/v1/images/generations`, `/edits` and `/variations`.
    OpenAiImages,
    /// OpenAI's `/v1/audio/speech`.
    OpenAiSpeech,
    /// OpenAI's `/v1/audio/transcriptions` and `/v1/audio/translations`.
    OpenAiTranscriptions,
    /// OpenAI's `/v1/moderations`.
    OpenAiModerations,
    /// `/v1/rerank` and `/v2/rerank`: Cohere's, Voyage's and compatible servers'.
    Rerank,
    /// Gemini's and Vertex's `{model}:generateContent` and `{model}:streamGenerateContent`.
    GeminiGenerate,
    /// Gemini's `{model}:embedContent` and `{model}:batchEmbedContents`, and Vertex's `{model}:predict` of an
    /// embedding model.
    GeminiEmbed,
    /// Vertex's `{model}:predict`, `{model}:rawPredict` and `{model}:streamRawPredict`: the publisher's own shape.
    /// Anthropic's and Mistral's raw predictions are known by their own APIs instead.
    VertexPredict,
    /// Bedrock's `/model/{model}/converse` and `/converse-stream`.
    BedrockConverse,
    /// Bedrock's `/model/{model}/invoke` and `/invoke-with-response-stream`: the vendor's own shape.
    BedrockInvoke,
    /// Cohere's `/v1/embed` and `/v2/embed`.
    CohereEmbed,
    /// Ollama's `/api/chat`.
    OllamaChat,
    /// Ollama's `/api/generate`.
    OllamaGenerate,
    /// Ollama's `/api/embed` and `/api/embeddings`.
    OllamaEmbed,
    /// `/v1/chat` and `/v2/chat`: Writer serves OpenAI's shape there, Cohere its own; the keys of the body tell which.
    Chat,
    /// A request to a model provider on a path that is in no table; the keys of the body tell the dialect.
    #[default]
    Unknown,
}

impl Api {
    /// The API behind a method and a path, or `None` where nothing is recognised.
    ///
    /// Only `POST` is a model call. A path is matched by its last segments, so that any prefix works (`/v1`,
    /// `/openai/v1`, `/beta`, `/openai/deployments/{deployment}`). Words that applications use for things of their own
    /// must follow a version or a provider's name (`responses`, `messages`), or are known only where nothing but model
    /// calls is expected: see [`at_provider`](Self::at_provider).
    ///
    /// ```
    /// use tower_genai_wire::Api;
    ///
    /// assert_eq!(Api::recognise("POST", "/openai/v1/chat/completions"), Some(Api::OpenAiChat));
    /// assert_eq!(Api::recognise("POST", "/model/amazon.nova-lite-v1%3A0/converse"), Some(Api::BedrockConverse));
    /// assert_eq!(Api::recognise("GET", "/v1/chat/completions"), None);
    /// assert_eq!(Api::recognise("POST", "/v1/messages/count_tokens"), None);
    /// assert_eq!(Api::recognise("POST", "/surveys/7/responses"), None);
    /// assert_eq!(Api::recognise("POST", "/api/chat"), None);
    /// ```
    pub fn recognise(method: &str, path: &str) -> Option<Self> {
        if !method.eq_ignore_ascii_case("POST") {
            return None;
        }
        path::api(path)
    }

    /// The API behind the path of a `POST` to a model provider: [`recognise`](Self::recognise), and Ollama's paths,
    /// which any web application may have (`/api/chat`, `/api/generate`, `/api/embed`).
    ///
    /// ```
    /// use tower_genai_wire::Api;
    ///
    /// assert_eq!(Api::at_provider("/api/chat"), Some(Api::OllamaChat));
    /// assert_eq!(Api::at_provider("/v1/messages"), Some(Api::AnthropicMessages));
    /// assert_eq!(Api::at_provider("/v1/files"), None);
    /// ```
    pub fn at_provider(path: &str) -> Option<Self> {
        path::api(path).or_else(|| path::ollama(path))
    }

    /// The API behind the path of a WebSocket upgrade, whose responses are calls; `None` where none is known.
    ///
    /// ```
    /// use tower_genai_wire::Api;
    ///
    /// assert_eq!(Api::recognise_session("/openai/v1/realtime"), Some(Api::OpenAiRealtime));
    /// assert_eq!(Api::recognise_session("/v1/responses"), Some(Api::OpenAiResponses));
    /// assert_eq!(Api::recognise_session("/chat"), None);
    /// ```
    pub fn recognise_session(path: &str) -> Option<Self> {
        path::session(path)
    }

    /// What kind of work this API does.
    pub const fn operation(self) -> Operation {
        match self {
            Self::OpenAiChat
            | Self::OpenAiResponses
            | Self::OpenAiRealtime
            | Self::AnthropicMessages
            | Self::BedrockConverse
            | Self::OllamaChat
            | Self::Chat => Operation::Chat,
            Self::OpenAiCompletions | Self::BedrockInvoke | Self::OllamaGenerate => Operation::TextCompletion,
            Self::OpenAiEmbeddings | Self::GeminiEmbed | Self::CohereEmbed | Self::OllamaEmbed => {
                Operation::Embeddings
            }
            Self::OpenAiImages
            | Self::OpenAiSpeech
            | Self::OpenAiTranscriptions
            | Self::GeminiGenerate
            | Self::VertexPredict => Operation::GenerateContent,
            Self::OpenAiModerations => Operation::Moderation,
            Self::Rerank => Operation::Rerank,
            Self::Unknown => Operation::Unknown,
        }
    }

    /// `openai.api.type`: which of OpenAI's two ways to chat this is.
    pub const fn openai_type(self) -> Option<&'static str> {
        match self {
            Self::OpenAiChat => Some("chat_completions"),
            Self::OpenAiResponses => Some("responses"),
            _ => None,
        }
    }

    /// `gen_ai.provider.name` of the provider who designed this API, as the guess that is left where nobody knows who
    /// serves it; `None` for paths that many share.
    pub const fn provider(self) -> Option<&'static str> {
        match self {
            Self::OpenAiChat
            | Self::OpenAiCompletions
            | Self::OpenAiEmbeddings
            | Self::OpenAiResponses
            | Self::OpenAiRealtime
            | Self::OpenAiImages
            | Self::OpenAiSpeech
            | Self::OpenAiTranscriptions
            | Self::OpenAiModerations => Some("openai"),
            Self::AnthropicMessages => Some("anthropic"),
            Self::GeminiGenerate | Self::GeminiEmbed => Some("gcp.gen_ai"),
            Self::VertexPredict => Some("gcp.vertex_ai"),
            Self::BedrockConverse | Self::BedrockInvoke => Some("aws.bedrock"),
            Self::CohereEmbed => Some("cohere"),
            Self::OllamaChat | Self::OllamaGenerate | Self::OllamaEmbed => Some("ollama"),
            Self::Rerank | Self::Chat | Self::Unknown => None,
        }
    }

    /// The model that the path names, without its percent-encoding: Azure's deployment
    /// (`/openai/deployments/{deployment}/...`), Gemini's and Vertex's model or endpoint (`{model}:generateContent`),
    /// Bedrock's (`/model/{model}/converse`; the whole of an ARN), the Hugging Face router's (`/models/{model}/v1/...`).
    ///
    /// ```
    /// use tower_genai_wire::Api;
    ///
    /// let model = |path| Api::recognise("POST", path).and_then(|api| api.path_model(path)).map(String::from);
    /// assert_eq!(model("/model/amazon.nova-lite-v1%3A0/converse").as_deref(), Some("amazon.nova-lite-v1:0"));
    /// assert_eq!(model("/v1beta/models/gemini-2.5-flash:generateContent").as_deref(), Some("gemini-2.5-flash"));
    /// assert_eq!(model("/v1/chat/completions"), None);
    /// ```
    pub fn path_model(self, path: &str) -> Option<Cow<'_, str>> {
        path::model(self, path)
    }

    /// The path as a template from a closed list, for labels and attributes: providers' own prefixes are left out, and
    /// `{model}` stands for a model. `None` for a path that is in no table.
    ///
    /// ```
    /// use tower_genai_wire::Api;
    ///
    /// let route = |path| Api::at_provider(path).and_then(|api| api.path_route(path));
    /// assert_eq!(route("/openai/deployments/mine/chat/completions"), Some("/v1/chat/completions"));
    /// assert_eq!(route("/model/amazon.nova-lite-v1%3A0/converse"), Some("/model/{model}/converse"));
    /// assert_eq!(route("/surveys"), None);
    /// ```
    pub fn path_route(self, path: &str) -> Option<&'static str> {
        path::route(self, path)
    }

    /// Whether a call asks for a stream when its body does not say: some paths say it instead
    /// (`streamGenerateContent`, `converse-stream`), and Ollama streams unless it is told not to.
    ///
    /// ```
    /// use tower_genai_wire::Api;
    ///
    /// let stream = |path| Api::at_provider(path).and_then(|api| api.path_stream(path));
    /// assert_eq!(stream("/v1beta/models/gemini-2.5-flash:streamGenerateContent"), Some(true));
    /// assert_eq!(stream("/model/amazon.nova-lite-v1%3A0/converse"), Some(false));
    /// assert_eq!(stream("/api/chat"), Some(true));
    /// assert_eq!(stream("/v1/chat/completions"), None);
    /// ```
    pub fn path_stream(self, path: &str) -> Option<bool> {
        path::stream(self, path)
    }
}
