use std::hash::{Hash, Hasher};

use papaya::Equivalent;

use super::LabelId;
use super::label::LabelMask;
use super::labels::CallLabels;
use crate::series::OTHER;

/// Ends each value in a [`SeriesKey`]. No value that is shown contains it.
pub(super) const SEPARATOR: char = '\u{1f}';

/// The values of a series' labels one after the other, in one piece of memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeriesKey(Box<str>);

/// What a metric's labels show of a call: a [`SeriesKey`] that is not written down.
#[derive(Clone, Copy, Debug)]
pub(super) struct Projection<'a> {
    pub(super) labels: &'a [LabelId],
    pub(super) values: &'a CallLabels<'a>,
    /// Labels that are shown as `other`.
    pub(super) folded: LabelMask,
    /// What stands for a value that nobody knows: a value that reads the same is none.
    pub(super) missing: &'a str,
}

impl SeriesKey {
    pub(super) fn of<'v>(values: impl Iterator<Item = &'v str> + Clone) -> Self {
        let mut text = String::with_capacity(values.clone().map(|value| value.len() + 1).sum());
        for value in values {
            text.push_str(value);
            text.push(SEPARATOR);
        }
        Self(text.into())
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &str> {
        self.0.split_terminator(SEPARATOR)
    }
}

impl<'a> Projection<'a> {
    pub(super) fn values(self) -> impl Iterator<Item = &'a str> + Clone {
        self.labels.iter().map(move |label| self.value(*label))
    }

    pub(super) fn value(self, label: LabelId) -> &'a str {
        match self.values.get(label) {
            _ if self.folded.contains(label) => OTHER,
            value if value == self.missing => "",
            value => value,
        }
    }

    pub(super) fn to_key(self) -> SeriesKey {
        SeriesKey::of(self.values())
    }
}

impl Hash for SeriesKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_values(self.values(), state);
    }
}

impl Hash for Projection<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        hash_values(self.values(), state);
    }
}

impl Equivalent<SeriesKey> for Projection<'_> {
    fn equivalent(&self, key: &SeriesKey) -> bool {
        same_values(self.values(), key.values())
    }
}

pub(super) fn hash_values<'v, H: Hasher>(values: impl Iterator<Item = &'v str>, state: &mut H) {
    for value in values {
        value.hash(state);
    }
}

/// Equality that does not compare empty texts byte by byte: glibc's AVX-512 `memcmp` of no bytes at an address that
/// points nowhere takes a hidden page fault of 60 ns.
pub(super) fn same_values<'v>(
    ours: impl Iterator<Item = &'v str>,
    mut theirs: impl Iterator<Item = &'v str>,
) -> bool {
    for one in ours {
        match theirs.next() {
            Some(other) if one.len() == other.len() && (one.is_empty() || one == other) => {}
            _ => return false,
        }
    }
    theirs.next().is_none()
}
