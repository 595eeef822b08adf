//! Posts one body.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use rustls::{ClientConfig, RootCertStore};

use crate::config::{Endpoint, Headers};
use crate::stats::FailureReason;

/// An answer is a small message; more is no collector.
const MAX_ANSWER: usize = 64 * 1024;

pub(super) struct Client {
    http: hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    endpoint: Endpoint,
    headers: HeaderMap,
}

/// Why one attempt failed.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum ClientError {
    /// No connection.
    Connect(String),
    /// The collector said no; perhaps it said when to come again.
    Status(StatusCode, Option<Duration>),
    /// The connection broke, or the answer makes no sense.
    Transport(String),
    /// It took too long.
    Timeout,
    /// Shutdown does not wait.
    Shutdown,
}

impl ClientError {
    pub(super) const fn reason(&self) -> FailureReason {
        match self {
            Self::Connect(_) => FailureReason::Connect,
            Self::Status(..) => FailureReason::Status,
            Self::Transport(_) => FailureReason::Transport,
            Self::Timeout => FailureReason::Timeout,
            Self::Shutdown => FailureReason::Shutdown,
        }
    }
}

impl fmt::Display for ClientError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connect(cause) | Self::Transport(cause) => f.write_str(cause),
            Self::Status(status, _) => write!(f, "status {status}"),
            Self::Timeout => f.write_str("no answer in time"),
            Self::Shutdown => f.write_str("given up at shutdown"),
        }
    }
}

impl Client {
    /// # Errors
    ///
    /// The endpoint needs TLS and there are no roots to trust.
    pub(super) fn new(endpoint: Endpoint, headers: &Headers) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        if endpoint.is_https() {
            let found = rustls_native_certs::load_native_certs();
            roots.add_parsable_certificates(found.certs);
            if roots.is_empty() {
                let causes: Vec<_> = found.errors.iter().map(ToString::to_string).collect();
                return Err(format!(
                    "the platform has no root certificates to trust [{}]",
                    causes.join("; ")
                ));
            }
        }
        let tls = ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| error.to_string())?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let mut connector = HttpConnector::new();
        connector.enforce_http(false);
        connector.set_nodelay(true);
        let connector = HttpsConnectorBuilder::new()
            .with_tls_config(tls)
            .https_or_http()
            .enable_http1()
            .wrap_connector(connector);
        let http = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(1)
            .build(connector);
        let mut headers = headers.as_map().clone();
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(concat!(
            "tower-genai-telemetry/",
            env!("CARGO_PKG_VERSION")
        )));
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-protobuf"));
        Ok(Self { http, endpoint, headers })
    }

    pub(super) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Posts the body and returns the answer's, if its status is 2xx.
    pub(super) async fn post(&self, body: Bytes) -> Result<Bytes, ClientError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.uri().clone();
        *request.headers_mut() = self.headers.clone();
        let answer = self.http.request(request).await.map_err(|error| {
            let cause = root_cause(&error);
            if error.is_connect() { ClientError::Connect(cause) } else { ClientError::Transport(cause) }
        })?;
        let status = answer.status();
        if !status.is_success() {
            return Err(ClientError::Status(status, retry_after(answer.headers())));
        }
        let body = Limited::new(answer.into_body(), MAX_ANSWER).collect().await;
        Ok(body.map_err(|error| ClientError::Transport(root_cause(&*error)))?.to_bytes())
    }
}

/// What lies at the bottom: `connection refused`, not `client error (Connect)`.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    let mut cause = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    match cause.downcast_ref::<std::io::Error>() {
        Some(error) if error.raw_os_error().is_some() => error.kind().to_string(),
        _ => cause.to_string(),
    }
}

/// Seconds; a date is no use to a client whose clock may be off.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
