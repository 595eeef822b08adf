//! What the path of a request tells: the API, the model, whether a stream is asked for.

mod management;
mod route;
mod table;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use percent_encoding::percent_decode_str;

pub use management::is_management;
pub(crate) use route::route;

use crate::Api;

/// The API behind a path, as far as its words can only be those of a model API.
pub(crate) fn api(path: &str) -> Option<Api> {
    // Most requests of an application are none of these.
    if !table::may_match(path) {
        return None;
    }
    let path = without_query(path);
    let ending = ending(path);
    table::ROUTES
        .iter()
        .find(|route| route.matches(&ending))
        .map(|route| route.api)
        .or_else(|| google(path))
        .or_else(|| bedrock(path).map(|(_, action)| action.api))
}

/// The API behind the path of a WebSocket upgrade.
pub(crate) fn session(path: &str) -> Option<Api> {
    let ending = ending(without_query(path));
    table::SESSIONS.iter().find(|route| route.matches(&ending)).map(|route| route.api)
}

/// Ollama's paths, which are those of many a web application too.
pub(crate) fn ollama(path: &str) -> Option<Api> {
    match ending(without_query(path)) {
        ["chat", "api", ..] => Some(Api::OllamaChat),
        ["generate", "api", ..] => Some(Api::OllamaGenerate),
        ["embed", "api", ..] => Some(Api::OllamaEmbed),
        _ => None,
    }
}

/// The model that a path names, without its percent-encoding.
pub(crate) fn model(api: Api, path: &str) -> Option<Cow<'_, str>> {
    let path = without_query(path);
    let model = match api {
        Api::BedrockConverse | Api::BedrockInvoke => bedrock(path)?.0,
        _ => after("/deployments/", path)
            .and_then(|rest| rest.split('/').next())
            .or_else(|| method(path).map(|(model, _)| model))
            .or_else(|| after("/models/", path)?.split_once("/v1/").map(|(model, _)| model))?,
    };
    let model = percent_decode_str(model).decode_utf8().unwrap_or(Cow::Borrowed(model));
    (!model.is_empty()).then_some(model)
}

/// Whether a stream is asked for, where the body does not say.
pub(crate) fn stream(api: Api, path: &str) -> Option<bool> {
    let path = without_query(path);
    match api {
        Api::OllamaChat | Api::OllamaGenerate => Some(true),
        Api::BedrockConverse | Api::BedrockInvoke => Some(bedrock(path)?.1.streams),
        // Most paths name no method, which their last letters tell.
        _ if !["Content", "Predict"].iter().any(|end| path.trim_end_matches('/').ends_with(end)) => None,
        _ => match method(path)?.1 {
            "streamGenerateContent" | "streamRawPredict" => Some(true),
            "generateContent" | "rawPredict" => Some(false),
            _ => None,
        },
    }
}

/// What Bedrock is asked to do with a model.
struct Action {
    name: &'static str,
    /// The path with a placeholder for the model.
    route: &'static str,
    api: Api,
    streams: bool,
}

const ACTIONS: &[Action] = &[
    Action { name: "converse", route: "/model/{model}/converse", api: Api::BedrockConverse, streams: false },
    Action {
        name: "converse-stream",
        route: "/model/{model}/converse-stream",
        api: Api::BedrockConverse,
        streams: true,
    },
    Action { name: "invoke", route: "/model/{model}/invoke", api: Api::BedrockInvoke, streams: false },
    Action {
        name: "invoke-with-response-stream",
        route: "/model/{model}/invoke-with-response-stream",
        api: Api::BedrockInvoke,
        streams: true,
    },
];

/// The model and the action of a Bedrock path: `/model/{model}/{action}`. The slash of an ARN may be encoded or not.
fn bedrock(path: &str) -> Option<(&str, &'static Action)> {
    let (rest, name) = path.trim_end_matches('/').rsplit_once('/')?;
    let action = ACTIONS.iter().find(|action| action.name == name)?;
    let model = after("/model/", rest)?;
    let whole = !model.is_empty() && (model.starts_with("arn") || !model.contains('/'));
    whole.then_some((model, action))
}

/// The API behind a path of Gemini or Vertex.
fn google(path: &str) -> Option<Api> {
    let (model, method) = method(path)?;
    match method {
        "generateContent" | "streamGenerateContent" => Some(Api::GeminiGenerate),
        "embedContent" | "batchEmbedContents" => Some(Api::GeminiEmbed),
        // A word of other model servers too; Vertex always says where it stands.
        "predict" | "rawPredict" | "streamRawPredict" if after("/locations/", path).is_some() => {
            match after("/publishers/", path).and_then(|rest| rest.split('/').next()) {
                Some("anthropic") if model == "count-tokens" => None,
                Some("anthropic") => Some(Api::AnthropicMessages),
                Some("mistralai") => Some(Api::OpenAiChat),
                _ if method == "predict" && model.contains("embedding") => Some(Api::GeminiEmbed),
                _ => Some(Api::VertexPredict),
            }
        }
        _ => None,
    }
}

/// The last segment of a path where it is Google's kind: `{model}:{method}`, whose colon may be encoded.
fn method(path: &str) -> Option<(&str, &str)> {
    let last = path.trim_end_matches('/').rsplit('/').next()?;
    last.rsplit_once(':').or_else(|| last.rsplit_once("%3A")).or_else(|| last.rsplit_once("%3a"))
}

fn after<'a>(words: &str, path: &'a str) -> Option<&'a str> {
    path.split_once(words).map(|(_, rest)| rest)
}

fn without_query(path: &str) -> &str {
    memchr::memchr(b'?', path.as_bytes()).map_or(path, |query| &path[..query])
}

/// The last segments of a path, the last one first.
type Ending<'a> = [&'a str; 4];

/// The last segments of a path; empty where there are fewer. They are cut once, from behind.
fn ending(path: &str) -> Ending<'_> {
    let mut rest = path;
    let mut ending = [""; 4];
    for segment in &mut ending {
        while let Some(shorter) = rest.strip_suffix('/') {
            rest = shorter;
        }
        let start = memchr::memrchr(b'/', rest.as_bytes()).map_or(0, |slash| slash + 1);
        (rest, *segment) = rest.split_at(start);
    }
    ending
}
