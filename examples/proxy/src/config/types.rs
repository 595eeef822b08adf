//! The configuration as the rest of the proxy sees it: parsed, checked, secrets read.

use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use http::header::HeaderName;
use http::uri::{Authority, Scheme};
use ipnet::IpNet;
use rustls::pki_types::CertificateDer;
use tower_genai_core::drain::DrainPolicy;
use tower_genai_cost::{Catalogue, CatalogueError, Override, Pricing};
use tower_genai_trace::Trust;

use super::{ContentConfig, MetricsConfig};
use crate::price_file::Stamp;

/// Everything an operator can say.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the proxy listens.
    pub listen: SocketAddr,
    /// From the first `SIGTERM`, when readiness fails, until no new connection is accepted.
    pub drain_delay: Duration,
    /// How long calls in flight may take to finish after that.
    pub drain_timeout: Duration,
    /// Whether a credential that no [`ClientConfig`] knows is refused; `None` when the file does not say.
    pub require_client: Option<bool>,
    /// What happens to replies whose clients have left; by default they are given up.
    pub drain: DrainPolicy,
    /// Peers whose identity headers count.
    pub trusted_peers: Vec<IpNet>,
    /// `/metrics`, `/spend` and `/health`.
    pub admin: AdminConfig,
    /// Where requests can go.
    pub upstreams: Vec<UpstreamConfig>,
    /// Who is known.
    pub clients: Vec<ClientConfig>,
    /// Where finished calls are logged.
    pub call_log: Option<CallLogConfig>,
    /// How calls are priced.
    pub pricing: PricingConfig,
    /// Whether clients are told what their calls cost.
    pub cost_header: Option<CostHeaderConfig>,
    /// How calls are measured.
    pub metrics: MetricsConfig,
    /// What of the content of calls may be seen.
    pub content: ContentConfig,
    /// What is believed of clients' traces, where it is said: see [`trust`](Self::trust()).
    pub trust: Option<Trust>,
}

impl Config {
    /// The default address: LiteLLM's port, on loopback.
    pub const LISTEN: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 4000);
    /// The default of [`drain_delay`](Self::drain_delay).
    pub const DRAIN_DELAY: Duration = Duration::from_secs(5);
    /// The default of [`drain_timeout`](Self::drain_timeout).
    pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(120);

    /// What is believed of clients' traces. Unless it is said, those on this machine are trusted, and those that come to
    /// any other address are linked only: they would decide what is exported.
    pub fn trust(&self) -> Trust {
        let nearby = if self.listen.ip().is_loopback() { Trust::Trust } else { Trust::LinkOnly };
        self.trust.unwrap_or(nearby)
    }
}

/// Where `/metrics`, `/spend` and `/health` are served, and to whom.
#[derive(Clone, Debug, Default)]
pub struct AdminConfig {
    /// A listener of their own; without one they are served beside the traffic.
    pub listen: Option<SocketAddr>,
    /// The bearer token that opens them.
    pub token: Option<Secret>,
    /// Whether they need no token although they can be reached from elsewhere.
    pub open: bool,
}

/// One place where requests can go.
#[derive(Clone, Debug)]
pub struct UpstreamConfig {
    /// The operator's name for it, in records and error bodies.
    pub name: Arc<str>,
    /// The value of `gen_ai.provider.name`; derived from the host when absent.
    pub provider: Option<Arc<str>>,
    /// Which paths lead here.
    pub routes: Vec<Route>,
    /// Whether streams are asked for their usage although the client did not, and the client is kept from seeing it.
    pub stream_usage: bool,
    /// Whether it gets the clients' baggage, and, where it is no host nearby, their trace state and their headers of other
    /// tracing systems: see [`Outgoing`](tower_genai_trace::Outgoing).
    pub forward_baggage: bool,
    /// What answers.
    pub backend: Backend,
}

/// A path prefix that leads to an upstream. It matches whole segments; the longest prefix wins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// `/openai`, or `/` for the rest.
    pub prefix: String,
    /// Whether the prefix is removed before forwarding.
    pub strip: bool,
}

/// What answers the requests of an upstream.
#[derive(Clone, Debug)]
pub enum Backend {
    /// A provider over the network.
    Remote(Box<Remote>),
    /// The provider that is built in and needs no key.
    Demo,
}

/// A provider over the network.
#[derive(Clone, Debug)]
pub struct Remote {
    /// `http` or `https`.
    pub scheme: Scheme,
    /// Host and port.
    pub authority: Authority,
    /// What goes before the path; empty or `/like/this`.
    pub base_path: String,
    /// The key that is put in where a client's own was taken out.
    pub api_key: Option<Secret>,
    /// Which header carries the key.
    pub credential: Credential,
    /// How requests are signed, where a signature takes the place of a key.
    pub signing: Option<AwsSigning>,
    /// How long things may take.
    pub timeouts: Timeouts,
    /// Authorities trusted beside the platform's.
    pub ca: Vec<CertificateDer<'static>>,
}

/// AWS Signature Version 4, by the credentials that the SDKs of AWS would use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsSigning {
    /// The region, such as `us-east-1`.
    pub region: Arc<str>,
    /// The service's name in signatures: `bedrock`.
    pub service: Arc<str>,
    /// The profile of the AWS configuration files; `None` for the usual chain.
    pub profile: Option<Arc<str>>,
}

impl AwsSigning {
    /// The service of Bedrock's runtime endpoints.
    pub const BEDROCK: &str = "bedrock";

    /// The region in a host of AWS: `bedrock-runtime.us-east-1.amazonaws.com`, also behind a VPC endpoint's own name.
    pub fn region_of(host: &str) -> Option<&str> {
        let rest = host.strip_suffix(".amazonaws.com").or_else(|| host.strip_suffix(".amazonaws.com.cn"))?;
        let rest = rest.strip_suffix(".vpce").unwrap_or(rest);
        let region = rest.rsplit_once('.').map(|(_, region)| region)?;
        // `us-east-1`, `us-gov-west-1`.
        let ends_in_number = region.rsplit_once('-').is_some_and(|(_, number)| number.parse::<u8>().is_ok());
        ends_in_number.then_some(region)
    }
}

/// Which header a provider reads its key from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Credential {
    /// `Authorization: Bearer`.
    Bearer,
    /// `x-api-key`: Anthropic.
    XApiKey,
    /// `api-key`: Azure.
    ApiKey,
    /// `x-goog-api-key`: Gemini.
    XGoogApiKey,
}

const AZURE: [&str; 3] = [".openai.azure.com", ".cognitiveservices.azure.com", ".services.ai.azure.com"];

impl Credential {
    /// The header of a provider, by its `gen_ai.provider.name` and by the host of its address.
    pub fn of(provider: Option<&str>, host: &str) -> Self {
        match provider {
            Some("anthropic") => Self::XApiKey,
            Some("azure.ai.openai" | "azure.ai.inference") => Self::ApiKey,
            Some("gcp.gemini") => Self::XGoogApiKey,
            None if host == "api.anthropic.com" => Self::XApiKey,
            None if host == "generativelanguage.googleapis.com" => Self::XGoogApiKey,
            None if AZURE.iter().any(|suffix| host.ends_with(suffix)) => Self::ApiKey,
            _ => Self::Bearer,
        }
    }
}

/// How long an upstream may take. There is no total: reasoning calls are long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Name resolution, TCP, a tunnel through a forward proxy, and TLS, together.
    pub connect: Duration,
    /// From the last byte of the request that could be sent until the head of the reply.
    pub response_head: Duration,
    /// Between two frames of the reply's body.
    pub idle: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(5),
            response_head: Duration::from_secs(600),
            idle: Duration::from_secs(300),
        }
    }
}

/// Someone who may call, known by the SHA-256 of the credential they send.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientConfig {
    /// 64 lower-case hex digits.
    pub key_sha256: String,
    /// The name operators gave the credential.
    pub alias: String,
    /// The team that pays.
    pub team: Option<String>,
    /// The account the credential belongs to.
    pub user: Option<String>,
}

/// How calls are priced: by the operator's own prices, then by the operator's file, then by what is built in.
#[derive(Clone, Debug, Default)]
pub struct PricingConfig {
    /// A price file in LiteLLM's format.
    pub file: Option<PriceFileConfig>,
    /// Prices of the operator's own.
    pub overrides: Vec<Override>,
    /// The models behind names of the operator's own, such as Azure's deployments.
    pub deployments: Vec<(String, String)>,
    /// What is taken from prices, by provider or model: see [`PricingBuilder::discount`](tower_genai_cost::PricingBuilder::discount).
    pub discounts: Vec<(String, String)>,
    /// What is added to them: see [`PricingBuilder::margin`](tower_genai_cost::PricingBuilder::margin).
    pub margins: Vec<MarginConfig>,
    /// Whether the amounts that providers state are charged instead of the catalogue's.
    pub prefer_stated: bool,
}

/// A price file that has been read.
#[derive(Clone, Debug)]
pub struct PriceFileConfig {
    /// Where it is; it is read again when it changes.
    pub path: PathBuf,
    /// What was read.
    pub catalogue: Catalogue,
    pub(crate) stamp: Stamp,
}

/// What is added to the price of calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MarginConfig {
    /// `global`, a provider, or `provider/models`.
    pub key: String,
    /// A part of the price: `0.1` is ten percent.
    pub percentage: Option<String>,
    /// US dollars for each call.
    pub fixed_amount: Option<String>,
}

impl PricingConfig {
    /// The pricing; models that the file does not know are priced by `embedded`.
    ///
    /// # Errors
    ///
    /// What is wrong with the operator's own prices.
    pub fn build(&self, embedded: &Arc<Catalogue>) -> Result<Pricing, CatalogueError> {
        let catalogue = match &self.file {
            Some(file) => file.catalogue.clone().with_fallback(Arc::clone(embedded)),
            None => Catalogue::clone(embedded),
        };
        let mut builder = Pricing::builder(catalogue).prefer_stated(self.prefer_stated);
        for prices in &self.overrides {
            builder = builder.override_with(prices.clone());
        }
        for (name, model) in &self.deployments {
            builder = builder.deployment(name, model);
        }
        for (key, percentage) in &self.discounts {
            builder = builder.discount(key, percentage);
        }
        for MarginConfig { key, percentage, fixed_amount } in &self.margins {
            builder = builder.margin(key, percentage.as_deref(), fixed_amount.as_deref());
        }
        builder.build()
    }
}

/// Whether clients are told what their calls cost, in `x-genai-cost-usd`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CostHeaderConfig {
    /// Whole replies of so many bytes are held back for it; streams tell it in a trailer and are not.
    pub max_body: u64,
}

/// Where finished calls are logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallLogConfig {
    /// A file; `-` is the standard output.
    pub path: PathBuf,
    /// A request header that is copied into the line.
    pub echo_header: Option<HeaderName>,
}

/// A text that never shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Hides a text.
    pub fn new(text: impl Into<Arc<str>>) -> Self {
        Self(text.into())
    }

    /// The text itself: for a header that is sent, or a comparison.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}
