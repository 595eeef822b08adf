use std::borrow::Cow;

use compact_str::CompactString;

/// A value that is neither object nor array.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scalar<'a> {
    Text(Text<'a>),
    /// A string longer than is kept.
    LongText,
    /// A number as it is written.
    Number(Number<'a>),
    Bool(bool),
    Null,
}

/// The bytes of a number.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number<'a>(&'a [u8]);

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

    /// Whether it is this plain string.
    pub(crate) fn is(self, text: &str) -> bool {
        self.raw == text.as_bytes()
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
        let Self::Text(text) = self else { return None };
        match text.get()? {
            text if text.is_empty() => None,
            Cow::Borrowed(text) => Some(CompactString::new(text)),
            Cow::Owned(text) => Some(text.into()),
        }
    }

    /// A whole number that is not negative, also where it is written as a float (`12.0`).
    pub(crate) fn count(self) -> Option<u64> {
        const ABOVE: f64 = 18_446_744_073_709_551_616.0;
        let Self::Number(number) = self else { return None };
        // A handful of digits, nearly always.
        if number.0.len() < 10 && number.is_digits() {
            return Some(number.0.iter().fold(0, |count, digit| count * 10 + u64::from(digit - b'0')));
        }
        let number = number.as_str()?;
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
            Self::Number(number) if number.0.starts_with(b"-") => number.as_str()?.parse().ok(),
            number => number.count().and_then(|count| count.try_into().ok()),
        }
    }

    pub(crate) fn float(self) -> Option<f64> {
        let Self::Number(number) = self else { return None };
        number.as_str()?.parse().ok().filter(|float: &f64| float.is_finite())
    }

    pub(crate) const fn bool(self) -> Option<bool> {
        match self {
            Self::Bool(bool) => Some(bool),
            _ => None,
        }
    }

    /// A literal or number from the bytes it is written in.
    #[inline]
    pub(crate) fn bare(bytes: &[u8]) -> Option<Scalar<'_>> {
        let number = Number(bytes);
        match bytes {
            b"null" => Some(Scalar::Null),
            b"true" => Some(Scalar::Bool(true)),
            b"false" => Some(Scalar::Bool(false)),
            [] => None,
            _ if number.is_digits() => Some(Scalar::Number(number)),
            // Accepts a little more than JSON does (`1.`), but nothing that is no number.
            [b'0'..=b'9' | b'-', ..] => {
                number.as_str()?.parse::<f64>().is_ok().then_some(Scalar::Number(number))
            }
            _ => None,
        }
    }
}

impl<'a> Number<'a> {
    pub(crate) fn as_str(self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok()
    }

    fn is_digits(self) -> bool {
        self.0.iter().all(u8::is_ascii_digit)
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
