use super::base64::Base64;

/// Takes the vendor's event out of the payload of a `chunk` message, `{"bytes":"..."}`, at any split.
///
/// The payload is looked at as far as this needs: for strings, brackets and the one key.
#[derive(Debug)]
pub(super) struct Chunk {
    state: State,
    /// How many containers are open.
    depth: u64,
    /// Whether a colon has been seen since the last comma.
    in_value: bool,
    /// Whether the last key was `bytes`.
    is_bytes: bool,
    decoder: Base64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Between strings.
    Between,
    /// This far into the key `bytes`; any further than its length where it is another.
    Key(usize),
    /// In another string.
    Text,
    /// Behind a backslash of another string.
    TextEscape,
    /// In the string that is wanted.
    Bytes,
    /// Behind a backslash of it.
    Escape,
    /// Behind `\u` and this many digits of it, which are worth this much.
    Unicode(u8, u32),
    /// Behind the string that is wanted.
    Found,
    /// Not what it should be.
    Broken,
}

const KEY: &[u8] = b"bytes";

const OTHER_KEY: State = State::Key(usize::MAX);

impl Chunk {
    pub(super) fn new() -> Self {
        Self { state: State::Between, depth: 0, in_value: false, is_bytes: false, decoder: Base64::default() }
    }

    /// Reads the next bytes of the payload and hands out what they hold of the vendor's event.
    pub(super) fn push(&mut self, bytes: &[u8], mut out: impl FnMut(&[u8])) {
        let mut rest = bytes;
        while let [first, behind @ ..] = rest {
            rest = behind;
            self.state = match (self.state, first) {
                (State::Found | State::Broken, _) => return,
                (State::Between, byte) => self.between(*byte),
                (State::Key(matched), b'"') => {
                    self.is_bytes = matched == KEY.len();
                    State::Between
                }
                // No escapes are needed to write this key.
                (State::Key(_), b'\\') => {
                    self.is_bytes = false;
                    State::TextEscape
                }
                (State::Key(matched), byte) if KEY.get(matched) == Some(byte) => State::Key(matched + 1),
                (State::Key(_), _) => OTHER_KEY,
                (State::Text, b'"') => State::Between,
                (State::Text, b'\\') => State::TextEscape,
                (State::Text | State::TextEscape, _) => State::Text,
                (State::Bytes, b'"') if self.decoder.end(&mut out) => State::Found,
                (State::Bytes, b'"') => State::Broken,
                (State::Bytes, b'\\') => State::Escape,
                (State::Bytes, _) => {
                    // The first byte belongs to it.
                    let text = bytes.get(bytes.len() - rest.len() - 1..).unwrap_or_default();
                    let end = memchr::memchr2(b'"', b'\\', text).unwrap_or(text.len());
                    let (text, behind) = text.split_at(end);
                    rest = behind;
                    self.decoded(text, &mut out)
                }
                (State::Escape, b'u') => State::Unicode(0, 0),
                (State::Escape, b'/') => self.decoded(b"/", &mut out),
                (State::Escape, _) => State::Broken,
                (State::Unicode(digits, value), digit) => match char::from(*digit).to_digit(16) {
                    Some(digit) if digits < 3 => State::Unicode(digits + 1, value * 16 + digit),
                    Some(digit) => match u8::try_from(value * 16 + digit) {
                        Ok(byte) => self.decoded(&[byte], &mut out),
                        Err(_) => State::Broken,
                    },
                    None => State::Broken,
                },
            };
        }
    }

    /// Whether the payload held an event that could be taken out.
    pub(super) fn is_found(&self) -> bool {
        self.state == State::Found
    }

    fn between(&mut self, byte: u8) -> State {
        match byte {
            b'"' => match (self.depth, self.in_value) {
                (1, false) => return State::Key(0),
                (1, true) if self.is_bytes => return State::Bytes,
                _ => return State::Text,
            },
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b':' if self.depth == 1 => self.in_value = true,
            b',' if self.depth == 1 => self.in_value = false,
            _ => {}
        }
        State::Between
    }

    fn decoded(&mut self, text: &[u8], out: &mut impl FnMut(&[u8])) -> State {
        if self.decoder.push(text, out) { State::Bytes } else { State::Broken }
    }
}
