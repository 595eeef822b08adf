//! Where credentials are found in a request, how they are taken out, and where a provider wants its own.

use std::borrow::Cow;
use std::fmt::Write as _;

use http::Uri;
use http::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue, SEC_WEBSOCKET_PROTOCOL};
use http::request::Parts;
use http::uri::PathAndQuery;
use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

use crate::config::{Credential, Secret};

/// Headers that carry nothing but a key.
const KEY_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-goog-api-key"),
];

/// Browsers cannot set headers on a WebSocket: OpenAI's clients then offer the key as a protocol.
const IN_PROTOCOL: &[u8] = b"openai-insecure-api-key.";

/// Every key in the request, in the order in which they are believed.
pub(super) fn keys(head: &Parts) -> Vec<Cow<'_, [u8]>> {
    let mut found = Vec::new();
    for value in head.headers.get_all(AUTHORIZATION) {
        // Signatures and passwords identify no key.
        if let Some((scheme, token)) = value.as_bytes().split_at_checked(7)
            && scheme.eq_ignore_ascii_case(b"bearer ")
        {
            found.push(Cow::Borrowed(token.trim_ascii()));
        }
    }
    for name in &KEY_HEADERS {
        found.extend(head.headers.get_all(name).iter().map(|value| Cow::Borrowed(value.as_bytes())));
    }
    let query = head.uri.query().unwrap_or_default();
    found.extend(
        protocols(&head.headers).filter_map(|protocol| protocol.strip_prefix(IN_PROTOCOL)).map(Cow::Borrowed),
    );
    found.extend(query.split('&').filter_map(key_parameter).map(|key| percent_decode_str(key).into()));
    found.retain(|credential| !credential.is_empty());
    found
}

fn key_parameter(pair: &str) -> Option<&str> {
    pair.strip_prefix("key=").or_else(|| pair.strip_prefix("api-key="))
}

/// The protocols a client offers to speak over a WebSocket.
fn protocols(headers: &HeaderMap) -> impl Iterator<Item = &[u8]> {
    let lines = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    lines.flat_map(|line| line.as_bytes().split(|byte| *byte == b',')).map(<[u8]>::trim_ascii)
}

/// The SHA-256 in hex, as LiteLLM shows it.
pub(super) fn hash(credential: &[u8]) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(credential) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// Takes the credentials out of every place, the query included.
pub(super) fn remove(head: &mut Parts) {
    remove_headers(&mut head.headers);
    if head.uri.query().is_some_and(|query| query.split('&').any(|pair| key_parameter(pair).is_some())) {
        remove_key_parameter(&mut head.uri);
    }
}

fn remove_headers(headers: &mut HeaderMap) {
    headers.remove(AUTHORIZATION);
    for name in &KEY_HEADERS {
        headers.remove(name);
    }
    if protocols(headers).any(|protocol| protocol.starts_with(IN_PROTOCOL)) {
        let others: Vec<&[u8]> =
            protocols(headers).filter(|protocol| !protocol.starts_with(IN_PROTOCOL)).collect();
        let others =
            HeaderValue::from_bytes(&others.join(&b", "[..])).ok().filter(|others| !others.is_empty());
        headers.remove(SEC_WEBSOCKET_PROTOCOL);
        headers.extend(others.map(|others| (SEC_WEBSOCKET_PROTOCOL, others)));
    }
}

fn remove_key_parameter(uri: &mut Uri) {
    let kept: Vec<&str> =
        uri.query().unwrap_or_default().split('&').filter(|pair| key_parameter(pair).is_none()).collect();
    let path = uri.path();
    let rest = if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) };
    // What is left of a URI without some of its parameters is a URI.
    let Ok(rest) = rest.parse::<PathAndQuery>() else { return };
    let mut parts = std::mem::take(uri).into_parts();
    parts.path_and_query = Some(rest);
    *uri = Uri::from_parts(parts).unwrap_or_default();
}

/// Puts an upstream's own key where its provider reads it.
pub(crate) fn insert(headers: &mut HeaderMap, kind: Credential, key: &Secret) {
    let (name, text) = match kind {
        Credential::Bearer => (AUTHORIZATION, Cow::Owned(format!("Bearer {}", key.expose()))),
        Credential::XApiKey => (KEY_HEADERS[0].clone(), Cow::Borrowed(key.expose())),
        Credential::ApiKey => (KEY_HEADERS[1].clone(), Cow::Borrowed(key.expose())),
        Credential::XGoogApiKey => (KEY_HEADERS[2].clone(), Cow::Borrowed(key.expose())),
    };
    if let Ok(mut value) = HeaderValue::from_str(&text) {
        value.set_sensitive(true);
        headers.insert(name, value);
    }
}
