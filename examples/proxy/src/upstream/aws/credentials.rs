use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use arc_swap::ArcSwapOption;
use aws_config::Region;
use aws_config::default_provider::credentials::DefaultCredentialsChain;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};
use tower_genai_telemetry::Environment;

use super::SignError;
use crate::body::BoxError;
use crate::config::{ConfigError, Fault};
use crate::env::look_up;

/// Credentials are replaced this long before they expire, so that none expires on its way.
const MARGIN: Duration = Duration::from_secs(120);

/// Credentials that do not expire are asked for again after this time, since a file may have been replaced. The SDKs
/// of AWS do the same.
const KEEP: Duration = Duration::from_secs(15 * 60);

/// How long the chain may take: it asks files, then services on the network.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the credentials of an upstream come from: the chain that the SDKs of AWS follow, with what it found last.
///
/// Variables come first (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_SESSION_TOKEN`), then the profile's files, web
/// identity, and the container's and the machine's own. A profile that the configuration names goes before all of them.
pub(crate) struct CredentialSource {
    origin: Origin,
    region: Arc<str>,
    last: ArcSwapOption<Held>,
    /// Held while credentials are fetched, so that one request asks and the others wait for its answer.
    fetching: Mutex<()>,
}

enum Origin {
    Fixed(Credentials),
    Profile(Arc<str>),
    Chain,
}

struct Held {
    credentials: Credentials,
    good_until: Instant,
}

impl CredentialSource {
    /// The source for a profile, or for whoever the environment says. Roles are assumed in the region.
    ///
    /// # Errors
    ///
    /// When the variables say one half of a key pair.
    pub(crate) fn new(
        region: Arc<str>,
        profile: Option<&Arc<str>>,
        env: &dyn Environment,
    ) -> Result<Self, ConfigError> {
        let origin = match profile {
            Some(profile) => Origin::Profile(Arc::clone(profile)),
            None => match from_variables(env)? {
                Some(credentials) => Origin::Fixed(credentials),
                None => Origin::Chain,
            },
        };
        Ok(Self { origin, region, last: ArcSwapOption::empty(), fetching: Mutex::new(()) })
    }

    /// Credentials that are good for a while.
    ///
    /// # Errors
    ///
    /// [`SignError::Credentials`], when there are none or they cannot be had in time.
    pub(super) async fn get(&self) -> Result<Credentials, SignError> {
        if let Origin::Fixed(credentials) = &self.origin {
            return Ok(credentials.clone());
        }
        if let Some(credentials) = self.held() {
            return Ok(credentials);
        }
        // The wait for another request's answer counts too: requests would queue behind one that never comes.
        let error: BoxError = match timeout(PATIENCE, self.renew()).await {
            Ok(Ok(credentials)) => return Ok(credentials),
            Ok(Err(error)) => error.into(),
            Err(_) => format!("nobody said within {PATIENCE:?}").into(),
        };
        self.unexpired().ok_or(SignError::Credentials(error))
    }

    fn held(&self) -> Option<Credentials> {
        let last = self.last.load();
        last.as_ref().filter(|held| Instant::now() < held.good_until).map(|held| held.credentials.clone())
    }

    /// The last credentials, past the time when they should have been replaced, while they still hold.
    fn unexpired(&self) -> Option<Credentials> {
        let last = self.last.load();
        let credentials = &last.as_ref()?.credentials;
        credentials.expiry().is_none_or(|at| SystemTime::now() < at).then(|| credentials.clone())
    }

    async fn renew(&self) -> aws_credential_types::provider::Result {
        let _fetching = self.fetching.lock().await;
        if let Some(credentials) = self.held() {
            return Ok(credentials);
        }
        // A provider keeps the files it has read: a new one sees those that have been replaced.
        let credentials = self.make().await.provide_credentials().await?;
        let left = credentials.expiry().map_or(KEEP, |at| {
            at.duration_since(SystemTime::now()).unwrap_or_default().saturating_sub(MARGIN)
        });
        let held = Held { credentials: credentials.clone(), good_until: Instant::now() + left };
        self.last.store(Some(Arc::new(held)));
        Ok(credentials)
    }

    async fn make(&self) -> SharedCredentialsProvider {
        let client = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let region = Region::new(self.region.to_string());
        let config =
            ProviderConfig::without_region().with_region(Some(region.clone())).with_http_client(client);
        match &self.origin {
            Origin::Profile(name) => {
                let provider = ProfileFileCredentialsProvider::builder().profile_name(&**name);
                SharedCredentialsProvider::new(provider.configure(&config).build())
            }
            Origin::Fixed(_) | Origin::Chain => {
                let chain = DefaultCredentialsChain::builder().region(region).configure(config);
                SharedCredentialsProvider::new(chain.build().await)
            }
        }
    }
}

fn from_variables(env: &dyn Environment) -> Result<Option<Credentials>, ConfigError> {
    const ID: &str = "AWS_ACCESS_KEY_ID";
    const SECRET: &str = "AWS_SECRET_ACCESS_KEY";
    const TOKEN: &str = "AWS_SESSION_TOKEN";
    let mut faults = Vec::new();
    let mut fault =
        |name: &str, what: String| faults.push(Fault::outside(format!("environment: {name}"), what));
    let [id, secret, token] =
        [ID, SECRET, TOKEN].map(|name| look_up(env, name).map_err(|error| fault(name, error)).ok().flatten());
    let credentials = match (id, secret) {
        (Some(id), Some(secret)) => Some(Credentials::new(id, secret, token, None, "environment")),
        (Some(_), None) => {
            fault(SECRET, format!("must be set, since {ID} is"));
            None
        }
        (None, Some(_)) => {
            fault(ID, format!("must be set, since {SECRET} is"));
            None
        }
        (None, None) => None,
    };
    if faults.is_empty() { Ok(credentials) } else { Err(ConfigError::new(faults)) }
}

impl fmt::Debug for CredentialSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let origin = match &self.origin {
            Origin::Fixed(_) => "variables",
            Origin::Profile(name) => name,
            Origin::Chain => "chain",
        };
        f.debug_struct("CredentialSource").field("origin", &origin).finish_non_exhaustive()
    }
}
