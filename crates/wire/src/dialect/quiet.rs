use std::sync::LazyLock;

use memchr::memmem::Finder;

/// How to tell by a byte search that an event holds no fact, once the first output has been seen.
#[derive(Debug)]
pub(crate) enum Quiet {
    /// Its data begins with one of these.
    Prefixed(&'static [&'static str]),
    /// Its data ends with this.
    Suffixed(&'static str),
    /// It has no count, no finish reason, no citation and no error, and model and id are known: OpenAI's chunks, which have no type
    /// that would tell.
    Unmarked,
}

static TOKENS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"_tokens""#));
static FINISH_REASON: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"finish_reason""#));
static CITATION: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#""url_citation""#));
static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#""error""#));
static ESCAPED_LATIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r"\u00"));

impl Quiet {
    /// Whether an event holds no fact; `is_named` says whether model and id are known.
    pub(crate) fn is_quiet(&self, data: &[u8], is_named: bool) -> bool {
        match self {
            Self::Prefixed(prefixes) => prefixes.iter().any(|prefix| data.starts_with(prefix.as_bytes())),
            Self::Suffixed(suffix) => data.ends_with(suffix.as_bytes()),
            Self::Unmarked if !is_named => false,
            Self::Unmarked => {
                TOKENS.find(data).is_none()
                    && ERROR.find(data).is_none()
                    && CITATION.find(data).is_none()
                    && finish_reasons_are_null(data)
                    && !has_escaped_latin(data)
            }
        }
    }
}

fn finish_reasons_are_null(data: &[u8]) -> bool {
    let mut rest = data;
    while let Some(at) = FINISH_REASON.find(rest) {
        rest = rest.get(at + FINISH_REASON.needle().len()..).unwrap_or_default();
        let value = rest.trim_ascii_start().strip_prefix(b":").map(<[u8]>::trim_ascii_start);
        if !value.is_some_and(|value| value.starts_with(b"null")) {
            return false;
        }
    }
    true
}

/// Whether some letter that a key is made of may be spelt as an escape (`us\u0061ge`), which no search would find.
fn has_escaped_latin(data: &[u8]) -> bool {
    memchr::memchr(b'\\', data)
        .and_then(|at| data.get(at..))
        .is_some_and(|data| ESCAPED_LATIN.find(data).is_some())
}

#[cfg(test)]
mod tests {
    use super::Quiet;

    #[test]
    fn unmarked() {
        let quiet = |data: &str| Quiet::Unmarked.is_quiet(data.as_bytes(), true);
        assert!(quiet(r#"{"choices":[{"delta":{"content":"usage"},"finish_reason":null}],"usage":null}"#));
        assert!(quiet(r#"{"choices":[{"finish_reason" : null},{"finish_reason":null}]}"#));
        assert!(!quiet(r#"{"choices":[{"finish_reason":null},{"finish_reason": "stop"}]}"#));
        assert!(!quiet(r#"{"choices":[],"usage": {"prompt_tokens": 1}}"#));
        assert!(!quiet(r#"{"choices":[{"delta":{"annotations":[{"type":"url_citation"}]}}]}"#));
        assert!(!quiet(r#"{"error":{"message":"overloaded"}}"#));
        assert!(quiet(r#"{"choices":[{"delta":{"content":"\"\n\u4f60\ud83d"}}]}"#));
        assert!(!quiet(r#"{"choices":[],"us\u0061ge":{"prompt_tok\u0065ns":1}}"#));
        assert!(!Quiet::Unmarked.is_quiet(b"{}", false));
    }
}
