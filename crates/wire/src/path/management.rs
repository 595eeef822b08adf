use super::{api, ending, method, ollama, without_query};

/// Segments that make a path a management path, wherever they stand.
const SEGMENTS: &[&str] = &[
    "apply",
    "assistants",
    "batches",
    "batchPredictionJobs",
    "cachedContents",
    "cancel",
    "client_secrets",
    "connectors",
    "containers",
    "conversations",
    "corpora",
    "count-tokens",
    "count_tokens",
    "datasets",
    "detokenize",
    "embed-jobs",
    "evals",
    "files",
    "fileSearchStores",
    "fine-tunes",
    "fine-tuning",
    "fine_tuning",
    "finetuning",
    "input_items",
    "input_tokens",
    "organization",
    "organizations",
    "tokenize",
    "transcription_sessions",
    "tunedModels",
    "tuningJobs",
    "uploads",
    "vector_stores",
];

/// The last two segments of a management path, the last one first, where the last says too little.
const ENDINGS: &[[&str; 2]] = &[
    // A session is opened by whoever connects to it later.
    ["sessions", "realtime"],
    // Ollama's own models.
    ["copy", "api"],
    ["create", "api"],
    ["delete", "api"],
    ["pull", "api"],
    ["push", "api"],
    ["show", "api"],
];

/// Methods of Gemini and Vertex that call no model, or not now: `{model}:countTokens`.
const METHODS: &[&str] = &[
    "asyncBatchEmbedContent",
    "batchGenerateContent",
    "computeTokens",
    "countTokens",
    "fetchPredictOperation",
];

/// Whether a path is known to manage things (files, batches, fine-tuning, vector stores, cancelling, counting
/// tokens ahead, stored completions) rather than to call a model. Such a `POST` is a plain exchange, even
/// where its reply repeats the usage of an earlier call.
///
/// ```
/// assert!(tower_genai_wire::is_management("/v1/files"));
/// assert!(tower_genai_wire::is_management("/v1/responses/resp_1/cancel"));
/// assert!(tower_genai_wire::is_management("/v1/chat/completions/chatcmpl-1"));
/// assert!(tower_genai_wire::is_management("/v1beta/models/gemini-2.5-flash:countTokens"));
/// assert!(!tower_genai_wire::is_management("/v1/chat/completions"));
/// ```
pub fn is_management(path: &str) -> bool {
    if api(path).or_else(|| ollama(path)).is_some() {
        return false;
    }
    let path = without_query(path);
    let [last, before_last, ..] = ending(path);
    // Vertex counts the tokens of Anthropic's models as if a model of that name were asked.
    if ENDINGS.contains(&[last, before_last])
        || method(path).is_some_and(|(model, method)| METHODS.contains(&method) || model == "count-tokens")
    {
        return true;
    }
    let mut before = "";
    for segment in path.split('/').filter(|segment| !segment.is_empty()) {
        // A stored completion: `/chat/completions/{id}`.
        if before == "completions" || SEGMENTS.contains(&segment) {
            return true;
        }
        before = segment;
    }
    false
}
