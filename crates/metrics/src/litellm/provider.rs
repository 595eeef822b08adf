/// What LiteLLM calls a provider whose `gen_ai.provider.name` this is; the same where it has no other name for it.
pub(crate) fn api_provider(name: &str) -> &str {
    match name {
        "aws.bedrock" => "bedrock",
        "azure.ai.inference" => "azure_ai",
        "azure.ai.openai" => "azure",
        "gcp.gemini" => "gemini",
        "gcp.gen_ai" | "gcp.vertex_ai" => "vertex_ai",
        "ibm.watsonx.ai" => "watsonx",
        "mistral_ai" => "mistral",
        "moonshot_ai" => "moonshot",
        "voyage_ai" => "voyage",
        "x_ai" => "xai",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::api_provider;

    #[test]
    fn providers_have_litellms_names() {
        for (ours, theirs) in [
            ("openai", "openai"),
            ("azure.ai.openai", "azure"),
            ("aws.bedrock", "bedrock"),
            ("gcp.gemini", "gemini"),
            ("together_ai", "together_ai"),
            ("our-own", "our-own"),
            ("", ""),
        ] {
            assert_eq!(api_provider(ours), theirs);
        }
    }
}
