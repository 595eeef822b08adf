//! Providers under the names of their several authorities.

/// A provider as LiteLLM knows it: the providers its entries state, and what the names of its entries begin with.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Family<'a> {
    /// One whose names differ between OpenTelemetry and LiteLLM.
    Known { providers: &'static [&'static str], prefixes: &'static [&'static str] },
    /// One that has one name.
    Named([&'a str; 1]),
}

impl<'a> Family<'a> {
    /// The family of a provider, by its `gen_ai.provider.name` or LiteLLM's name.
    ///
    /// OpenTelemetry's names are those of the GenAI conventions' registry; LiteLLM's are what `litellm_provider` says in
    /// its price file.
    pub(crate) fn of(name: &'a str) -> Self {
        let (providers, prefixes): (&[&str], &[&str]) = match name {
            "openai" => (&["openai", "text-completion-openai"], &["openai"]),
            "azure.ai.openai" | "az.ai.openai" | "azure" => (&["azure", "azure_text"], &["azure"]),
            "azure.ai.inference" | "az.ai.inference" => (&["azure_ai"], &["azure_ai"]),
            "aws.bedrock" | "bedrock" => (&["bedrock", "bedrock_converse"], &["bedrock"]),
            "gcp.gemini" => (&["gemini"], &["gemini"]),
            "gcp.vertex_ai" => (&["vertex_ai"], &["vertex_ai"]),
            "gcp.gen_ai" => (&["gemini", "vertex_ai"], &["gemini", "vertex_ai"]),
            "cohere" => (&["cohere", "cohere_chat"], &["cohere"]),
            "mistral_ai" => (&["mistral"], &["mistral"]),
            "x_ai" => (&["xai"], &["xai"]),
            "moonshot_ai" => (&["moonshot"], &["moonshot"]),
            "ibm.watsonx.ai" => (&["watsonx"], &["watsonx"]),
            "together" => (&["together_ai"], &["together_ai"]),
            "fireworks" => (&["fireworks_ai"], &["fireworks_ai"]),
            name => return Self::Named([name]),
        };
        Self::Known { providers, prefixes }
    }

    /// The family of a vendor as routers write it before the name of a model (`x-ai/grok-4`).
    pub(crate) fn of_vendor(vendor: &'a str) -> Self {
        Self::of(match vendor {
            "google" => "gcp.gemini",
            "mistralai" => "mistral_ai",
            "x-ai" => "x_ai",
            "moonshotai" => "moonshot_ai",
            "z-ai" => "zai",
            vendor => vendor,
        })
    }

    /// What names of entries may begin with.
    pub(crate) fn prefixes(&self) -> &[&'a str] {
        match self {
            Self::Known { prefixes, .. } => prefixes,
            Self::Named(name) => name,
        }
    }

    /// What entries may state as their provider.
    pub(crate) fn providers(&self) -> &[&'a str] {
        match self {
            Self::Known { providers, .. } => providers,
            Self::Named(name) => name,
        }
    }

    /// Whether an entry's provider belongs to the family. LiteLLM divides some (`vertex_ai-anthropic_models`).
    pub(crate) fn owns(&self, provider: &str) -> bool {
        self.providers().contains(&family_name(provider)) || self.providers().contains(&provider)
    }
}

/// The provider without LiteLLM's divisions of it.
pub(crate) fn family_name(provider: &str) -> &str {
    provider.split_once('-').map_or(provider, |(family, _)| family)
}
