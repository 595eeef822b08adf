mod members;
mod skip;
mod tokens;

use smallvec::SmallVec;

use super::{Node, Scalar, scan};

/// Receives what stands at the places of a schema.
pub(crate) trait Sink<P> {
    /// An object or array begins at a place.
    fn open(&mut self, place: P);
    /// It ends.
    fn close(&mut self, place: P);
    /// A scalar stands at a place.
    fn scalar(&mut self, place: P, value: Scalar<'_>);
    /// The next bytes of a string that is only watched, as they are written: between `open` and `close`.
    fn piece(&mut self, _place: P, _bytes: &[u8]) {}
}

/// A JSON document read as it arrives: only the places of a schema are looked at, all else is skipped.
///
/// Memory is bounded whatever the document: a string or number at a place is kept up to [`LONGEST`] bytes,
/// and only where it straddles two pushes; below skipped values only the depth is counted. Skipped parts are
/// checked for balanced brackets and strings, not for commas and literals.
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
    /// In a string that is only watched.
    PassingText,
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

    /// Reads the next bytes of the document, which nothing but white space may follow.
    pub(crate) fn push<S: Sink<P>>(&mut self, bytes: &[u8], sink: &mut S) {
        if !self.push_one(bytes, sink).is_empty() {
            self.state = State::Trailing;
        }
    }

    /// Reads the next bytes of the document, and returns what follows its end and the white space behind that.
    pub(crate) fn push_one<'a, S: Sink<P>>(&mut self, bytes: &'a [u8], sink: &mut S) -> &'a [u8] {
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
                State::KeyText | State::ValueText | State::PassingText | State::OtherText => {
                    self.text(rest, sink)
                }
                State::Bare => self.bare(rest, sink),
                State::Skip => self.skip(rest),
                State::SkipText => self.skip_text(rest),
                State::Done => return scan::skip_space(rest),
                State::Trailing | State::Failed => return &[],
            };
        }
        rest
    }

    #[cold]
    fn fail<'a>(&mut self) -> &'a [u8] {
        self.state = State::Failed;
        &[]
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
