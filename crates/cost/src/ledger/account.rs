use std::hash::{BuildHasher, Hash, Hasher};

use super::Dimension;

/// What stands for values that are no longer told apart.
pub(super) const OTHER: &str = "other";

/// The longest value that is kept; a client may choose some of them. A user's identity may be a URL.
pub(super) const MAX_BYTES: usize = 256;

/// How many tags of a call are kept.
pub(super) const MAX_TAGS: usize = 16;

/// How often an account can be folded.
pub(super) const LEVELS: usize = 4;

/// The dimensions that are folded at each step: those first that vary most.
const FOLDED: [[Dimension; 2]; LEVELS - 1] = [
    [Dimension::User, Dimension::Tag],
    [Dimension::Model, Dimension::KeyAlias],
    [Dimension::Provider, Dimension::Team],
];

/// An account by borrowed values; an empty one is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Key<'a> {
    /// In the order of [`Dimension::ALL`].
    pub(super) texts: [&'a str; Dimension::SINGLE],
    pub(super) tags: &'a [Box<str>],
}

impl<'a> Key<'a> {
    pub(super) fn hash_with(&self, state: &impl BuildHasher) -> u64 {
        let mut hasher = state.build_hasher();
        // Not derived: the lengths of arrays need not be hashed, they are always the same.
        self.texts.iter().for_each(|text| text.hash(&mut hasher));
        self.tags.iter().for_each(|tag| tag.hash(&mut hasher));
        hasher.finish()
    }

    /// The values of a dimension; one for those without a value too.
    pub(super) fn values(self, dimension: Dimension) -> impl Iterator<Item = &'a str> + Clone {
        let single = match dimension {
            Dimension::Tag => self.tags.is_empty().then_some(""),
            dimension => Some(self.texts[dimension.index()]),
        };
        let tags = if dimension == Dimension::Tag { self.tags } else { &[] };
        // A tag that stands there twice counts once.
        let distinct = tags.iter().enumerate().filter(|(at, tag)| !tags[..*at].contains(tag));
        single.into_iter().chain(distinct.map(|(_, tag)| &**tag))
    }

    /// The account one step further folded; `other` is a list of that one tag. Tells which dimensions lost a value.
    pub(super) fn folded(
        mut self,
        level: usize,
        other: &'a [Box<str>],
        mut lost: impl FnMut(Dimension),
    ) -> Self {
        // In the last step all become one, absent values too.
        let last = level + 1 == LEVELS - 1;
        for dimension in FOLDED.into_iter().take(level + 1).flatten() {
            if self.values(dimension).any(|value| !value.is_empty() && value != OTHER) {
                lost(dimension);
            }
            let absent = self.values(dimension).all(str::is_empty);
            match dimension {
                _ if absent && !last => {}
                Dimension::Tag => self.tags = other,
                dimension => self.texts[dimension.index()] = OTHER,
            }
        }
        self
    }
}

/// An account that owns its values.
#[derive(Debug)]
pub(super) struct Account {
    /// All single values, one after the other: one allocation, and one place to compare with.
    text: Box<str>,
    /// Where each of them ends.
    ends: [u16; Dimension::SINGLE],
    tags: Box<[Box<str>]>,
}

impl Account {
    pub(super) fn new(key: Key<'_>) -> Self {
        let mut ends = [0; Dimension::SINGLE];
        let mut end = 0;
        for (place, text) in ends.iter_mut().zip(key.texts) {
            // Each is at most `MAX_BYTES` long.
            end += u16::try_from(text.len()).unwrap_or_default();
            *place = end;
        }
        Self { text: key.texts.concat().into(), ends, tags: key.tags.into() }
    }

    pub(super) fn key(&self) -> Key<'_> {
        let mut begin = 0;
        let texts = self.ends.map(|end| {
            let text = self.text.get(begin..usize::from(end)).unwrap_or_default();
            begin = usize::from(end);
            text
        });
        Key { texts, tags: &self.tags }
    }
}

const _: () = assert!(MAX_BYTES * Dimension::SINGLE <= u16::MAX as usize);

#[cfg(test)]
mod tests {
    use super::*;

    fn other() -> [Box<str>; 1] {
        [OTHER.into()]
    }

    #[test]
    fn an_account_is_what_it_was_made_from() {
        let tags = ["x".into(), "y".into(), "x".into()];
        let key = Key { texts: ["gpt-4o", "", "prod", "é", ""], tags: &tags };
        let account = Account::new(key);
        assert_eq!(account.key(), key);
        assert_eq!(account.key().values(Dimension::Team).collect::<Vec<_>>(), ["é"]);
        assert_eq!(account.key().values(Dimension::User).collect::<Vec<_>>(), [""]);
        assert_eq!(account.key().values(Dimension::Tag).collect::<Vec<_>>(), ["x", "y"]);
        assert_eq!(Key { tags: &[], ..key }.values(Dimension::Tag).collect::<Vec<_>>(), [""]);
    }

    #[test]
    fn what_varies_most_is_folded_first_and_absent_stays_absent_until_the_last() {
        let (other, tags) = (other(), ["x".into()]);
        let key = Key { texts: ["m", "p", "a", "t", ""], tags: &tags };
        let fold = |level| {
            let mut lost = Vec::new();
            let folded = key.folded(level, &other, |dimension| lost.push(dimension.as_str()));
            (folded.texts, folded.tags.to_vec(), lost)
        };
        assert_eq!(fold(0), (["m", "p", "a", "t", ""], other.to_vec(), vec!["tag"]));
        assert_eq!(
            fold(1),
            ([OTHER, "p", OTHER, "t", ""], other.to_vec(), vec!["tag", "model", "key_alias"])
        );
        let all = vec!["tag", "model", "key_alias", "provider", "team"];
        assert_eq!(fold(2), ([OTHER; 5], other.to_vec(), all));
    }
}
