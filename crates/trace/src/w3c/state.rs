//! `tracestate`: a list of `key=value` members.

use http::HeaderValue;
use http::header::GetAll;
use opentelemetry::trace::TraceState;

/// More members than this are no valid list.
const MAX_MEMBERS: usize = 32;

/// The longest key and the longest value.
const MAX_LENGTH: usize = 256;

/// The longest parts of a key with a tenant, `tenant@system`. The recommendation allows a system of 14 characters, which
/// [`TraceState`] (0.33) refuses to hold.
const MAX_TENANT: usize = 241;
const MAX_SYSTEM: usize = 13;

/// All headers as one list; `None` when any of it is invalid.
pub(super) fn parse(headers: GetAll<'_, HeaderValue>) -> Option<TraceState> {
    if headers.iter().next().is_none() {
        return Some(TraceState::NONE);
    }
    let mut members: Vec<(&str, &str)> = Vec::new();
    for header in headers {
        for member in header.to_str().ok()?.split(',') {
            let member = member.trim_matches([' ', '\t']);
            if member.is_empty() {
                continue;
            }
            let (key, value) = member.split_once('=')?;
            if members.len() == MAX_MEMBERS || !is_key(key) || !is_value(value) {
                return None;
            }
            members.push((key, value));
        }
    }
    TraceState::from_key_value(members).ok()
}

/// The list as one header; `None` when it is empty.
pub(super) fn format(state: &TraceState) -> Option<HeaderValue> {
    let length: usize = state.into_iter().map(|(key, value)| key.len() + value.len() + 2).sum();
    if length == 0 {
        return None;
    }
    let mut text = String::with_capacity(length);
    for (key, value) in state {
        if !text.is_empty() {
            text.push(',');
        }
        text.push_str(key);
        text.push('=');
        text.push_str(value);
    }
    HeaderValue::from_maybe_shared(bytes::Bytes::from(text)).ok()
}

fn is_key(key: &str) -> bool {
    match key.split_once('@') {
        None => key.len() <= MAX_LENGTH && is_identifier(key),
        Some((tenant, system)) => {
            tenant.len() <= MAX_TENANT
                && system.len() <= MAX_SYSTEM
                && is_identifier(tenant)
                && is_identifier(system)
        }
    }
}

fn is_identifier(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.first().is_some_and(|first| first.is_ascii_lowercase() || first.is_ascii_digit())
        && bytes.iter().all(|byte| {
            byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'*' | b'/')
        })
}

/// Printable ASCII without `,` and `=`; a trailing space was trimmed with the member.
fn is_value(value: &str) -> bool {
    (1..=MAX_LENGTH).contains(&value.len())
        && value.bytes().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b',' | b'='))
}
