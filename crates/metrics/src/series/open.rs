//! Labels whose values somebody else chooses.

use foldhash::fast::RandomState;

use crate::names::label;

/// What stands for a value that got no series of its own.
pub(crate) const OTHER: &str = "other";

/// A label whose values do not come from a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OpenLabel {
    Route,
    Server,
    ErrorType,
    RpcMethod,
}

impl OpenLabel {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Route => label::ROUTE,
            Self::Server => label::SERVER_ADDRESS,
            Self::ErrorType => label::ERROR_TYPE,
            Self::RpcMethod => label::RPC_METHOD,
        }
    }
}

/// Values that have been admitted, up to a limit.
pub(crate) struct Vocabulary {
    known: papaya::HashSet<Box<str>, RandomState>,
    limit: usize,
}

impl Vocabulary {
    pub(crate) fn new(limit: usize) -> Self {
        Self { known: papaya::HashSet::with_hasher(RandomState::default()), limit }
    }

    pub(crate) fn contains(&self, value: &str) -> bool {
        self.known.pin().contains(value)
    }

    /// Whether the value is known, or becomes known now. Values that arrive at once may pass the limit by a few.
    pub(crate) fn admit(&self, value: &str) -> bool {
        let known = self.known.pin();
        if known.contains(value) {
            return true;
        }
        if known.len() >= self.limit {
            return false;
        }
        known.insert(value.into());
        true
    }
}

/// Whether a text can be shown as a label: not overlong, and nothing that does not print.
pub(crate) fn is_presentable(text: &str) -> bool {
    text.len() <= 128 && !text.chars().any(char::is_control)
}

/// An error type as a label: identifiers only, so that a provider's message never becomes one.
pub(crate) fn error_type(text: &str) -> &str {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    if text.len() <= 64 && text.bytes().all(word) { text } else { "_OTHER" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_identifiers_are_error_types() {
        for text in ["", "429", "rate_limit_exceeded", "Throttling.Exception", "_OTHER", "context-length"] {
            assert_eq!(error_type(text), text);
        }
        let long = "x".repeat(65);
        for text in ["Incorrect API key provided: sk-12", "a\nb", "a\"b", "é", &long] {
            assert_eq!(error_type(text), "_OTHER", "{text:?}");
        }
    }

    #[test]
    fn a_vocabulary_stops_at_its_limit() {
        let words = Vocabulary::new(2);
        assert!(words.admit("a") && words.admit("b") && words.admit("a"));
        assert!(!words.admit("c"));
        assert!(words.contains("b") && !words.contains("c"));
    }
}
