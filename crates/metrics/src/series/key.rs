use std::hash::{Hash, Hasher};

use papaya::Equivalent;

/// A label set: labels whose values come from a closed list, and `N` labels whose values do not.
///
/// Stored sets own their texts; a look-up borrows them, so that finding a set allocates nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key<C, S, const N: usize> {
    pub(crate) closed: C,
    pub(crate) open: [S; N],
}

impl<C: Copy, const N: usize> Key<C, &str, N> {
    pub(crate) fn to_owned(self) -> Key<C, Box<str>, N> {
        Key { closed: self.closed, open: self.open.map(Box::from) }
    }
}

impl<C, const N: usize> Key<C, Box<str>, N> {
    pub(crate) fn open(&self) -> [&str; N] {
        std::array::from_fn(|index| &*self.open[index])
    }
}

// By hand, for the length of an array need not be hashed: it is always the same.
impl<C: Hash, S: Hash, const N: usize> Hash for Key<C, S, N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.closed.hash(state);
        for text in &self.open {
            text.hash(state);
        }
    }
}

impl<C: PartialEq, const N: usize> Equivalent<Key<C, Box<str>, N>> for Key<C, &str, N> {
    fn equivalent(&self, owned: &Key<C, Box<str>, N>) -> bool {
        self.closed == owned.closed
            && self.open.iter().zip(&owned.open).all(|(borrowed, own)| same(borrowed, own))
    }
}

/// Equality that does not compare empty texts byte by byte. An empty box points nowhere, and glibc's AVX-512 `memcmp`
/// of no bytes at such an address takes a hidden page fault of 60 ns.
fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && (one.is_empty() || one == other)
}
