//! What serves when no upstream is configured.

use std::sync::Arc;

use http::uri::{Authority, Scheme};
use rustls::pki_types::CertificateDer;
use tower_genai_core::drain::DrainPolicy;

use super::types::{
    AdminConfig, Backend, Config, Credential, PricingConfig, Remote, Route, Timeouts, UpstreamConfig,
};
use super::{ContentConfig, MetricsConfig};

/// Name, which is also the prefix, `gen_ai.provider.name`, and host. The path after the prefix is the provider's own:
/// an SDK's base URL is kept and only its host is replaced, by `http://127.0.0.1:4000/name`.
const PROVIDERS: &[(&str, &str, &str)] = &[
    ("openai", "openai", "api.openai.com"),
    ("anthropic", "anthropic", "api.anthropic.com"),
    ("gemini", "gcp.gemini", "generativelanguage.googleapis.com"),
    ("mistral", "mistral_ai", "api.mistral.ai"),
    ("groq", "groq", "api.groq.com"),
    ("cohere", "cohere", "api.cohere.com"),
    ("deepseek", "deepseek", "api.deepseek.com"),
    ("xai", "x_ai", "api.x.ai"),
    ("perplexity", "perplexity", "api.perplexity.ai"),
    ("moonshot", "moonshot_ai", "api.moonshot.ai"),
    ("openrouter", "openrouter", "openrouter.ai"),
    ("together", "together", "api.together.xyz"),
    ("fireworks", "fireworks", "api.fireworks.ai"),
    ("cerebras", "cerebras", "api.cerebras.ai"),
];

/// Paths without a prefix, as a client sends them whose SDK allows no path in its base URL.
const BARE: &[(&str, &str)] = &[("anthropic", "/v1/messages"), ("gemini", "/v1beta"), ("openai", "/v1")];

const OLLAMA: &str = "127.0.0.1:11434";

impl Config {
    /// The well-known providers by prefix, and the built-in `/demo`.
    pub fn well_known() -> Self {
        Self {
            listen: Self::LISTEN,
            drain_delay: Self::DRAIN_DELAY,
            drain_timeout: Self::DRAIN_TIMEOUT,
            require_client: None,
            drain: DrainPolicy::Abandon,
            trusted_peers: Vec::new(),
            admin: AdminConfig::default(),
            upstreams: UpstreamConfig::well_known(&[]),
            clients: Vec::new(),
            call_log: None,
            pricing: PricingConfig::default(),
            cost_header: None,
            metrics: MetricsConfig::default(),
            content: ContentConfig::default(),
            trust: None,
        }
    }
}

impl UpstreamConfig {
    pub(super) fn well_known(ca: &[CertificateDer<'static>]) -> Vec<Self> {
        let mut all: Vec<Self> = PROVIDERS
            .iter()
            .map(|&(name, provider, host)| {
                let remote = remote(Scheme::HTTPS, host, Credential::of(Some(provider), host), ca);
                Self::at_prefix(name, provider, Backend::Remote(Box::new(remote)))
            })
            .collect();
        let ollama = remote(Scheme::HTTP, OLLAMA, Credential::Bearer, &[]);
        all.push(Self::at_prefix("ollama", "ollama", Backend::Remote(Box::new(ollama))));
        // The built-in provider speaks OpenAI's API and answers as OpenAI's models, so that its calls have a price.
        all.push(Self::at_prefix("demo", "openai", Backend::Demo));
        all
    }

    fn at_prefix(name: &'static str, provider: &'static str, backend: Backend) -> Self {
        let mut routes = vec![Route { prefix: format!("/{name}"), strip: true }];
        routes.extend(
            BARE.iter()
                .filter(|(upstream, _)| *upstream == name)
                .map(|(_, prefix)| Route { prefix: (*prefix).to_owned(), strip: false }),
        );
        Self {
            name: Arc::from(name),
            provider: Some(Arc::from(provider)),
            routes,
            // The built-in provider states its usage unless it is asked not to.
            stream_usage: !matches!(backend, Backend::Demo),
            forward_baggage: false,
            backend,
        }
    }
}

fn remote(
    scheme: Scheme,
    host: &'static str,
    credential: Credential,
    ca: &[CertificateDer<'static>],
) -> Remote {
    Remote {
        scheme,
        authority: Authority::from_static(host),
        base_path: String::new(),
        api_key: None,
        credential,
        signing: None,
        timeouts: Timeouts::default(),
        ca: ca.to_vec(),
    }
}
