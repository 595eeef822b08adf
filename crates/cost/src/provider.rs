//! Providers under the names of their several authorities.

/// Names of providers, and LiteLLM's for the same: those of OpenTelemetry's registry and of this workspace, and LiteLLM's
/// own divisions of a provider.
const SAME: &[(&str, &str)] = &[
    ("text-completion-openai", "openai"),
    ("azure.ai.openai", "azure"),
    ("az.ai.openai", "azure"),
    ("azure_text", "azure"),
    ("azure.ai.inference", "azure_ai"),
    ("az.ai.inference", "azure_ai"),
    ("aws.bedrock", "bedrock"),
    ("bedrock_converse", "bedrock"),
    ("gcp.gemini", "gemini"),
    ("gcp.gen_ai", "gemini"),
    ("gcp.vertex_ai", "vertex_ai"),
    ("cohere_chat", "cohere"),
    ("mistral_ai", "mistral"),
    ("text-completion-codestral", "codestral"),
    ("x_ai", "xai"),
    ("moonshot_ai", "moonshot"),
    ("ibm.watsonx.ai", "watsonx"),
    ("voyage_ai", "voyage"),
    ("together", "together_ai"),
    ("fireworks", "fireworks_ai"),
    ("fireworks_ai-embedding-models", "fireworks_ai"),
];

/// What begins LiteLLM's divisions of Vertex AI by vendor (`vertex_ai-anthropic_models`).
const VERTEX: &str = "vertex_ai-";

/// The provider as the catalogue groups its entries: LiteLLM's name, without divisions.
pub(crate) fn canonical(name: &str) -> &str {
    if name.starts_with(VERTEX) {
        return VERTEX.trim_end_matches('-');
    }
    SAME.iter().find(|(other, _)| *other == name).map_or(name, |(_, canonical)| canonical)
}

/// Other names of the providers, each with the canonical one.
pub(crate) fn aliases() -> impl Iterator<Item = (&'static str, &'static str)> {
    SAME.iter().copied()
}

/// The provider of a vendor as routers write it before the name of a model (`x-ai/grok-4`).
pub(crate) fn of_vendor(vendor: &str) -> &str {
    match vendor {
        "google" => "gemini",
        "mistralai" => "mistral",
        "x-ai" => "xai",
        "moonshotai" => "moonshot",
        "z-ai" | "zai-org" => "zai",
        "deepseek-ai" => "deepseek",
        "perplexity-ai" => "perplexity",
        vendor => canonical(vendor),
    }
}

/// Whether entries of the provider may be divided by region (`bedrock/eu-west-1/…`, `azure/eu/…`).
pub(crate) fn has_regions(canonical: &str) -> bool {
    matches!(canonical, "azure" | "bedrock")
}
