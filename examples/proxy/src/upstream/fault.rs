//! Why there is no reply, in words for the client, the record and the log.

use std::error::Error;
use std::io;
use std::time::Duration;

use http::{Response, StatusCode};
use hyper_util::client::legacy;
use tower_genai_core::ErrorOrigin;

use super::aws::SignError;
use super::connector::ConnectTimeout;
use crate::blame::Blame;
use crate::body::Body;
use crate::reply;

/// Why an upstream gave no head of a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Failure {
    kind: &'static str,
    status: StatusCode,
    origin: ErrorOrigin,
    what: &'static str,
    cause: String,
}

impl Failure {
    /// The upstream took too long.
    pub(super) fn silent(limit: Duration) -> Self {
        Self {
            kind: "timeout",
            status: StatusCode::GATEWAY_TIMEOUT,
            origin: ErrorOrigin::Upstream,
            what: "did not answer in time",
            cause: format!("no reply within {limit:?}"),
        }
    }

    /// The client stopped sending.
    pub(super) fn stalled(limit: Duration) -> Self {
        Self {
            kind: "timeout",
            status: StatusCode::REQUEST_TIMEOUT,
            origin: ErrorOrigin::Client,
            what: "did not get the whole request",
            cause: format!("the client sent nothing for {limit:?}"),
        }
    }

    /// The client broke off while sending.
    pub(super) fn broken_upload() -> Self {
        Self {
            kind: "truncated",
            status: StatusCode::BAD_REQUEST,
            origin: ErrorOrigin::Client,
            what: "did not get the whole request",
            cause: "the client broke off".to_owned(),
        }
    }

    /// The request is larger than what is signed.
    pub(super) fn too_large(limit: usize) -> Self {
        Self {
            kind: "request_too_large",
            status: StatusCode::PAYLOAD_TOO_LARGE,
            origin: ErrorOrigin::Client,
            what: "was not sent the request",
            cause: format!("a request that is signed may have {limit} bytes"),
        }
    }

    /// The request could not be signed. Why is for the operator: a helper that was asked for credentials may have said
    /// anything.
    pub(super) fn unsigned(error: &SignError, upstream: &str) -> Self {
        tracing::warn!(upstream, cause = chain(error), "{error}");
        Self {
            kind: match error {
                SignError::Credentials(_) => "credentials",
                SignError::Request(_) => "signature",
            },
            status: StatusCode::BAD_GATEWAY,
            origin: ErrorOrigin::Proxy,
            what: "was not sent the request",
            cause: format!("{error}: the log of the proxy says why"),
        }
    }

    pub(super) fn of(error: &legacy::Error) -> Self {
        let cause = chain(error);
        let bad_gateway = |kind, what| Self {
            kind,
            status: StatusCode::BAD_GATEWAY,
            origin: ErrorOrigin::Upstream,
            what,
            cause: cause.clone(),
        };
        if find::<ConnectTimeout>(error).is_some() {
            let status = StatusCode::GATEWAY_TIMEOUT;
            return Self { status, ..bad_gateway("timeout", "could not be reached in time") };
        }
        if find::<rustls::Error>(error).is_some() {
            return bad_gateway("tls", "could not be reached securely");
        }
        if error.is_connect() {
            return bad_gateway("connect", "could not be reached");
        }
        if find::<hyper::Error>(error).is_some_and(hyper::Error::is_parse) {
            return bad_gateway("protocol", "sent something that is not HTTP");
        }
        bad_gateway("truncated", "closed the connection without a reply")
    }

    /// Tells the client, the record and the log.
    pub(super) fn report(self, upstream: &str, blame: &Blame) -> Response<Body> {
        let Self { kind, status, origin, what, cause } = self;
        blame.put(kind, origin);
        let trace_id = blame.trace_id();
        tracing::warn!(upstream, error.r#type = kind, status = status.as_u16(), cause, trace_id, "no reply");
        let message = format!("upstream `{upstream}` {what}: {cause}");
        reply::upstream_error(status, kind, upstream, &message, &cause)
    }
}

/// The next cause. An `io::Error` that wraps another error names that one's cause as its own and skips the error itself.
fn next<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e (dyn Error + 'static)> {
    if let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        return Some(inner);
    }
    error.source()
}

fn find<'e, E: Error + 'static>(error: &'e (dyn Error + 'static)) -> Option<&'e E> {
    std::iter::successors(Some(error), |error| next(*error)).find_map(|error| error.downcast_ref())
}

/// The texts of the causes, outermost first; a text that only repeats the next one is left out.
pub(super) fn chain(error: &(dyn Error + 'static)) -> String {
    let texts: Vec<String> =
        std::iter::successors(next(error), |error| next(*error)).map(ToString::to_string).collect();
    let mut parts: Vec<&str> = Vec::with_capacity(texts.len());
    for (n, text) in texts.iter().enumerate() {
        if !texts.get(n + 1).is_some_and(|following| text.contains(following.as_str())) {
            parts.push(text);
        }
    }
    if parts.is_empty() { error.to_string() } else { parts.join(": ") }
}
