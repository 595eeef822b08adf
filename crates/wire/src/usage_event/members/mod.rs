//! Where the members of a JSON object are, at any split of its bytes.

use std::borrow::Cow;

use smallvec::SmallVec;

use crate::json;

/// Walks through the members of the object that a document is.
///
/// Only the outermost object is looked at: below it nothing but strings and brackets matters. Memory is bounded: of a
/// key so many bytes are kept as the keys that are sought can have.
#[derive(Debug)]
pub(super) struct Members {
    state: State,
    /// The open containers of a value.
    depth: u64,
    /// Whether the next byte is escaped.
    escape: bool,
    /// The key as it is written, without its quotes.
    key: SmallVec<[u8; 96]>,
    key_is_long: bool,
}

/// `stream_options`, each letter written as an escape of six bytes.
const LONGEST_KEY: usize = 6 * "stream_options".len();

/// What [`Members::step`] has come upon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// Nothing that matters.
    Nothing,
    /// The object has begun; its bracket has been read.
    Open,
    /// A comma between members comes next.
    Comma,
    /// A key has been read: see [`Members::is_key`].
    Key,
    /// A value comes next, with this byte.
    Value(u8),
    /// What was read last began a container that is not empty.
    NotEmpty,
    /// The value has been read.
    ValueEnd,
    /// The bracket that ends the object comes next.
    Close,
    /// This is no JSON object, or something follows it. Nothing more will be found.
    Fail,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before the object.
    Before,
    /// After `{`.
    First,
    /// After a comma.
    Next,
    /// In a key.
    Key,
    /// After a key.
    Colon,
    /// After the colon.
    Value,
    /// A value begins.
    Begin,
    /// In a literal or number.
    Bare,
    /// In a string.
    Text,
    /// After the first bracket of a value.
    Opened,
    /// In a container, between strings.
    Inside,
    /// In a container, in a string.
    InsideText,
    /// After a value.
    After,
    /// A comma comes.
    Comma,
    /// The bracket that ends the object comes.
    Close,
    /// After the object.
    Done,
    Failed,
}

impl Members {
    pub(super) fn new() -> Self {
        Self { state: State::Before, depth: 0, escape: false, key: SmallVec::new(), key_is_long: false }
    }

    /// Begins a new document.
    pub(super) fn restart(&mut self) {
        self.state = State::Before;
        self.escape = false;
    }

    /// Looks for nothing more.
    pub(super) fn fail(&mut self) {
        self.state = State::Failed;
    }

    /// Whether nothing more will be found.
    pub(super) fn is_failed(&self) -> bool {
        self.state == State::Failed
    }

    /// Whether the object has ended and nothing has followed it.
    pub(super) fn is_done(&self) -> bool {
        matches!(self.state, State::Close | State::Done)
    }

    /// Whether the last key read is this one, however it is written.
    pub(super) fn is_key(&self, name: &str) -> bool {
        if self.key_is_long {
            return false;
        }
        let key = self.key.as_slice();
        if !key.contains(&b'\\') {
            return key == name.as_bytes();
        }
        let quoted = [b"\"", key, b"\""].concat();
        serde_json::from_slice::<Cow<'_, str>>(&quoted).is_ok_and(|key| key == name)
    }

    /// Reads on, up to what comes next: how many bytes were read, and what that is. Before the end of `bytes` it either
    /// reads some or finds something.
    pub(super) fn step(&mut self, bytes: &[u8]) -> (usize, Token) {
        match self.state {
            State::Key => return self.in_key(bytes),
            State::Bare => return self.in_bare(bytes),
            State::Text => return self.in_text(bytes),
            State::Inside | State::InsideText => return self.inside(bytes),
            State::Failed => return (bytes.len(), Token::Nothing),
            _ => {}
        }
        let at = bytes.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
        let Some((at, byte)) = at.and_then(|at| Some((at, *bytes.get(at)?))) else {
            return (bytes.len(), Token::Nothing);
        };
        let (state, read, token) = match (self.state, byte) {
            (State::Before, b'{') => (State::First, 1, Token::Open),
            (State::First | State::Next, b'"') => {
                self.key.clear();
                self.key_is_long = false;
                (State::Key, 1, Token::Nothing)
            }
            (State::Colon, b':') => (State::Value, 1, Token::Nothing),
            (State::Value, b'"' | b'{' | b'[' | b'0'..=b'9' | b'-' | b't' | b'f' | b'n') => {
                (State::Begin, 0, Token::Value(byte))
            }
            (State::Begin, b'"') => (State::Text, 1, Token::Nothing),
            (State::Begin, b'{' | b'[') => {
                self.depth = 1;
                (State::Opened, 1, Token::Nothing)
            }
            (State::Begin, _) => (State::Bare, 0, Token::Nothing),
            (State::Opened, b'}' | b']') => (State::After, 1, Token::ValueEnd),
            (State::Opened, _) => (State::Inside, 0, Token::NotEmpty),
            (State::After, b',') => (State::Comma, 0, Token::Comma),
            (State::Comma, _) => (State::Next, 1, Token::Nothing),
            (State::First | State::After, b'}') => (State::Close, 0, Token::Close),
            (State::Close, _) => (State::Done, 1, Token::Nothing),
            _ => (State::Failed, 0, Token::Fail),
        };
        self.state = state;
        (at + read, token)
    }

    fn in_key(&mut self, bytes: &[u8]) -> (usize, Token) {
        let end = self.text_end(bytes);
        let text = bytes.get(..end.map_or(bytes.len(), |end| end - 1)).unwrap_or_default();
        if text.len() > LONGEST_KEY - self.key.len() {
            self.key_is_long = true;
        } else {
            self.key.extend_from_slice(text);
        }
        match end {
            Some(end) => {
                self.state = State::Colon;
                (end, Token::Key)
            }
            None => (bytes.len(), Token::Nothing),
        }
    }

    fn in_bare(&mut self, bytes: &[u8]) -> (usize, Token) {
        let delimiter = |byte: &u8| matches!(byte, b',' | b'}' | b']' | b' ' | b'\t' | b'\n' | b'\r');
        match bytes.iter().position(delimiter) {
            Some(end) => {
                self.state = State::After;
                (end, Token::ValueEnd)
            }
            None => (bytes.len(), Token::Nothing),
        }
    }

    fn in_text(&mut self, bytes: &[u8]) -> (usize, Token) {
        match self.text_end(bytes) {
            Some(end) => {
                self.state = State::After;
                (end, Token::ValueEnd)
            }
            None => (bytes.len(), Token::Nothing),
        }
    }

    fn inside(&mut self, bytes: &[u8]) -> (usize, Token) {
        let mut at = 0;
        while let Some(rest) = bytes.get(at..) {
            if self.state == State::InsideText {
                let Some(end) = self.text_end(rest) else { break };
                self.state = State::Inside;
                at += end;
                continue;
            }
            let Some(found) = json::quote_or_bracket(rest) else { break };
            at += found + 1;
            match rest.get(found) {
                Some(b'"') => self.state = State::InsideText,
                Some(b'{' | b'[') => self.depth += 1,
                _ => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        self.state = State::After;
                        return (at, Token::ValueEnd);
                    }
                }
            }
        }
        (bytes.len(), Token::Nothing)
    }

    /// Where the string ends in which `bytes` begins, its quote included.
    fn text_end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut at = usize::from(std::mem::take(&mut self.escape));
        loop {
            let found = at + json::quote_or_escape(bytes.get(at..)?)?;
            if bytes.get(found) == Some(&b'"') {
                return Some(found + 1);
            }
            at = found + 2;
            self.escape = at > bytes.len();
        }
    }
}

#[cfg(test)]
mod tests;
