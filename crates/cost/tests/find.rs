//! Which entry a call is priced by.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::sync::Arc;

use tower_genai_core::PriceSource;
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
        (
            "aws.bedrock",
            "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-5-20250929-v1:0",
            Some("anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ),
        (
            "aws.bedrock",
            "anthropic.claude-sonnet-4-5-20250929-v1:0:200k",
            Some("anthropic.claude-sonnet-4-5-20250929-v1:0"),
        ),
        ("aws.bedrock", "arn:aws:bedrock:us-east-1:1:application-inference-profile/a1b2c3", None),
        // The region of an ARN has prices of its own.
        (
            "aws.bedrock",
            "arn:aws:bedrock:ap-south-1::foundation-model/meta.llama3-8b-instruct-v1:0",
            Some("bedrock/ap-south-1/meta.llama3-8b-instruct-v1:0"),
        ),
        // LiteLLM's divisions of a provider are the provider.
        ("gcp.vertex_ai", "claude-sonnet-4-5@20250929", Some("vertex_ai/claude-sonnet-4-5@20250929")),
        ("bedrock_converse", "amazon.nova-pro-v1:0", Some("amazon.nova-pro-v1:0")),
        ("gcp.gen_ai", "gemini-2.5-flash", Some("gemini/gemini-2.5-flash")),
        ("voyage_ai", "voyage-3.5", Some("voyage/voyage-3.5")),
        ("gcp.vertex_ai", "publishers/google/models/gemini-2.5-pro", Some("gemini-2.5-pro")),
        ("gcp.vertex_ai", "gemini-2.5-flash-001", Some("gemini-2.5-flash")),
        // Snapshots without an entry, fine-tuned models.
        ("openai", "gpt-4o-2024-05-13", Some("gpt-4o-2024-05-13")),
        ("openai", "gpt-4o-2031-05-13", Some("gpt-4o")),
        ("openai", "ft:gpt-4o-2024-08-06:acme::8xY1z", Some("ft:gpt-4o-2024-08-06")),
        ("openai", "ft:gpt-5.4:acme::8xY1z", None),
        ("openai", "gpt-4o-mini-latest", Some("gpt-4o-mini")),
        // Another provider's price is no price.
        ("azure", "claude-sonnet-4-5", None),
        ("groq", "gpt-4o", None),
        ("openai", "no-such-model", None),
        ("corporate-gateway", "gpt-4o", None),
        ("ollama", "gpt-4o", None),
        ("anthropic", "openai/gpt-4o", None),
        // A router, which the catalogue has no entries of: the vendor's price.
        ("openrouter", "gpt-4o", None),
        ("openrouter", "openai/gpt-4o", Some("gpt-4o")),
        ("openrouter", "anthropic/claude-sonnet-4.5", Some("claude-sonnet-4-5")),
        ("openrouter", "no-such-vendor/gpt-4o", None),
        ("huggingface", "deepseek-ai/deepseek-chat", Some("deepseek-chat")),
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

#[test]
fn a_regions_own_price_goes_before_the_common_one() {
    let catalogue = Catalogue::embedded();
    let found = |provider, region, model| {
        catalogue.find_in_region(Some(provider), Some(region), model).map(Entry::name)
    };
    let model = "meta.llama3-8b-instruct-v1:0";
    assert_eq!(
        found("aws.bedrock", "ap-south-1", model),
        Some("bedrock/ap-south-1/meta.llama3-8b-instruct-v1:0")
    );
    assert_eq!(found("aws.bedrock", "eu-west-9", model), Some(model));
    assert_eq!(found("azure.ai.openai", "eu", "gpt-4o-2024-08-06"), Some("azure/eu/gpt-4o-2024-08-06"));
    assert_eq!(found("openai", "eu", "gpt-4o"), Some("gpt-4o"));
}

#[test]
fn what_a_file_does_not_have_the_fallback_has() {
    let file = br#"{"gpt-4o": {"litellm_provider": "openai", "input_cost_per_token": 1}}"#;
    let catalogue =
        Catalogue::from_litellm_json(file).unwrap().with_fallback(Arc::new(Catalogue::embedded()));
    let source = |model| catalogue.find(Some("openai"), model).map(Entry::source);
    assert_eq!(source("gpt-4o"), Some(PriceSource::PriceFile));
    assert_eq!(source("gpt-4o-mini"), Some(PriceSource::Embedded));
    assert_eq!(source("no-such-model"), None);
    assert_eq!(catalogue.len(), 1);
}
