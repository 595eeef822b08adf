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
    /// Never: each states the counts so far, and the next states them anew.
    Counting,
}

static TOKENS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"_tokens""#));
static FINISH_REASON: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"finish_reason""#));
static CITATION: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#""url_citation""#));
static ERROR: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#""error""#));
static FINISH: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"finishReason""#));
static GROUNDING: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"groundingMetadata""#));
static URL_CONTEXT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"urlContextMetadata""#));
static FEEDBACK: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r#"promptFeedback""#));
static ESCAPED_LATIN: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(r"\u00"));

impl Quiet {
    /// Whether an event holds no fact; `is_named` says whether model and id are known.
    pub(crate) fn is_quiet(&self, data: &[u8], is_named: bool) -> bool {
        match self {
            Self::Prefixed(prefixes) => prefixes.iter().any(|prefix| data.starts_with(prefix.as_bytes())),
            Self::Suffixed(suffix) => data.ends_with(suffix.as_bytes()),
            Self::Unmarked => is_named && TOKENS.find(data).is_none() && is_unmarked(data),
            Self::Counting => false,
        }
    }

    /// Whether an event holds nothing but counts so far, which the next event of the same shape replaces.
    pub(crate) fn is_replaced(&self, data: &[u8], is_named: bool) -> bool {
        match self {
            Self::Prefixed(_) | Self::Suffixed(_) => false,
            // Servers that are asked for it count with every chunk.
            Self::Unmarked => is_named && is_unmarked(data),
            Self::Counting => {
                is_named
                    && [&FINISH, &GROUNDING, &URL_CONTEXT, &FEEDBACK, &ERROR]
                        .iter()
                        .all(|finder| finder.find(data).is_none())
                    && !has_escaped_latin(data)
            }
        }
    }
}

fn is_unmarked(data: &[u8]) -> bool {
    ERROR.find(data).is_none()
        && CITATION.find(data).is_none()
        && finish_reasons_are_null(data)
        && !has_escaped_latin(data)
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

    #[test]
    fn counts_that_are_replaced() {
        let replaced = |quiet: Quiet, data: &str| quiet.is_replaced(data.as_bytes(), true);
        assert!(replaced(
            Quiet::Unmarked,
            r#"{"choices":[{"finish_reason":null}],"usage":{"prompt_tokens":1}}"#
        ));
        assert!(!replaced(Quiet::Unmarked, r#"{"choices":[{"finish_reason":"stop"}]}"#));
        let text =
            r#"{"candidates":[{"content":{"parts":[{"text":"a"}]}}],"usageMetadata":{"totalTokenCount":3}}"#;
        assert!(replaced(Quiet::Counting, text));
        assert!(!Quiet::Counting.is_quiet(text.as_bytes(), true));
        for more in ["finishReason", "groundingMetadata", "urlContextMetadata", "promptFeedback", "error"] {
            assert!(!replaced(Quiet::Counting, &format!("{{\"{more}\":1}}")));
        }
        assert!(!replaced(Quiet::Counting, r#"{"finish\u0052eason":"STOP"}"#));
    }
}
