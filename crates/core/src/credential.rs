//! From a credential to what may be shown of it.

use std::fmt::Write as _;

use http::header::HeaderName;
use http::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION, SEC_WEBSOCKET_PROTOCOL};
use http::{HeaderMap, HeaderValue};
use sha2::{Digest, Sha256};

use crate::caller::Caller;

/// Where clients put their keys when not into `authorization`. Names made ahead cost no parsing per call.
static KEY_HEADERS: [HeaderName; 3] = [
    HeaderName::from_static("x-api-key"),
    HeaderName::from_static("api-key"),
    HeaderName::from_static("x-goog-api-key"),
];

/// Browsers cannot set headers on a WebSocket: OpenAI's clients put the key among the protocols.
const IN_PROTOCOL: &[u8] = b"openai-insecure-api-key.";

/// The caller an authentication middleware named, else one with the hash of the request's credential.
pub(crate) fn complete(caller: Option<&Caller>, headers: &HeaderMap) -> Caller {
    let caller = caller.cloned().unwrap_or_default();
    if caller.hashed_key().is_some() {
        return caller;
    }
    match credential(headers) {
        Some(credential) => caller.with_hashed_key(hash(credential)),
        None => caller,
    }
}

/// The credential in the headers that the providers' clients use.
fn credential(headers: &HeaderMap) -> Option<&[u8]> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let value = value.as_bytes();
        return match value.split_at_checked(7) {
            Some((scheme, token)) if scheme.eq_ignore_ascii_case(b"bearer ") => Some(token.trim_ascii()),
            // Signatures and passwords identify no key.
            _ => None,
        };
    }
    KEY_HEADERS.iter().find_map(|name| headers.get(name)).map(HeaderValue::as_bytes).or_else(|| {
        let protocols = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
        protocols
            .flat_map(|list| list.as_bytes().split(|byte| *byte == b','))
            .find_map(|protocol| protocol.trim_ascii().strip_prefix(IN_PROTOCOL))
    })
}

/// The headers in which clients send credentials.
fn names() -> impl Iterator<Item = &'static HeaderName> {
    [&AUTHORIZATION, &PROXY_AUTHORIZATION, &COOKIE, &SEC_WEBSOCKET_PROTOCOL].into_iter().chain(&KEY_HEADERS)
}

/// Whether clients send credentials in this header, so that its value is never kept nor shown: `authorization`,
/// `proxy-authorization`, `cookie`, the headers of the providers' keys, and `sec-websocket-protocol`, where browsers put
/// a key.
///
/// ```
/// use http::header::{ACCEPT, AUTHORIZATION};
/// use tower_genai_core::is_credential_header;
///
/// assert!(is_credential_header(&AUTHORIZATION) && !is_credential_header(&ACCEPT));
/// ```
#[must_use]
pub fn is_credential_header(header: &HeaderName) -> bool {
    names().any(|name| name == header)
}

/// Takes the credentials out of headers that are kept.
pub(crate) fn remove(headers: &mut HeaderMap) {
    for name in names() {
        headers.remove(name);
    }
}

/// The SHA-256 in hex, as LiteLLM shows it.
fn hash(credential: &[u8]) -> String {
    let digest = Sha256::digest(credential);
    let mut hex = String::with_capacity(64);
    for byte in digest {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}
