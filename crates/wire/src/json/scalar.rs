use std::borrow::Cow;

use compact_str::CompactString;

/// A value that is neither object nor array.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scalar<'a> {
    Text(Text<'a>),
    /// A string longer than is kept.
    LongText,
    /// A number as it is written.
    Number(&'a str),
    Bool(bool),
    Null,
}

/// A string as it is written between its quotes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<'a> {
    raw: &'a [u8],
    escaped: bool,
}

impl<'a> Text<'a> {
    pub(crate) const fn new(raw: &'a [u8], escaped: bool) -> Self {
        Self { raw, escaped }
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.raw.is_empty()
    }

    /// The string, unless it is no UTF-8 or has a broken escape.
    pub(crate) fn get(self) -> Option<Cow<'a, str>> {
        let text = std::str::from_utf8(self.raw).ok()?;
        if self.escaped {
            serde_json::from_str(&format!("\"{text}\"")).ok().map(Cow::Owned)
        } else {
            Some(Cow::Borrowed(text))
        }
    }
}

impl Scalar<'_> {
    /// The string, unless it is another type, empty, too long or broken.
    pub(crate) fn string(self) -> Option<CompactString> {
        match self {
            Self::Text(text) => text.get().filter(|text| !text.is_empty()).map(CompactString::from),
            _ => None,
        }
    }

    /// A whole number that is not negative, also where it is written as a float (`12.0`).
    pub(crate) fn count(self) -> Option<u64> {
        const ABOVE: f64 = 18_446_744_073_709_551_616.0;
        let Self::Number(number) = self else { return None };
        number.parse().ok().or_else(|| {
            let float = number.parse::<f64>().ok()?;
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "checked to be in range"
            )]
            (float.fract() == 0.0 && (0.0..ABOVE).contains(&float)).then_some(float as u64)
        })
    }

    pub(crate) fn integer(self) -> Option<i64> {
        match self {
            Self::Number(number) if number.starts_with('-') => number.parse().ok(),
            number => number.count().and_then(|count| count.try_into().ok()),
        }
    }

    pub(crate) fn float(self) -> Option<f64> {
        let Self::Number(number) = self else { return None };
        number.parse().ok().filter(|float: &f64| float.is_finite())
    }

    pub(crate) const fn bool(self) -> Option<bool> {
        match self {
            Self::Bool(bool) => Some(bool),
            _ => None,
        }
    }

    /// A literal or number from the bytes it is written in.
    pub(super) fn bare(bytes: &[u8]) -> Option<Scalar<'_>> {
        Some(match bytes {
            b"null" => Scalar::Null,
            b"true" => Scalar::Bool(true),
            b"false" => Scalar::Bool(false),
            [b'0'..=b'9' | b'-', ..] => {
                let number = std::str::from_utf8(bytes).ok()?;
                // Accepts a little more than JSON does (`1.`), but nothing that is no number.
                number.parse::<f64>().ok()?;
                Scalar::Number(number)
            }
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Scalar, Text};

    #[test]
    fn counts() {
        let count = |number| Scalar::bare(number).and_then(Scalar::count);
        assert_eq!(count(b"12"), Some(12));
        assert_eq!(count(b"12.0"), Some(12));
        assert_eq!(count(b"1e3"), Some(1000));
        assert_eq!(count(b"18446744073709551615"), Some(u64::MAX));
        for absurd in [&b"-1"[..], b"1.5", b"1e30", b"18446744073709551616", b"true", b"-", b"--1", b"0x1"] {
            assert_eq!(count(absurd), None, "{absurd:?}");
        }
    }

    #[test]
    fn texts() {
        let text = |raw, escaped| Scalar::Text(Text::new(raw, escaped)).string();
        assert_eq!(text(b"abc", false).as_deref(), Some("abc"));
        assert_eq!(text(br"a\u00e9\n", true).as_deref(), Some("aé\n"));
        assert_eq!(text(br"\ud800", true), None);
        assert_eq!(text(b"\xff", false), None);
        assert_eq!(text(b"", false), None);
    }
}
