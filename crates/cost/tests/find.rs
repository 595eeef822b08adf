//! Which entry a call is priced by.

use tower_genai_cost::{Catalogue, Entry};

#[test]
fn the_entry_is_that_of_the_provider() {
    let catalogue = Catalogue::embedded();
    let found = |provider, model| catalogue.find(provider, model).map(Entry::name);
    for (provider, model, expected) in [
        // The provider's own name, plain or with its prefix.
        ("openai", "gpt-4o-mini", Some("gpt-4o-mini")),
        ("anthropic", "claude-sonnet-4-5", Some("claude-sonnet-4-5")),
        ("azure.ai.openai", "gpt-4o-2024-08-06", Some("azure/gpt-4o-2024-08-06")),
        ("azure", "gpt-4o-2024-08-06", Some("azure/gpt-4o-2024-08-06")),
        ("mistral_ai", "mistral-large-latest", Some("mistral/mistral-large-latest")),
        ("x_ai", "grok-4.5", Some("xai/grok-4.5")),
        ("gcp.gemini", "gemini-2.5-flash", Some("gemini/gemini-2.5-flash")),
        ("gcp.gemini", "models/gemini-2.5-flash", Some("gemini/gemini-2.5-flash")),
        ("gcp.vertex_ai", "gemini-2.5-flash", Some("gemini-2.5-flash")),
        ("deepseek", "deepseek-chat", Some("deepseek-chat")),
        (
            "together_ai",
            "meta-llama/Llama-3.3-70B-Instruct-Turbo",
            Some("together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo"),
        ),
        // A name that carries the prefix already.
        ("azure", "azure/gpt-4o-2024-08-06", Some("azure/gpt-4o-2024-08-06")),
        // Bedrock: regions and ARNs.
        (
            "aws.bedrock",
            "eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
            Some("eu.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ),
        ("aws.bedrock", "au.amazon.nova-pro-v1:0", Some("amazon.nova-pro-v1:0")),
        (
            "aws.bedrock",
            "arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-5-20250929-v1:0",
            Some("us.anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ),
        // Snapshots without an entry, fine-tuned models.
        ("openai", "gpt-4o-2024-05-13", Some("gpt-4o-2024-05-13")),
        ("openai", "gpt-4o-2031-05-13", Some("gpt-4o")),
        ("openai", "ft:gpt-4o-2024-08-06:acme::8xY1z", Some("ft:gpt-4o-2024-08-06")),
        ("openai", "ft:gpt-5.4:acme::8xY1z", None),
        // Another provider's price is no price.
        ("azure", "claude-sonnet-4-5", None),
        ("groq", "gpt-4o", None),
        ("openai", "no-such-model", None),
        // A provider that is not in the catalogue: a gateway, a router.
        ("corporate-gateway", "gpt-4o", Some("gpt-4o")),
        ("openrouter", "openai/gpt-4o", Some("gpt-4o")),
        ("openrouter", "google/gemini-2.5-flash", Some("gemini/gemini-2.5-flash")),
        ("openrouter", "x-ai/grok-4.5", Some("xai/grok-4.5")),
    ] {
        assert_eq!(found(Some(provider), model), expected, "{provider} {model}");
    }
    assert_eq!(found(None, "gpt-4o"), Some("gpt-4o"));
    assert_eq!(found(None, "azure/gpt-4o-2024-08-06"), Some("azure/gpt-4o-2024-08-06"));
    assert_eq!(found(None, "acme/gpt-4o"), None);
    assert_eq!(found(None, ""), None);
}
