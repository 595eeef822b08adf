use super::{Ending, bedrock, ending, method, without_query};
use crate::Api;

/// The template of a path: of closed vocabulary, whatever stands in the path.
pub(crate) fn route(api: Api, path: &str) -> Option<&'static str> {
    let path = without_query(path);
    Some(match api {
        Api::OpenAiChat | Api::AnthropicMessages if in_google(path) => "/v1/{model}:rawPredict",
        Api::OpenAiChat => "/v1/chat/completions",
        Api::OpenAiCompletions => "/v1/completions",
        Api::OpenAiEmbeddings => "/v1/embeddings",
        Api::OpenAiResponses => "/v1/responses",
        Api::OpenAiRealtime => "/v1/realtime",
        Api::AnthropicMessages => "/v1/messages",
        Api::OpenAiImages => match ending(path) {
            ["edits", ..] => "/v1/images/edits",
            ["variations", ..] => "/v1/images/variations",
            _ => "/v1/images/generations",
        },
        Api::OpenAiSpeech => "/v1/audio/speech",
        Api::OpenAiTranscriptions => match ending(path) {
            ["translations", ..] => "/v1/audio/translations",
            _ => "/v1/audio/transcriptions",
        },
        Api::OpenAiModerations => "/v1/moderations",
        Api::Rerank => versioned(path, "/v1/rerank", "/v2/rerank"),
        Api::GeminiGenerate | Api::GeminiEmbed | Api::VertexPredict => match method(path)?.1 {
            "generateContent" => "/v1beta/models/{model}:generateContent",
            "streamGenerateContent" => "/v1beta/models/{model}:streamGenerateContent",
            "embedContent" => "/v1beta/models/{model}:embedContent",
            "batchEmbedContents" => "/v1beta/models/{model}:batchEmbedContents",
            "predict" => "/v1/{model}:predict",
            "rawPredict" | "streamRawPredict" => "/v1/{model}:rawPredict",
            _ => return None,
        },
        Api::BedrockConverse | Api::BedrockInvoke => bedrock(path)?.1.route,
        Api::CohereEmbed => versioned(path, "/v1/embed", "/v2/embed"),
        Api::OllamaChat => "/api/chat",
        Api::OllamaGenerate => "/api/generate",
        Api::OllamaEmbed => "/api/embed",
        Api::Chat => versioned(path, "/v1/chat", "/v2/chat"),
        Api::Unknown => return None,
    })
}

/// Other vendors' models at Google are asked for by the name of a method.
fn in_google(path: &str) -> bool {
    method(path).is_some_and(|(_, method)| matches!(method, "rawPredict" | "streamRawPredict"))
}

fn versioned(path: &str, first: &'static str, second: &'static str) -> &'static str {
    let [_, version, ..]: Ending<'_> = ending(path);
    if version == "v2" { second } else { first }
}
