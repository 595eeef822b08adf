//! Which API a request is for: method and path, one table.

use crate::Operation;

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
    /// Gemini's `{model}:embedContent` and `{model}:batchEmbedContents`.
    GeminiEmbed,
    /// Vertex's `{model}:predict`, `{model}:rawPredict` and `{model}:streamRawPredict`: the publisher's own shape.
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

/// One known path: its last segments, and the segments one of which must stand before them (empty: any).
struct Route {
    tail: &'static [&'static str],
    after: &'static [&'static str],
    api: Api,
}

/// `messages` and `responses` are words that ordinary applications use for paths of their own.
const VERSIONED: &[&str] = &["v1", "v1beta", "v2", "v3", "openai", "anthropic", "beta"];

const ROUTES: &[Route] = &[
    Route { tail: &["chat", "completions"], after: &[], api: Api::OpenAiChat },
    Route { tail: &["completions"], after: &[], api: Api::OpenAiCompletions },
    Route { tail: &["embeddings"], after: &[], api: Api::OpenAiEmbeddings },
    Route { tail: &["responses"], after: VERSIONED, api: Api::OpenAiResponses },
    Route { tail: &["messages"], after: VERSIONED, api: Api::AnthropicMessages },
    Route { tail: &["v1", "chat"], after: &[], api: Api::Chat },
];

/// Segments that make a path a management path, wherever they stand.
const MANAGEMENT: &[&str] = &[
    "assistants",
    "batches",
    "cancel",
    "containers",
    "conversations",
    "count_tokens",
    "detokenize",
    "evals",
    "files",
    "fine-tunes",
    "fine-tuning",
    "fine_tuning",
    "input_items",
    "input_tokens",
    "organization",
    "organizations",
    "tokenize",
    "uploads",
    "vector_stores",
];

impl Api {
    /// The API behind a method and a path, or `None` where nothing is recognised.
    ///
    /// Only `POST` is a model call. A path is matched by its last segments, so that any prefix works (`/v1`,
    /// `/openai/v1`, `/beta`, `/openai/deployments/{deployment}`); `responses` and `messages`, which
    /// applications use for things of their own, must follow a version or a provider's name.
    ///
    /// ```
    /// use tower_genai_wire::Api;
    ///
    /// assert_eq!(Api::recognise("POST", "/openai/v1/chat/completions"), Some(Api::OpenAiChat));
    /// assert_eq!(Api::recognise("GET", "/v1/chat/completions"), None);
    /// assert_eq!(Api::recognise("POST", "/v1/messages/count_tokens"), None);
    /// assert_eq!(Api::recognise("POST", "/surveys/7/responses"), None);
    /// ```
    pub fn recognise(method: &str, path: &str) -> Option<Self> {
        if !method.eq_ignore_ascii_case("POST") {
            return None;
        }
        by_path(path)
    }

    /// What kind of work this API does.
    pub const fn operation(self) -> Operation {
        match self {
            Self::OpenAiChat
            | Self::OpenAiResponses
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

    /// The model named in the path: Azure's deployment in `/openai/deployments/{deployment}/...`, as written
    /// there (percent-encoding is kept).
    pub fn path_model(self, path: &str) -> Option<&str> {
        let mut segments = path.split(['/', '?']);
        segments.find(|segment| *segment == "deployments")?;
        segments.next().filter(|segment| !segment.is_empty())
    }
}

/// Whether a path is known to manage things (files, batches, fine-tuning, vector stores, cancelling, counting
/// tokens ahead, stored completions) rather than to call a model. Such a `POST` is a plain exchange, even
/// where its reply repeats the usage of an earlier call.
///
/// ```
/// assert!(tower_genai_wire::is_management("/v1/files"));
/// assert!(tower_genai_wire::is_management("/v1/responses/resp_1/cancel"));
/// assert!(tower_genai_wire::is_management("/v1/chat/completions/chatcmpl-1"));
/// assert!(!tower_genai_wire::is_management("/v1/chat/completions"));
/// ```
pub fn is_management(path: &str) -> bool {
    if by_path(path).is_some() {
        return false;
    }
    let mut before = "";
    for segment in segments(path) {
        // A stored completion: `/chat/completions/{id}`.
        if before == "completions" || MANAGEMENT.contains(&segment) {
            return true;
        }
        before = segment;
    }
    false
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    path.split('/').filter(|segment| !segment.is_empty())
}

fn by_path(path: &str) -> Option<Api> {
    // Most requests of an application are none of these, and their paths' last letters tell.
    if !matches!(path.as_bytes(), [.., b's' | b't' | b'/']) && !path.contains('?') {
        return None;
    }
    let ending = ending(path);
    ROUTES.iter().find(|route| route.matches(ending)).map(|route| route.api)
}

/// The last three segments of a path, the last one first; empty where there are fewer. Every request is asked for
/// them, so they are cut once, from behind.
fn ending(path: &str) -> [&str; 3] {
    let mut rest = memchr::memchr(b'?', path.as_bytes()).map_or(path, |query| &path[..query]);
    let mut ending = [""; 3];
    for segment in &mut ending {
        while let Some(shorter) = rest.strip_suffix('/') {
            rest = shorter;
        }
        let start = memchr::memrchr(b'/', rest.as_bytes()).map_or(0, |slash| slash + 1);
        (rest, *segment) = rest.split_at(start);
    }
    ending
}

impl Route {
    fn matches(&self, ending: [&str; 3]) -> bool {
        let depth = self.tail.len();
        let before = ending[depth];
        self.tail.iter().rev().zip(ending).all(|(wanted, segment)| *wanted == segment)
            && (self.after.is_empty() || before.is_empty() || self.after.contains(&before))
    }
}

#[cfg(test)]
mod tests {
    use super::{Api, is_management};

    #[test]
    fn prefixes_do_not_matter() {
        for (path, api) in [
            ("/v1/chat/completions", Api::OpenAiChat),
            ("/chat/completions/", Api::OpenAiChat),
            ("/openai/deployments/gpt-5-nano/chat/completions", Api::OpenAiChat),
            ("/openai/deployments/ada/embeddings", Api::OpenAiEmbeddings),
            ("/openai/v1/responses", Api::OpenAiResponses),
            ("/openai/responses?api-version=1", Api::OpenAiResponses),
            ("/responses", Api::OpenAiResponses),
            ("/beta/completions", Api::OpenAiCompletions),
            ("/anthropic/v1/messages", Api::AnthropicMessages),
            ("/v1/chat", Api::Chat),
        ] {
            assert_eq!(Api::recognise("POST", path), Some(api), "{path}");
            assert!(!is_management(path), "{path}");
        }
    }

    #[test]
    fn near_misses_are_not_model_calls() {
        for path in [
            "/",
            "",
            "/v1/xcompletions",
            "/chat",
            "/room/7/messages",
            "/v1/messages/batches",
            "/v1/responses/r/cancel",
        ] {
            assert_eq!(Api::recognise("POST", path), None, "{path}");
        }
        assert_eq!(Api::recognise("GET", "/v1/responses"), None);
    }

    #[test]
    fn the_deployment_is_the_model() {
        let model = |path| Api::OpenAiChat.path_model(path);
        assert_eq!(model("/openai/deployments/gpt-5-nano/chat/completions"), Some("gpt-5-nano"));
        assert_eq!(model("/openai/deployments/"), None);
        assert_eq!(model("/v1/chat/completions"), None);
    }

    #[test]
    fn management_paths() {
        for path in ["/v1/files", "/v1/messages/batches", "/v1/fine_tuning/jobs", "/v1/messages/count_tokens"]
        {
            assert!(is_management(path), "{path}");
        }
        for path in ["/v1/images/generations", "/v1/rerank", "/model/m/invoke"] {
            assert!(!is_management(path), "{path}");
        }
    }
}
