use super::{is_management, table::ROUTES};
use crate::Api;

fn recognised(path: &str) -> Option<Api> {
    Api::recognise("POST", path)
}

const VERTEX: &str = "/v1/projects/p/locations/us-central1";
const PROFILE: &str =
    "arn%3Aaws%3Abedrock%3Aus-east-1%3A012345678901%3Ainference-profile%2Fus.anthropic.claude-v1%3A0";

#[test]
fn openai_and_those_like_it() {
    for (path, api) in [
        ("/v1/chat/completions", Api::OpenAiChat),
        ("/chat/completions/", Api::OpenAiChat),
        ("/openai/deployments/gpt-5-nano/chat/completions", Api::OpenAiChat),
        ("/hf-inference/models/org/model/v1/chat/completions", Api::OpenAiChat),
        ("/together/v1/chat/completions", Api::OpenAiChat),
        ("/v1/agents/completions", Api::OpenAiChat),
        ("/v1/projects/p/locations/l/endpoints/openapi/chat/completions", Api::OpenAiChat),
        ("/openai/deployments/ada/embeddings", Api::OpenAiEmbeddings),
        ("/v1/multimodalembeddings", Api::OpenAiEmbeddings),
        ("/openai/v1/responses", Api::OpenAiResponses),
        ("/openai/responses?api-version=1", Api::OpenAiResponses),
        ("/responses", Api::OpenAiResponses),
        ("/beta/completions", Api::OpenAiCompletions),
        ("/v1/fim/completions", Api::OpenAiCompletions),
        ("/anthropic/v1/messages", Api::AnthropicMessages),
        ("/v1/images/generations", Api::OpenAiImages),
        ("/openai/deployments/dall-e/images/edits", Api::OpenAiImages),
        ("/v1/images/variations", Api::OpenAiImages),
        ("/v1/audio/speech", Api::OpenAiSpeech),
        ("/openai/deployments/whisper/audio/transcriptions?api-version=1", Api::OpenAiTranscriptions),
        ("/v1/audio/translations", Api::OpenAiTranscriptions),
        ("/v1/moderations", Api::OpenAiModerations),
        ("/v1/chat/moderations", Api::OpenAiModerations),
    ] {
        assert_eq!(recognised(path), Some(api), "{path}");
        assert_eq!(Api::at_provider(path), Some(api), "{path}");
        assert!(!is_management(path), "{path}");
    }
}

#[test]
fn others() {
    for (path, api) in [
        ("/v1beta/models/gemini-2.5-flash:generateContent", Api::GeminiGenerate),
        ("/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse", Api::GeminiGenerate),
        ("/v1beta/models/gemini-2.5-flash%3AstreamGenerateContent", Api::GeminiGenerate),
        ("/v1beta/tunedModels/mine:generateContent", Api::GeminiGenerate),
        ("/v1beta/models/gemini-embedding-001:embedContent", Api::GeminiEmbed),
        ("/v1beta/models/gemini-embedding-001:batchEmbedContents", Api::GeminiEmbed),
        (&format!("{VERTEX}/publishers/google/models/gemini-2.5-pro:generateContent"), Api::GeminiGenerate),
        (&format!("{VERTEX}/endpoints/123:streamGenerateContent"), Api::GeminiGenerate),
        (&format!("{VERTEX}/publishers/google/models/text-embedding-005:predict"), Api::GeminiEmbed),
        (&format!("{VERTEX}/publishers/google/models/imagen-4.0:predict"), Api::VertexPredict),
        (&format!("{VERTEX}/endpoints/123:rawPredict"), Api::VertexPredict),
        (&format!("{VERTEX}/publishers/ai21/models/jamba:rawPredict"), Api::VertexPredict),
        (&format!("{VERTEX}/publishers/anthropic/models/claude@1:streamRawPredict"), Api::AnthropicMessages),
        (&format!("{VERTEX}/publishers/mistralai/models/mistral-small:rawPredict"), Api::OpenAiChat),
        ("/model/amazon.nova-lite-v1%3A0/converse", Api::BedrockConverse),
        ("/bedrock/model/amazon.nova-lite-v1:0/converse-stream", Api::BedrockConverse),
        (&format!("/model/{PROFILE}/invoke"), Api::BedrockInvoke),
        (
            "/model/arn:aws:bedrock:eu-west-1:1:inference-profile/eu.x/invoke-with-response-stream",
            Api::BedrockInvoke,
        ),
        ("/v1/chat", Api::Chat),
        ("/v2/chat", Api::Chat),
        ("/v1/embed", Api::CohereEmbed),
        ("/v2/embed/", Api::CohereEmbed),
        ("/v1/rerank", Api::Rerank),
        ("/v2/rerank", Api::Rerank),
        ("/rerank", Api::Rerank),
        ("/api/embeddings", Api::OllamaEmbed),
    ] {
        assert_eq!(recognised(path), Some(api), "{path}");
        assert_eq!(Api::at_provider(path), Some(api), "{path}");
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
        "/room/7/chat",
        "/room/7/messages",
        "/v1/messages/batches",
        "/v1/responses/r/cancel",
        "/videos/7/embed",
        "/embed",
        "/gallery/7/images/edits",
        "/posts/7/moderations",
        "/v1/models/half_plus_two:predict",
        "/v1beta/models/gemini-2.5-flash:countTokens",
        "/model/7/8/converse",
        "/model/converse",
        "/orders/7/invoke",
        "/documents/7/content",
        "/search/rerank/7",
    ] {
        assert_eq!(recognised(path), None, "{path}");
    }
    assert_eq!(Api::recognise("GET", "/v1/responses"), None);
}

#[test]
fn the_paths_of_web_applications_are_known_only_at_a_provider() {
    for (path, api) in [
        ("/api/chat", Api::OllamaChat),
        ("/api/generate", Api::OllamaGenerate),
        ("/ollama/api/embed?x=1", Api::OllamaEmbed),
    ] {
        assert_eq!(recognised(path), None, "{path}");
        assert_eq!(Api::at_provider(path), Some(api), "{path}");
        assert!(!is_management(path), "{path}");
    }
    assert_eq!(Api::at_provider("/api/tags"), None);
}

#[test]
fn no_route_is_dismissed_by_its_last_letters() {
    for route in ROUTES {
        let path = format!("/v1/{}", route.tail().join("/"));
        assert!(recognised(&path).is_some(), "{path}");
    }
}

#[test]
fn models_of_paths() {
    for (path, model) in [
        ("/openai/deployments/gpt-5-nano/chat/completions", Some("gpt-5-nano")),
        ("/openai/deployments/gpt%205/chat/completions?api-version=1", Some("gpt 5")),
        ("/openai/deployments//chat/completions", None),
        ("/v1/chat/completions", None),
        ("/v1/rerank", None),
        ("/v1beta/models/gemini-2.5-flash:generateContent?key=k", Some("gemini-2.5-flash")),
        ("/v1beta/models/gemini-2.5-flash%3AgenerateContent", Some("gemini-2.5-flash")),
        (
            "/v1/projects/p/locations/l/publishers/anthropic/models/claude%4020250101:rawPredict",
            Some("claude@20250101"),
        ),
        ("/v1/projects/p/locations/l/endpoints/123:predict", Some("123")),
        ("/model/amazon.nova-lite-v1%3A0/converse", Some("amazon.nova-lite-v1:0")),
        (
            "/model/anthropic.claude-3-haiku-20240307-v1:0/invoke",
            Some("anthropic.claude-3-haiku-20240307-v1:0"),
        ),
        (
            &format!("/model/{PROFILE}/converse-stream"),
            Some("arn:aws:bedrock:us-east-1:012345678901:inference-profile/us.anthropic.claude-v1:0"),
        ),
        (
            "/model/arn:aws:sagemaker:us-east-1:1:endpoint/quick/invoke",
            Some("arn:aws:sagemaker:us-east-1:1:endpoint/quick"),
        ),
        ("/model/%ff/invoke", Some("%ff")),
        ("/hf-inference/models/org/model/v1/chat/completions", Some("org/model")),
    ] {
        let api = recognised(path).unwrap_or_default();
        assert_eq!(api.path_model(path).as_deref(), model, "{path}");
    }
}

#[test]
fn streams_of_paths() {
    for (path, stream) in [
        ("/v1/chat/completions", None),
        ("/v1beta/models/m:streamGenerateContent?alt=sse", Some(true)),
        ("/v1beta/models/m:generateContent", Some(false)),
        ("/v1beta/models/m:embedContent", None),
        (&format!("{VERTEX}/publishers/anthropic/models/m:streamRawPredict"), Some(true)),
        (&format!("{VERTEX}/publishers/mistralai/models/m:rawPredict"), Some(false)),
        ("/model/m/converse-stream", Some(true)),
        ("/model/m/invoke-with-response-stream", Some(true)),
        ("/model/m/invoke", Some(false)),
        ("/api/generate", Some(true)),
        ("/api/embed", None),
    ] {
        let api = Api::at_provider(path).unwrap();
        assert_eq!(api.path_stream(path), stream, "{path}");
    }
}

#[test]
fn management_paths() {
    for path in [
        "/v1/files",
        "/v1/messages/batches",
        "/v1/fine_tuning/jobs",
        "/v1/messages/count_tokens",
        "/v1/responses/input_tokens",
        "/v1/realtime/sessions",
        "/v1/realtime/client_secrets",
        "/v1beta/models/m:countTokens",
        "/v1beta/models/m:batchGenerateContent",
        "/v1beta/cachedContents?key=k",
        &format!("{VERTEX}/publishers/anthropic/models/count-tokens:rawPredict"),
        "/model/amazon.nova-lite-v1%3A0/count-tokens",
        "/guardrail/g/version/1/apply",
        "/v1/embed-jobs",
        "/v1/tokenize",
        "/api/pull",
        "/api/show",
    ] {
        assert!(is_management(path), "{path}");
        assert_eq!(Api::at_provider(path), None, "{path}");
    }
    for path in
        ["/v1/images/generations", "/v1/rerank", "/model/m/invoke", "/v1/complete", "/show", "/v1/ocr"]
    {
        assert!(!is_management(path), "{path}");
    }
}

#[test]
fn routes_are_templates() {
    for (path, route) in [
        ("/openai/deployments/gpt-5-nano/chat/completions?api-version=1", "/v1/chat/completions"),
        ("/chat/completions/", "/v1/chat/completions"),
        ("/openai/v1/responses", "/v1/responses"),
        ("/anthropic/v1/messages", "/v1/messages"),
        ("/v1/images/generations", "/v1/images/generations"),
        ("/openai/deployments/dall-e/images/edits", "/v1/images/edits"),
        ("/v1/audio/translations", "/v1/audio/translations"),
        ("/v2/rerank", "/v2/rerank"),
        ("/v1/rerank", "/v1/rerank"),
        ("/v2/chat", "/v2/chat"),
        ("/v1/embed", "/v1/embed"),
        ("/api/chat", "/api/chat"),
        (&format!("/model/{PROFILE}/converse-stream"), "/model/{model}/converse-stream"),
        ("/v1beta/models/gemini%3AstreamGenerateContent", "/v1beta/models/{model}:streamGenerateContent"),
        (
            &format!("{VERTEX}/publishers/anthropic/models/claude@1:streamRawPredict"),
            "/v1/{model}:rawPredict",
        ),
        (&format!("{VERTEX}/endpoints/123:rawPredict"), "/v1/{model}:rawPredict"),
    ] {
        assert_eq!(Api::at_provider(path).and_then(|api| api.path_route(path)), Some(route), "{path}");
    }
    assert_eq!(Api::Unknown.path_route("/anything"), None);
}
