//! One token at a time, at any split.

use super::{LONGEST, Sink, Skim, State};
use crate::json::{Node, Scalar, Text, scan};

impl<P: Copy> Skim<P> {
    #[inline]
    pub(super) fn value<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
        let bytes = scan::skip_space(bytes);
        let [first, rest @ ..] = bytes else { return bytes };
        match first {
            b'"' => {
                self.state = match self.next {
                    Some(Node { place: Some(place), passing: true, .. }) => {
                        sink.open(*place);
                        State::PassingText
                    }
                    Some(Node { place: Some(_), .. }) => State::ValueText,
                    _ => State::OtherText,
                };
                self.text(rest, sink)
            }
            b'{' => {
                self.open(false, sink);
                rest
            }
            b'[' => {
                self.open(true, sink);
                rest
            }
            b']' if self.state == State::ValueOrEnd => {
                self.close(true, sink);
                rest
            }
            b'0'..=b'9' | b'-' | b't' | b'f' | b'n' => {
                self.state = State::Bare;
                self.bare(bytes, sink)
            }
            _ => self.fail(),
        }
    }

    #[inline]
    pub(super) fn key<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
        let bytes = scan::skip_space(bytes);
        match bytes {
            [] => bytes,
            [b'"', rest @ ..] => {
                self.state = State::KeyText;
                self.text(rest, sink)
            }
            [b'}', rest @ ..] if self.state == State::KeyOrEnd => {
                self.close(false, sink);
                rest
            }
            _ => self.fail(),
        }
    }

    #[inline]
    pub(super) fn colon<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        match scan::skip_space(bytes) {
            [] => &[],
            [b':', rest @ ..] => {
                self.state = State::Value;
                rest
            }
            _ => self.fail(),
        }
    }

    #[inline]
    pub(super) fn comma_or_end<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
        let in_array = self.in_array();
        match scan::skip_space(bytes) {
            [] => &[],
            [b',', rest @ ..] if in_array => {
                self.next = self.node().and_then(|node| node.items);
                self.state = State::Value;
                rest
            }
            [b',', rest @ ..] => {
                self.state = State::Key;
                rest
            }
            [b']', rest @ ..] if in_array => {
                self.close(true, sink);
                rest
            }
            [b'}', rest @ ..] if !in_array => {
                self.close(false, sink);
                rest
            }
            _ => self.fail(),
        }
    }

    /// A string, from behind its opening quote or from where the last push ended.
    #[inline]
    pub(super) fn text<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
        let mut at = 0;
        if self.escape {
            self.escape = false;
            at = 1;
        }
        loop {
            let found = bytes.get(at..).and_then(scan::quote_or_escape);
            match found.map(|found| at + found) {
                Some(end) if bytes.get(end) == Some(&b'"') => {
                    let (text, rest) = bytes.split_at(end);
                    self.text_end(text, sink);
                    return rest.get(1..).unwrap_or_default();
                }
                Some(escape) => {
                    self.escaped = true;
                    at = escape + 2;
                    if at > bytes.len() {
                        self.escape = true;
                    }
                }
                None => {
                    match self.state {
                        State::OtherText => {}
                        State::PassingText => self.piece(bytes, sink),
                        _ => self.keep(bytes),
                    }
                    return &[];
                }
            }
        }
    }

    #[inline]
    fn text_end<S: Sink<P>>(&mut self, text: &[u8], sink: &mut S) {
        let whole = self.token.is_empty();
        if !whole && !matches!(self.state, State::OtherText | State::PassingText) {
            self.keep(text);
        }
        match self.state {
            State::KeyText => {
                let key = if whole { text } else { self.token.as_slice() };
                let node = self.node().filter(|_| !self.long);
                self.next = if self.escaped {
                    node.and_then(|node| node.member(Text::new(key, true).get()?.as_bytes()))
                } else {
                    node.and_then(|node| node.member(key))
                };
                self.state = State::Colon;
            }
            State::ValueText => {
                if let Some(place) = self.next.and_then(|node| node.place) {
                    let text = if whole { text } else { self.token.as_slice() };
                    let scalar = if self.long || text.len() > LONGEST {
                        Scalar::LongText
                    } else {
                        Scalar::Text(Text::new(text, self.escaped))
                    };
                    sink.scalar(place, scalar);
                }
                self.value_end();
            }
            State::PassingText => {
                self.piece(text, sink);
                if let Some(place) = self.next.and_then(|node| node.place) {
                    sink.close(place);
                }
                self.value_end();
            }
            _ => self.value_end(),
        }
        self.clear_token();
    }

    fn piece<S: Sink<P>>(&self, bytes: &[u8], sink: &mut S) {
        if let Some(place) = self.next.and_then(|node| node.place) {
            sink.piece(place, bytes);
        }
    }

    /// A literal or number, from its first byte or from where the last push ended.
    #[inline]
    pub(super) fn bare<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
        let end = bytes
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'z' | b'.' | b'+' | b'-' | b'E'));
        let Some(end) = end else {
            if self.next.is_some_and(|node| node.place.is_some()) {
                self.keep(bytes);
            }
            return &[];
        };
        let (bare, rest) = bytes.split_at(end);
        self.bare_end(bare, sink);
        rest
    }

    #[inline]
    fn bare_end<S: Sink<P>>(&mut self, bare: &[u8], sink: &mut S) {
        let whole = self.token.is_empty();
        if !whole {
            self.keep(bare);
        }
        let bare = if whole { bare } else { self.token.as_slice() };
        match self.next.and_then(|node| node.place) {
            Some(_) if self.long || bare.len() > LONGEST => self.value_end(),
            Some(place) => match Scalar::bare(bare) {
                Some(scalar) => {
                    sink.scalar(place, scalar);
                    self.value_end();
                }
                None => self.state = State::Failed,
            },
            None => self.value_end(),
        }
        self.clear_token();
    }
}

/// Whether a byte is one of those that literals and numbers are written in.
const BARE: [bool; 256] = {
    let bytes = b"0123456789+-.Eabcdefghijklmnopqrstuvwxyz";
    let mut bare = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        bare[bytes[at] as usize] = true;
        at += 1;
    }
    bare
};

/// The length of the literal or number that `bytes` begins with, if its end is here.
#[inline]
pub(super) fn bare_len(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| !BARE[usize::from(*byte)])
}
