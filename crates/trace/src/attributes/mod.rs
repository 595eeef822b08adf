//! What the spans carry.

pub(crate) mod exchange;
pub(crate) mod gen_ai;
mod redact;
pub(crate) mod rpc;

use opentelemetry::{Key, KeyValue, Value};
use smallvec::SmallVec;

/// Attributes on their way to a span. More than most spans have fit without an allocation.
#[derive(Debug, Default)]
pub(crate) struct Attributes(SmallVec<[KeyValue; 32]>);

impl Attributes {
    pub(crate) fn push(&mut self, key: impl Into<Key>, value: impl Into<Value>) {
        self.0.push(KeyValue::new(key, value));
    }

    /// Absent facts are absent attributes.
    pub(crate) fn maybe(&mut self, key: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.push(key, value);
        }
    }

    pub(crate) fn extend(&mut self, attributes: impl IntoIterator<Item = KeyValue>) {
        self.0.extend(attributes);
    }

    pub(crate) fn text(&mut self, key: &'static str, value: Option<&str>) {
        self.maybe(key, value.map(str::to_owned));
    }

    pub(crate) fn count(&mut self, key: &'static str, value: Option<u64>) {
        self.maybe(key, value.map(|count| i64::try_from(count).unwrap_or(i64::MAX)));
    }
}

impl Attributes {
    /// All of them, for a span. They are many: moved one by one they are moved once.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = KeyValue> {
        self.0.drain(..)
    }
}

impl IntoIterator for Attributes {
    type Item = KeyValue;
    type IntoIter = smallvec::IntoIter<[KeyValue; 32]>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// `server.address` and `server.port` of an authority such as `api.openai.com`, `[::1]:8080` or `user:pass@host`.
pub(crate) fn server(authority: &str, https: bool, to: &mut Attributes) {
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let (host, port) = match host_and_port.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, port.parse().ok()),
        _ => (host_and_port, None),
    };
    let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    if host.is_empty() {
        return;
    }
    let port: u16 = port.unwrap_or(if https { 443 } else { 80 });
    to.push("server.address", host.to_owned());
    to.push("server.port", i64::from(port));
}

pub(crate) const ERROR_TYPE: &str = "error.type";
pub(crate) const OUTCOME: &str = "tower_genai.outcome";
