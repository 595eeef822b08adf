//! Whole members at a time, which is how nearly all arrive.

use super::{LONGEST, Sink, Skim, State, tokens::bare_len};
use crate::json::{Scalar, Text, scan};

impl<P: Copy> Skim<P> {
    /// Reads members that are here whole, as nearly all are, into objects and out of them. At the first that
    /// is not, or that is anything out of the ordinary, it leaves off; from there the other methods go on,
    /// which take one token at a time and at any split.
    pub(super) fn members<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
        let mut rest = bytes;
        let Some(mut node) = self.node() else { return rest };
        loop {
            let Some((key, behind)) = whole_text(scan::skip_space(rest)) else { return rest };
            let [b':', value @ ..] = scan::skip_space(behind) else { return rest };
            let value = scan::skip_space(value);
            let member = node.member(key);
            let place = member.and_then(|member| member.place);
            let behind = match value {
                [b'"', ..] => {
                    let Some((text, behind)) = whole_text(value) else { return rest };
                    if let Some(place) = place {
                        if member.is_some_and(|member| member.passing) {
                            return rest;
                        }
                        let text = if text.len() > LONGEST {
                            Scalar::LongText
                        } else {
                            Scalar::Text(Text::new(text, false))
                        };
                        sink.scalar(place, text);
                    }
                    behind
                }
                [open @ (b'{' | b'['), behind @ ..] => {
                    self.next = member;
                    self.open(*open == b'[', sink);
                    match self.state {
                        State::KeyOrEnd => {
                            node = member.unwrap_or(node);
                            rest = behind;
                            continue;
                        }
                        State::Skip => {
                            let behind = self.skip(behind);
                            if self.state != State::CommaOrEnd {
                                return behind;
                            }
                            behind
                        }
                        _ => return behind,
                    }
                }
                [b'0'..=b'9' | b'-' | b't' | b'f' | b'n', ..] => {
                    let Some(end) = bare_len(value) else { return rest };
                    let (bare, behind) = value.split_at(end);
                    if let Some(place) = place {
                        match Scalar::bare(bare) {
                            Some(scalar) if end <= LONGEST => sink.scalar(place, scalar),
                            _ => return rest,
                        }
                    }
                    behind
                }
                _ => return rest,
            };
            // Up to the next member, which may be one of an object further out.
            self.state = State::CommaOrEnd;
            rest = behind;
            while self.state == State::CommaOrEnd {
                match scan::skip_space(rest) {
                    [b',', behind @ ..] if !self.in_array() => {
                        self.state = State::Key;
                        rest = behind;
                    }
                    [b'}', behind @ ..] if !self.in_array() => {
                        self.close(false, sink);
                        rest = behind;
                        let Some(outer) = self.node() else { return rest };
                        node = outer;
                    }
                    _ => return rest,
                }
            }
        }
    }
}

/// A string without escapes that `bytes` begins with, and what follows it, if all of it is here.
#[inline]
fn whole_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = bytes.strip_prefix(b"\"")?;
    let (text, behind) = text.split_at(scan::quote_or_escape(text)?);
    Some((text, behind.strip_prefix(b"\"")?))
}
