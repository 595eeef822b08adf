//! `baggage`: <https://www.w3.org/TR/baggage/>.

use http::{HeaderMap, HeaderName, HeaderValue};
use opentelemetry::baggage::{Baggage, BaggageExt};
use opentelemetry::{Context, Key};
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

pub(crate) const BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// More than this need not be passed on.
const MAX_MEMBERS: usize = 64;
const MAX_BYTES: usize = 8192;

/// What a value may not have as it is.
const VALUE: &AsciiSet = &CONTROLS.add(b' ').add(b'"').add(b'%').add(b',').add(b';').add(b'\\');

/// What would break the list out of properties, which are otherwise written as they were read.
const PROPERTIES: &AsciiSet = &CONTROLS.add(b',');

/// The context with the baggage of the headers; `None` when they have none.
pub(super) fn read(context: &Context, headers: &HeaderMap) -> Option<Context> {
    parse(headers).map(|baggage| context.with_baggage(baggage))
}

fn parse(headers: &HeaderMap) -> Option<Baggage> {
    let mut lines = headers.get_all(BAGGAGE).iter().peekable();
    lines.peek()?;
    let mut baggage = Baggage::new();
    let mut left = MAX_BYTES;
    for line in lines {
        for member in String::from_utf8_lossy(line.as_bytes()).split(',') {
            // A member that is not whole within the limit is left out, and what comes after it is not looked at.
            let Some(rest) = left.checked_sub(member.len()) else { return some(baggage) };
            left = rest.saturating_sub(1);
            insert(&mut baggage, member);
        }
    }
    some(baggage)
}

fn some(baggage: Baggage) -> Option<Baggage> {
    (!baggage.is_empty()).then_some(baggage)
}

fn insert(baggage: &mut Baggage, member: &str) {
    let (pair, properties) = member.split_once(';').unwrap_or((member, ""));
    let Some((key, value)) = pair.split_once('=') else { return };
    let value = percent_decode_str(value.trim()).decode_utf8_lossy().into_owned();
    // It refuses keys that are no tokens, and more members than there may be.
    baggage.insert_with_metadata(key.trim().to_owned(), value, properties);
}

/// Writes the baggage of the context, if it has any and the headers do not say the same already.
pub(super) fn write(context: &Context, headers: &mut HeaderMap) {
    let baggage = context.baggage();
    if baggage.is_empty() || parse(headers).is_some_and(|said| same(&said, baggage)) {
        return;
    }
    if let Ok(value) = HeaderValue::from_maybe_shared(bytes::Bytes::from(format(baggage))) {
        headers.insert(BAGGAGE, value);
    }
}

fn same(one: &Baggage, other: &Baggage) -> bool {
    one.len() == other.len() && one.iter().all(|(key, member)| other.get_with_metadata(key) == Some(member))
}

fn format(baggage: &Baggage) -> String {
    let mut members: Vec<_> = baggage.iter().collect();
    members.sort_unstable_by_key(|(key, _)| Key::as_str(key));
    let mut text = String::new();
    let mut count = 0;
    for (key, (value, properties)) in members {
        let properties = properties.as_str();
        let member = [
            if text.is_empty() { "" } else { "," },
            key.as_str(),
            "=",
            &utf8_percent_encode(value.as_str(), VALUE).to_string(),
            if properties.is_empty() { "" } else { ";" },
            &utf8_percent_encode(properties, PROPERTIES).to_string(),
        ]
        .concat();
        // Encoded it may be longer than it was when it was counted.
        if count < MAX_MEMBERS && text.len() + member.len() <= MAX_BYTES {
            text.push_str(&member);
            count += 1;
        }
    }
    text
}
