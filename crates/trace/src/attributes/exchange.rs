//! [HTTP spans](https://opentelemetry.io/docs/specs/semconv/http/http-spans/).

use http::header::{HOST, USER_AGENT};
use http::{Method, Version};
use opentelemetry::StringValue;
use tower_genai_core::{End, Exchange, Failure, Head, Role, Route};

use super::{Attributes, OUTCOME, redact, server};
use crate::names;

/// What a server's span says about the request.
pub(crate) fn server_request(head: &Head<'_>, to: &mut Attributes) {
    let parts = &head.parts;
    method(&parts.method, to);
    to.push("url.path", parts.uri.path().to_owned());
    to.maybe("url.query", redact::query(&parts.uri));
    to.push("url.scheme", if head.https() { "https" } else { "http" });
    to.maybe("http.route", head.route().map(|route| std::sync::Arc::<str>::from(route.clone())));
    let text = |name| parts.headers.get(name).and_then(|value: &http::HeaderValue| value.to_str().ok());
    if let Some(authority) = parts.uri.authority().map(http::uri::Authority::as_str).or_else(|| text(HOST)) {
        server(authority, head.https(), to);
    }
    to.text("user_agent.original", text(USER_AGENT));
    to.maybe("network.protocol.version", version(parts.version));
}

/// What a client's span says about the request.
pub(crate) fn client_request(head: &Head<'_>, to: &mut Attributes) {
    method(&head.parts.method, to);
    to.maybe("url.full", redact::url(&head.parts.uri, head.https()));
    client_server(head, to);
}

/// Where a client sends to.
pub(crate) fn client_server(head: &Head<'_>, to: &mut Attributes) {
    sent_to(head.server().map_or("", Route::as_str), head.https(), to);
}

/// The same, for an authority that may be empty.
pub(crate) fn sent_to(authority: &str, https: bool, to: &mut Attributes) {
    server(authority, https, to);
}

/// How often the client had sent the request before.
pub(crate) fn resend_count(head: &Head<'_>, to: &mut Attributes) {
    if head.attempt() > 1 {
        to.push("http.request.resend_count", i64::from(head.attempt()) - 1);
    }
}

/// The reply's status.
pub(crate) fn status(exchange: &Exchange, to: &mut Attributes) {
    to.maybe("http.response.status_code", exchange.status.map(|status| i64::from(status.as_u16())));
}

/// What a span says about the reply.
pub(crate) fn response(exchange: &Exchange, to: &mut Attributes) {
    status(exchange, to);
    if exchange.end == End::Dropped {
        to.push(OUTCOME, "dropped");
    }
}

/// `error.type`, when the exchange counts as an error: for a server from 500 on, for a client from 400 on.
pub(crate) fn error(exchange: &Exchange) -> Option<StringValue> {
    let least = match exchange.role {
        Role::Server => 500,
        Role::Client => 400,
    };
    if let Some(status) = exchange.status.filter(|status| status.as_u16() >= least) {
        return Some(status.as_str().to_owned().into());
    }
    own_error(exchange.end)
}

/// Our word for an exchange that broke off; giving up is no error.
fn own_error(end: End) -> Option<StringValue> {
    match end {
        End::Failed(Failure::Body) => Some("truncated".into()),
        End::Failed(Failure::Panic) => Some("panic".into()),
        End::Failed(_) => Some("_OTHER".into()),
        _ => None,
    }
}

fn method(method: &Method, to: &mut Attributes) {
    if let Some(known) = names::known_method(method) {
        to.push("http.request.method", known);
    } else {
        to.push("http.request.method", "_OTHER");
        to.push("http.request.method_original", method.as_str().to_owned());
    }
}

pub(crate) fn version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}
