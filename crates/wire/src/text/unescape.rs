/// Decodes a JSON string as its bytes pass, at any split.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Unescape {
    escape: Escape,
    /// The first half of a surrogate pair.
    high: Option<u16>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Escape {
    #[default]
    None,
    /// After a backslash.
    Begun,
    /// After `\u` and this many digits, which are this number.
    Digits(u8, u16),
}

impl Unescape {
    /// Appends what the next bytes of the string, as they are written, stand for.
    pub(crate) fn push(&mut self, bytes: &[u8], to: &mut Vec<u8>) {
        let mut rest = bytes;
        while let [first, behind @ ..] = rest {
            rest = match self.escape {
                Escape::None if *first == b'\\' => {
                    self.escape = Escape::Begun;
                    behind
                }
                Escape::None => {
                    self.end(to);
                    let end = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
                    let (plain, behind) = rest.split_at(end);
                    to.extend_from_slice(plain);
                    behind
                }
                Escape::Begun => {
                    self.begun(*first, to);
                    behind
                }
                Escape::Digits(digits, unit) => {
                    let digit = char::from(*first).to_digit(16).unwrap_or(0);
                    let unit = unit << 4 | u16::try_from(digit).unwrap_or(0);
                    self.escape = Escape::Digits(digits + 1, unit);
                    if digits == 3 {
                        self.escape = Escape::None;
                        self.unit(unit, to);
                    }
                    behind
                }
            };
        }
    }

    /// The string has ended.
    pub(crate) fn end(&mut self, to: &mut Vec<u8>) {
        self.escape = Escape::None;
        if self.high.take().is_some() {
            put(char::REPLACEMENT_CHARACTER, to);
        }
    }

    fn begun(&mut self, byte: u8, to: &mut Vec<u8>) {
        if byte == b'u' {
            self.escape = Escape::Digits(0, 0);
            return;
        }
        self.end(to);
        to.push(match byte {
            b'b' => 0x08,
            b'f' => 0x0c,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            other => other,
        });
    }

    /// One unit of UTF-16.
    fn unit(&mut self, unit: u16, to: &mut Vec<u8>) {
        let units = self.high.take().into_iter().chain([unit]);
        for decoded in char::decode_utf16(units) {
            match decoded {
                Err(error)
                    if (0xd800..=0xdbff).contains(&error.unpaired_surrogate()) && self.high.is_none() =>
                {
                    self.high = Some(error.unpaired_surrogate());
                }
                Err(_) => put(char::REPLACEMENT_CHARACTER, to),
                Ok(char) => {
                    self.end(to);
                    put(char, to);
                }
            }
        }
    }
}

fn put(char: char, to: &mut Vec<u8>) {
    to.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::Unescape;

    fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> String {
        let (mut unescape, mut text) = (Unescape::default(), Vec::new());
        pieces.for_each(|piece| unescape.push(piece, &mut text));
        unescape.end(&mut text);
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn escapes() {
        for (raw, text) in [
            ("", ""),
            (r#"a\n\"\\\/\u00e9\t"#, "a\n\"\\/é\t"),
            (r"\ud83d\ude00", "😀"),
            (r"\uD83D\uDE00\uD83D\uDE00x", "😀😀x"),
            // Halves of nothing.
            (r"\ud83d", "\u{fffd}"),
            (r"\ude00", "\u{fffd}"),
            (r"\ud83dx", "\u{fffd}x"),
            (r"\ud83d\n", "\u{fffd}\n"),
            (r"\ud83dA", "\u{fffd}A"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (r"\u12", ""),
        ] {
            assert_eq!(decode([raw.as_bytes()].into_iter()), text, "{raw}");
            assert_eq!(decode(raw.as_bytes().chunks(1)), text, "{raw}");
        }
    }

    proptest! {
        #[test]
        fn like_a_whole_string(text in any::<String>(), ascii in any::<bool>(), size in 1_usize..9) {
            let mut raw = String::new();
            if ascii {
                text.encode_utf16().for_each(|unit| write!(raw, "\\u{unit:04x}").unwrap());
            } else {
                let json = serde_json::to_string(&text).unwrap();
                raw.push_str(&json[1..json.len() - 1]);
            }
            prop_assert_eq!(decode(raw.as_bytes().chunks(size)), text);
        }
    }
}
