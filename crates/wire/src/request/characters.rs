/// Counts the characters of a JSON string as its bytes pass: Unicode scalar values, escapes undone.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Characters {
    count: u64,
    escape: Escape,
    /// Whether the last character is the first half of a surrogate pair.
    is_half: bool,
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

impl Characters {
    pub(super) const fn count(&self) -> u64 {
        self.count
    }

    /// Takes the next bytes of the string as they are written.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        while let [first, behind @ ..] = rest {
            rest = match self.escape {
                Escape::None => {
                    let end = memchr::memchr(b'\\', rest).unwrap_or(rest.len());
                    let (plain, behind) = rest.split_at(end);
                    // All bytes but those that go on with a character.
                    let characters = plain.iter().filter(|byte| **byte & 0xc0 != 0x80).count() as u64;
                    self.count += characters;
                    self.is_half &= characters == 0;
                    if let [_, behind @ ..] = behind {
                        self.escape = Escape::Begun;
                        behind
                    } else {
                        behind
                    }
                }
                Escape::Begun if *first == b'u' => {
                    self.escape = Escape::Digits(0, 0);
                    behind
                }
                Escape::Begun => {
                    self.character(false);
                    behind
                }
                Escape::Digits(digits, unit) => {
                    let digit = char::from(*first).to_digit(16).unwrap_or(0);
                    let unit = unit << 4 | u16::try_from(digit).unwrap_or(0);
                    match (digits, unit) {
                        (3, 0xdc00..=0xdfff) if self.is_half => {
                            self.is_half = false;
                            self.escape = Escape::None;
                        }
                        (3, unit) => self.character((0xd800..=0xdbff).contains(&unit)),
                        _ => self.escape = Escape::Digits(digits + 1, unit),
                    }
                    behind
                }
            };
        }
    }

    fn character(&mut self, is_half: bool) {
        self.count += 1;
        self.is_half = is_half;
        self.escape = Escape::None;
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use proptest::prelude::*;

    use super::Characters;

    fn count(pieces: &mut dyn Iterator<Item = &[u8]>) -> u64 {
        let mut characters = Characters::default();
        pieces.for_each(|piece| characters.push(piece));
        characters.count()
    }

    #[test]
    fn escapes() {
        for (text, characters) in [
            ("", 0),
            ("Hi", 2),
            (r#"a\n\"\\\/\u00e9"#, 6),
            (r"\ud83d\ude00", 1),
            (r"\uD83D\uDE00\uD83D\uDE00x", 3),
            // Halves of nothing.
            (r"\ud83d", 1),
            (r"\ude00", 1),
            (r"\ud83dx\ude00", 3),
            (r"\ud83d\ud83d\ude00", 2),
            (r"\u12", 0),
        ] {
            assert_eq!(count(&mut [text.as_bytes()].into_iter()), characters, "{text}");
            assert_eq!(count(&mut text.as_bytes().chunks(1)), characters, "{text}");
        }
    }

    /// Characters outside ASCII written as escapes.
    fn escaped(text: &str) -> String {
        let mut escaped = String::new();
        for char in text.chars() {
            if char.is_ascii() {
                escaped.push(char);
                continue;
            }
            for unit in char.encode_utf16(&mut [0; 2]) {
                write!(escaped, "\\u{unit:04x}").unwrap();
            }
        }
        escaped
    }

    proptest! {
        #[test]
        fn like_a_whole_string(text in any::<String>(), ascii in any::<bool>(), size in 1_usize..9) {
            let json = serde_json::to_string(&text).unwrap();
            let mut raw = json[1..json.len() - 1].to_owned();
            if ascii {
                raw = escaped(&raw);
            }
            prop_assert_eq!(count(&mut raw.as_bytes().chunks(size)), text.chars().count() as u64);
        }
    }
}
