//! Host names of well-known providers.

/// How a host name is compared.
enum Host {
    /// The whole name.
    Is(&'static str),
    /// The end of the name, its leading dot or dash included.
    EndsWith(&'static str),
    /// Start and end of the name.
    Between(&'static str, &'static str),
}

use Host::{Between, EndsWith, Is};

const PROVIDERS: &[(Host, &str)] = &[
    (Is("api.openai.com"), "openai"),
    (EndsWith(".api.openai.com"), "openai"),
    (EndsWith(".openai.azure.com"), "azure.ai.openai"),
    (EndsWith(".cognitiveservices.azure.com"), "azure.ai.openai"),
    (EndsWith(".services.ai.azure.com"), "azure.ai.inference"),
    (EndsWith(".inference.ai.azure.com"), "azure.ai.inference"),
    (EndsWith(".models.ai.azure.com"), "azure.ai.inference"),
    (Is("api.anthropic.com"), "anthropic"),
    (Between("bedrock-runtime.", ".amazonaws.com"), "aws.bedrock"),
    (Between("bedrock-runtime-fips.", ".amazonaws.com"), "aws.bedrock"),
    (Between("bedrock-runtime.", ".amazonaws.com.cn"), "aws.bedrock"),
    // Dual stack, and Bedrock's servers that speak as OpenAI's do.
    (Between("bedrock-runtime.", ".api.aws"), "aws.bedrock"),
    (Between("bedrock-runtime-fips.", ".api.aws"), "aws.bedrock"),
    (Between("bedrock-mantle.", ".api.aws"), "aws.bedrock"),
    (Is("generativelanguage.googleapis.com"), "gcp.gemini"),
    (Is("aiplatform.googleapis.com"), "gcp.vertex_ai"),
    (EndsWith("-aiplatform.googleapis.com"), "gcp.vertex_ai"),
    (Between("aiplatform.", ".rep.googleapis.com"), "gcp.vertex_ai"),
    (Is("api.cohere.com"), "cohere"),
    (Is("api.cohere.ai"), "cohere"),
    (Is("api.groq.com"), "groq"),
    (Is("api.mistral.ai"), "mistral_ai"),
    (Is("codestral.mistral.ai"), "mistral_ai"),
    (Is("api.deepseek.com"), "deepseek"),
    (Is("api.x.ai"), "x_ai"),
    (EndsWith(".api.x.ai"), "x_ai"),
    (Is("api.perplexity.ai"), "perplexity"),
    (Is("openrouter.ai"), "openrouter"),
    (Is("api.together.xyz"), "together_ai"),
    (Is("api.together.ai"), "together_ai"),
    (Is("api.voyageai.com"), "voyage_ai"),
    (Is("api.writer.com"), "writer"),
    (Is("api.fireworks.ai"), "fireworks_ai"),
    (Is("api.cerebras.ai"), "cerebras"),
    (Is("api.ai21.com"), "ai21"),
    (Is("api.jina.ai"), "jina_ai"),
    (Is("router.huggingface.co"), "huggingface"),
    (EndsWith(".endpoints.huggingface.cloud"), "huggingface"),
    (Is("ollama.com"), "ollama"),
    (EndsWith(".ml.cloud.ibm.com"), "ibm.watsonx.ai"),
];

/// `gen_ai.provider.name` of a well-known provider's host (a port is ignored, case does not matter).
///
/// Values are the [conventions' well-known
/// ones](https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/) where they name the
/// provider, and in their style where they do not.
///
/// ```
/// use tower_genai_wire::provider_of_host;
///
/// assert_eq!(provider_of_host("api.openai.com"), Some("openai"));
/// assert_eq!(provider_of_host("bedrock-runtime.eu-west-1.amazonaws.com:443"), Some("aws.bedrock"));
/// assert_eq!(provider_of_host("localhost:8000"), None);
/// ```
pub fn provider_of_host(host: &str) -> Option<&'static str> {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => name,
        _ => host,
    };
    let name = name.strip_suffix('.').unwrap_or(name);
    PROVIDERS.iter().find(|(host, _)| host.matches(name)).map(|(_, provider)| *provider)
}

impl Host {
    fn matches(&self, name: &str) -> bool {
        match self {
            Is(host) => name.eq_ignore_ascii_case(host),
            EndsWith(end) => ends_with(name, end),
            Between(start, end) => starts_with(name, start) && ends_with(name, end),
        }
    }
}

fn starts_with(name: &str, start: &str) -> bool {
    name.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn ends_with(name: &str, end: &str) -> bool {
    let tail = name.len().checked_sub(end.len()).filter(|at| *at > 0).and_then(|at| name.get(at..));
    tail.is_some_and(|tail| tail.eq_ignore_ascii_case(end))
}

#[cfg(test)]
mod tests {
    use super::provider_of_host;

    #[test]
    fn hosts() {
        for (host, provider) in [
            ("API.OpenAI.com", Some("openai")),
            ("eu.api.openai.com", Some("openai")),
            ("my-team.openai.azure.com", Some("azure.ai.openai")),
            (".openai.azure.com", None),
            ("us-central1-aiplatform.googleapis.com", Some("gcp.vertex_ai")),
            ("bedrock-runtime.us-east-1.amazonaws.com", Some("aws.bedrock")),
            ("bedrock-runtime-fips.us-gov-west-1.amazonaws.com", Some("aws.bedrock")),
            ("bedrock-runtime.eu-west-1.api.aws", Some("aws.bedrock")),
            ("s3.us-east-1.amazonaws.com", None),
            ("generativelanguage.googleapis.com:443", Some("gcp.gemini")),
            ("aiplatform.googleapis.com", Some("gcp.vertex_ai")),
            ("aiplatform.eu.rep.googleapis.com", Some("gcp.vertex_ai")),
            ("storage.googleapis.com", None),
            ("api.cohere.com", Some("cohere")),
            ("127.0.0.1:11434", None),
            ("api.writer.com:443", Some("writer")),
            ("api.openai.com.evil.example", None),
            ("[::1]:8000", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(provider_of_host(host), provider, "{host}");
        }
    }
}
