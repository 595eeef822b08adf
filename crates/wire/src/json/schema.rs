use super::scan;

/// A place in a document that is looked at, and what lies below it. Everything else is skipped unread.
///
/// Schemas are statics: a dialect writes down the keys of its provider and what each one means (`P`).
#[derive(Debug)]
pub(crate) struct Node<P: 'static> {
    /// What to report for the value here; `None` for containers that are only passed through.
    pub(crate) place: Option<P>,
    /// The members that are looked at, where an object stands here.
    members: &'static [(&'static str, &'static Node<P>)],
    /// The elements, where an array stands here.
    pub(crate) items: Option<&'static Node<P>>,
    /// Bit `n` is set where some member's key is `n` bytes long: most keys are dismissed by their length.
    lengths: u64,
    /// Whether a string here is shown to the sink as it passes, and not kept.
    pub(crate) passing: bool,
}

impl<P: Copy> Node<P> {
    /// A value that is reported.
    pub(crate) const fn leaf(place: P) -> Self {
        Self { place: Some(place), members: &[], items: None, lengths: 0, passing: false }
    }

    /// A string of any length that is only watched: see [`Sink::piece`](super::Sink::piece).
    pub(crate) const fn passing(place: P) -> Self {
        Self { passing: true, ..Self::leaf(place) }
    }

    /// An object with members to look at.
    pub(crate) const fn object(members: &'static [(&'static str, &'static Self)]) -> Self {
        Self { place: None, members, items: None, lengths: lengths(members), passing: false }
    }

    /// An array whose elements are looked at.
    pub(crate) const fn array(items: &'static Self) -> Self {
        Self { place: None, members: &[], items: Some(items), lengths: 0, passing: false }
    }

    /// The same, reported when it opens and closes, or when a scalar stands in its place.
    pub(crate) const fn marked(self, place: P) -> Self {
        Self { place: Some(place), ..self }
    }

    /// The same, whose elements are looked at where an array stands here.
    pub(crate) const fn each(self, items: &'static Self) -> Self {
        Self { items: Some(items), ..self }
    }

    #[inline]
    pub(crate) fn member(&self, key: &[u8]) -> Option<&'static Self> {
        if key.len() >= 64 || self.lengths & (1 << key.len()) == 0 {
            return None;
        }
        self.members.iter().find(|(name, _)| scan::equal(name.as_bytes(), key)).map(|(_, node)| *node)
    }

    /// Whether nothing below a value here is looked at.
    pub(crate) const fn is_empty(&self) -> bool {
        self.members.is_empty() && self.items.is_none() && (self.passing || self.place.is_none())
    }
}

const fn lengths<P>(members: &[(&str, &Node<P>)]) -> u64 {
    let mut lengths = 0;
    let mut at = 0;
    while at < members.len() {
        assert!(members[at].0.len() < 64, "keys are shorter than 64 bytes");
        lengths |= 1 << members[at].0.len();
        at += 1;
    }
    lengths
}
