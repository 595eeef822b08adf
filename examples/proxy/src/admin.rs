//! `/metrics`, `/spend` and `/health`: who may see them, and what they say.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use http::header::{ALLOW, AUTHORIZATION};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response, StatusCode};
use serde_json::json;
use sha2::{Digest, Sha256};
use tower::ServiceExt;
use tower::util::BoxCloneSyncService;

use crate::body::{Body, full};
use crate::config::{AdminConfig, Secret};
use crate::reply;
use crate::spend::SpendPage;

const ALLOWED: &str = "GET, HEAD, OPTIONS";

/// Serves a scrape.
pub(crate) type Metrics = BoxCloneSyncService<Request<()>, Response<Body>, Infallible>;

/// Whether new work is welcome.
#[derive(Clone, Debug, Default)]
pub(crate) struct Readiness(Arc<AtomicBool>);

impl Readiness {
    /// From here on load balancers are asked to send requests elsewhere.
    pub(crate) fn withdraw(&self) {
        self.0.store(true, Relaxed);
    }

    fn withdrawn(&self) -> bool {
        self.0.load(Relaxed)
    }
}

/// The operator's paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Page {
    Metrics,
    Spend,
    Liveness,
    Readiness,
}

impl Page {
    /// The path, in the spelling that stands for both.
    pub(crate) const fn path(self) -> &'static str {
        match self {
            Self::Metrics => "/metrics",
            Self::Spend => "/spend",
            Self::Liveness => "/health/liveness",
            Self::Readiness => "/health/readiness",
        }
    }

    pub(crate) fn of(path: &str) -> Option<Self> {
        match path {
            "/metrics" => Some(Self::Metrics),
            "/spend" => Some(Self::Spend),
            // LiteLLM's spelling and the usual one.
            "/health/liveliness" | "/health/liveness" => Some(Self::Liveness),
            "/health/readiness" => Some(Self::Readiness),
            _ => None,
        }
    }
}

/// Answers the operator's paths.
#[derive(Clone)]
pub(crate) struct Admin {
    access: Access,
    readiness: Readiness,
    metrics: Metrics,
    spend: SpendPage,
}

/// Who may see the pages.
#[derive(Clone)]
enum Access {
    Everyone,
    /// Only who sends the token; its hash is kept.
    Token([u8; 32]),
    /// Nobody: the pages can be reached from elsewhere, and there is neither a token nor leave.
    Nobody,
}

impl Access {
    fn new(config: &AdminConfig, loopback: bool) -> Self {
        match &config.token {
            _ if config.open => Self::Everyone,
            Some(token) => Self::Token(digest(token)),
            None if loopback => Self::Everyone,
            None => Self::Nobody,
        }
    }
}

fn digest(token: &Secret) -> [u8; 32] {
    Sha256::digest(token.expose()).into()
}

impl Admin {
    /// Pages of a listener; `loopback` says whether only this machine can reach it.
    pub(crate) fn new(
        config: &AdminConfig,
        loopback: bool,
        readiness: Readiness,
        metrics: Metrics,
        spend: SpendPage,
    ) -> Self {
        let access = Access::new(config, loopback);
        if matches!(access, Access::Nobody) {
            tracing::warn!(
                "/metrics, /spend and /health are refused: the listener can be reached from other machines; \
                 set admin.token_file, or admin.open = true"
            );
        }
        Self { access, readiness, metrics, spend }
    }

    pub(crate) async fn answer(&self, page: Page, head: Parts) -> Response<Body> {
        match head.method {
            Method::OPTIONS => return options(),
            Method::GET | Method::HEAD => {}
            _ => return reply::method_not_allowed(ALLOWED),
        }
        if let Some(refusal) = self.refuse(&head) {
            return refusal;
        }
        match page {
            Page::Liveness => reply::document(StatusCode::OK, &json!({ "status": "alive" })),
            Page::Readiness if self.readiness.withdrawn() => {
                reply::document(StatusCode::SERVICE_UNAVAILABLE, &json!({ "status": "draining" }))
            }
            Page::Readiness => reply::document(StatusCode::OK, &json!({ "status": "ready" })),
            Page::Spend => self.spend.answer(head.uri.query()).await,
            Page::Metrics => {
                let Ok(response) = self.metrics.clone().oneshot(Request::from_parts(head, ())).await;
                response
            }
        }
    }

    fn refuse(&self, head: &Parts) -> Option<Response<Body>> {
        match &self.access {
            Access::Everyone => None,
            Access::Token(expected) => {
                let sent = head.headers.get(AUTHORIZATION).map(HeaderValue::as_bytes).unwrap_or_default();
                let token = match sent.split_at_checked(7) {
                    Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer ") => token.trim_ascii(),
                    _ => &[],
                };
                // Hashes are compared, so that the time it takes tells nothing about the token.
                let right = <[u8; 32]>::from(Sha256::digest(token)) == *expected;
                (!right).then(|| reply::unauthorized("this page needs the bearer token of admin.token_file"))
            }
            Access::Nobody => Some(reply::error(
                StatusCode::FORBIDDEN,
                "admin_closed",
                "this page is closed on an address that other machines can reach; \
                 set admin.token_file, or admin.open = true",
            )),
        }
    }
}

fn options() -> Response<Body> {
    let mut response = Response::new(full(""));
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(ALLOWED));
    response
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Admin").field("readiness", &self.readiness).finish_non_exhaustive()
    }
}
