//! Messages of an event stream, for tests.

use base64::{Engine, prelude::BASE64_STANDARD};

/// A message with headers that are texts.
pub(crate) fn message(headers: &[(&str, &str)], payload: &[u8]) -> Vec<u8> {
    let mut encoded = Vec::new();
    for (name, value) in headers {
        encoded.push(u8::try_from(name.len()).unwrap());
        encoded.extend_from_slice(name.as_bytes());
        encoded.push(7);
        encoded.extend_from_slice(&u16::try_from(value.len()).unwrap().to_be_bytes());
        encoded.extend_from_slice(value.as_bytes());
    }
    raw(&encoded, payload)
}

/// A message with these headers.
pub(crate) fn raw(headers: &[u8], payload: &[u8]) -> Vec<u8> {
    let total = u32::try_from(16 + headers.len() + payload.len()).unwrap();
    let mut message = total.to_be_bytes().to_vec();
    message.extend_from_slice(&u32::try_from(headers.len()).unwrap().to_be_bytes());
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message.extend_from_slice(headers);
    message.extend_from_slice(payload);
    message.extend_from_slice(&crc32fast::hash(&message).to_be_bytes());
    message
}

/// An event as Bedrock sends it.
pub(crate) fn event(kind: &str, payload: &[u8]) -> Vec<u8> {
    message(
        &[(":event-type", kind), (":content-type", "application/json"), (":message-type", "event")],
        payload,
    )
}

/// A vendor's event as Bedrock wraps it.
pub(crate) fn chunk(event: &[u8]) -> Vec<u8> {
    self::event("chunk", format!(r#"{{"bytes":"{}","p":"abc"}}"#, BASE64_STANDARD.encode(event)).as_bytes())
}
