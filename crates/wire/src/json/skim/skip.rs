//! Below containers that are not looked at.

use super::{Skim, State};
use crate::json::scan;

impl<P: Copy> Skim<P> {
    /// Below a skipped container: nothing but strings and brackets matters.
    #[inline]
    pub(super) fn skip<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut rest = bytes;
        loop {
            let Some(at) = scan::quote_or_bracket(rest) else { return &[] };
            let (found, behind) = (rest.get(at).copied(), rest.get(at + 1..).unwrap_or_default());
            rest = behind;
            match found {
                Some(b'"') => {
                    self.state = State::SkipText;
                    rest = self.skip_text(rest);
                    if self.state == State::SkipText {
                        return rest;
                    }
                }
                Some(open @ (b'{' | b'[')) => self.deeper(open == b'['),
                close => {
                    let array = close == Some(b']');
                    if array != self.in_array() && self.depth <= 128 {
                        return self.fail();
                    }
                    self.depth -= 1;
                    self.arrays >>= u32::from(self.depth < 128);
                    if self.depth == self.tracked as u64 {
                        self.value_end();
                        return rest;
                    }
                }
            }
        }
    }

    #[inline]
    pub(super) fn skip_text<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
        let mut at = usize::from(std::mem::take(&mut self.escape));
        loop {
            let Some(found) = bytes.get(at..).and_then(scan::quote_or_escape) else { return &[] };
            let end = at + found;
            if bytes.get(end) == Some(&b'"') {
                self.state = State::Skip;
                return bytes.get(end + 1..).unwrap_or_default();
            }
            at = end + 2;
            self.escape = at > bytes.len();
        }
    }
}
