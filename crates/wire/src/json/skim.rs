use smallvec::SmallVec;

use super::{Node, Scalar, Text, scan};

/// Receives what stands at the places of a schema.
pub(crate) trait Sink<P> {
    /// An object or array begins at a place.
    fn open(&mut self, place: P);
    /// It ends.
    fn close(&mut self, place: P);
    /// A scalar stands at a place.
    fn scalar(&mut self, place: P, value: Scalar<'_>);
}

/// A JSON document read as it arrives: only the places of a schema are looked at, all else is skipped.
///
/// Memory is bounded whatever the document: a string or number at a place is kept up to [`LONGEST`] bytes, and only
/// where it straddles two pushes; below skipped values only the depth is counted. Skipped parts are checked for
/// balanced brackets and strings, not for commas and literals. Keys are compared as they are written: one that is
/// spelled with escapes is not recognised.
#[derive(Debug)]
pub(crate) struct Skim<P: 'static> {
    root: &'static Node<P>,
    state: State,
    /// Nodes of the open containers down to `tracked`.
    nodes: [Option<&'static Node<P>>; TRACKED],
    /// How many of the open containers are looked at; deeper ones are being skipped.
    tracked: usize,
    /// All open containers.
    depth: u64,
    /// Whether each of the innermost 128 open containers is an array, the innermost lowest.
    arrays: u128,
    /// What the value that comes next is.
    next: Option<&'static Node<P>>,
    /// The beginning of a string or scalar whose end has not arrived.
    token: SmallVec<[u8; 64]>,
    /// Whether `token` would have passed `LONGEST`.
    long: bool,
    /// Whether the string so far has an escape.
    escaped: bool,
    /// Whether the next byte is escaped.
    escape: bool,
}

/// The deepest that schemas go.
const TRACKED: usize = 8;

/// Strings and numbers longer than this are not kept.
const LONGEST: usize = 1024;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// Before a value.
    Value,
    /// After `[`.
    ValueOrEnd,
    /// After a comma in an object.
    Key,
    /// After `{`.
    KeyOrEnd,
    /// After a key.
    Colon,
    /// After a value in a container.
    CommaOrEnd,
    /// In a key.
    KeyText,
    /// In a string that stands at a place.
    ValueText,
    /// In a string that is skipped.
    OtherText,
    /// In a literal or number.
    Bare,
    /// Below a skipped container, between strings.
    Skip,
    /// Below a skipped container, in a string.
    SkipText,
    /// After the document.
    Done,
    /// After the document, where something else follows.
    Trailing,
    /// Not JSON.
    Failed,
}

impl<P: Copy> Skim<P> {
    #[inline]
    pub(crate) fn new(root: &'static Node<P>) -> Self {
        Self {
            root,
            state: State::Value,
            nodes: [None; TRACKED],
            tracked: 0,
            depth: 0,
            arrays: 0,
            next: Some(root),
            token: SmallVec::new(),
            long: false,
            escaped: false,
            escape: false,
        }
    }

    /// Begins a new document, maybe of another schema.
    pub(crate) fn restart(&mut self, root: &'static Node<P>) {
        self.root = root;
        self.state = State::Value;
        self.tracked = 0;
        self.depth = 0;
        self.next = Some(root);
        self.clear_token();
        self.escape = false;
    }

    /// Whether the document has ended, whatever follows it.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.state, State::Done | State::Trailing)
    }

    /// Whether this is not JSON.
    pub(crate) fn is_failed(&self) -> bool {
        matches!(self.state, State::Failed | State::Trailing)
    }

    /// Reads the next bytes of the document.
    pub(crate) fn push<S: Sink<P>>(&mut self, bytes: &[u8], sink: &mut S) {
        let mut rest = bytes;
        while !rest.is_empty() {
            rest = match self.state {
                State::Value | State::ValueOrEnd => self.value(rest, sink),
                State::Key | State::KeyOrEnd => {
                    let rest = self.members(rest, sink);
                    match self.state {
                        State::Key | State::KeyOrEnd => self.key(rest, sink),
                        _ => rest,
                    }
                }
                State::Colon => self.colon(rest),
                State::CommaOrEnd => self.comma_or_end(rest, sink),
                State::KeyText | State::ValueText | State::OtherText => self.text(rest, sink),
                State::Bare => self.bare(rest, sink),
                State::Skip => self.skip(rest),
                State::SkipText => self.skip_text(rest),
                State::Done => {
                    if !rest.trim_ascii().is_empty() {
                        self.state = State::Trailing;
                    }
                    return;
                }
                State::Trailing | State::Failed => return,
            };
        }
    }

    #[cold]
    fn fail<'a>(&mut self) -> &'a [u8] {
        self.state = State::Failed;
        &[]
    }

    #[inline]
    fn value<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
        let bytes = scan::skip_space(bytes);
        let [first, rest @ ..] = bytes else { return bytes };
        match first {
            b'"' => {
                self.state = if self.next.is_some_and(|node| node.place.is_some()) {
                    State::ValueText
                } else {
                    State::OtherText
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

    /// Reads members that are here whole, as nearly all are, into objects and out of them. At the first that is not,
    /// or that is anything out of the ordinary, it leaves off; from there the other methods go on, which take one token
    /// at a time and at any split.
    fn members<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
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

    #[inline]
    fn key<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
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
    fn colon<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
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
    fn comma_or_end<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
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
    fn text<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
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
                    if self.state != State::OtherText {
                        self.keep(bytes);
                    }
                    return &[];
                }
            }
        }
    }

    #[inline]
    fn text_end<S: Sink<P>>(&mut self, text: &[u8], sink: &mut S) {
        let whole = self.token.is_empty();
        if !whole && self.state != State::OtherText {
            self.keep(text);
        }
        match self.state {
            State::KeyText => {
                let key = if whole { text } else { self.token.as_slice() };
                self.next =
                    self.node().filter(|_| !self.escaped && !self.long).and_then(|node| node.member(key));
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
            _ => self.value_end(),
        }
        self.clear_token();
    }

    /// A literal or number, from its first byte or from where the last push ended.
    #[inline]
    fn bare<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
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

    /// Below a skipped container: nothing but strings and brackets matters.
    #[inline]
    fn skip<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
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
    fn skip_text<'a>(&mut self, bytes: &'a [u8]) -> &'a [u8] {
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

    fn open<S: Sink<P>>(&mut self, array: bool, sink: &mut S) {
        let looked_at = self.next.filter(|node| !node.is_empty());
        self.deeper(array);
        let slot = self.nodes.get_mut(self.tracked);
        let (Some(node), Some(slot)) = (looked_at, slot) else {
            self.state = State::Skip;
            return;
        };
        *slot = Some(node);
        self.tracked += 1;
        if let Some(place) = node.place {
            sink.open(place);
        }
        if array {
            self.next = node.items;
            self.state = State::ValueOrEnd;
        } else {
            self.state = State::KeyOrEnd;
        }
    }

    /// The innermost container, which is looked at, ends.
    fn close<S: Sink<P>>(&mut self, array: bool, sink: &mut S) {
        debug_assert_eq!(array, self.in_array());
        if let Some(place) = self.node().and_then(|node| node.place) {
            sink.close(place);
        }
        self.tracked -= 1;
        self.depth -= 1;
        self.arrays >>= 1;
        self.value_end();
    }

    #[inline]
    fn deeper(&mut self, array: bool) {
        // Brackets beyond the 128th are counted and not told apart.
        if self.depth < 128 {
            self.arrays = self.arrays << 1 | u128::from(array);
        }
        self.depth += 1;
    }

    #[inline]
    fn value_end(&mut self) {
        self.state = if self.depth == 0 { State::Done } else { State::CommaOrEnd };
    }

    #[inline]
    fn node(&self) -> Option<&'static Node<P>> {
        self.nodes.get(self.tracked.wrapping_sub(1)).copied().flatten()
    }

    #[inline]
    fn in_array(&self) -> bool {
        self.arrays & 1 == 1
    }

    fn keep(&mut self, bytes: &[u8]) {
        let room = LONGEST.saturating_sub(self.token.len());
        self.long |= bytes.len() > room;
        self.token.extend_from_slice(bytes.get(..room).unwrap_or(bytes));
    }

    #[inline]
    fn clear_token(&mut self) {
        self.token.clear();
        self.long = false;
        self.escaped = false;
    }
}

/// A string without escapes that `bytes` begins with, and what follows it, if all of it is here.
#[inline]
fn whole_text(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = bytes.strip_prefix(b"\"")?;
    let (text, behind) = text.split_at(scan::quote_or_escape(text)?);
    Some((text, behind.strip_prefix(b"\"")?))
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
fn bare_len(bytes: &[u8]) -> Option<usize> {
    bytes.iter().position(|byte| !BARE[usize::from(*byte)])
}
