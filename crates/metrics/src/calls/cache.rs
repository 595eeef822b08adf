use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};

use foldhash::fast::RandomState;
use papaya::Equivalent;

use super::key::{SeriesKey, hash_values, same_values};
use super::label::Closed;
use super::series::Series;
use super::{Facts, LabelId};

/// How many calls' labels are remembered.
const CAPACITY: usize = 4096;

/// The most labels with texts of their own that are looked at.
const WIDEST: usize = LabelId::COUNT;

/// The way from all that the metrics' labels can see of a call to the series of all metrics.
///
/// It changes nothing but speed: what it does not know, the metrics' own maps do. When it is full it forgets
/// everything, so that a flood of labels that never return cannot keep out those that do.
pub(super) struct Cache {
    entries: papaya::HashMap<WideKey, Handles, RandomState>,
    /// The labels that differ by their texts.
    texts: Box<[LabelId]>,
}

/// The series of every metric, in the metrics' order. One is there once a call has added to it.
pub(super) type Handles = Box<[OnceLock<Arc<Series>>]>;

#[derive(PartialEq, Eq)]
struct WideKey {
    closed: Closed,
    texts: SeriesKey,
}

/// A [`WideKey`] that is not written down.
#[derive(Clone, Copy)]
struct Wide<'a> {
    closed: Closed,
    texts: &'a [&'a str],
}

/// Room for what a call's labels say.
type Room<'a> = [&'a str; WIDEST];

impl Cache {
    pub(super) fn new(labels: &[LabelId]) -> Self {
        let texts = labels.iter().copied().filter(|label| !label.is_closed() && !label.is_silent()).collect();
        Self { entries: papaya::HashMap::with_hasher(RandomState::default()), texts }
    }

    fn key<'a>(&self, facts: Facts<'a>, room: &'a mut Room<'a>) -> Wide<'a> {
        let mut count = 0;
        for (slot, label) in room.iter_mut().zip(&self.texts) {
            *slot = label.of(facts);
            count += 1;
        }
        Wide { closed: Closed::of(facts), texts: &room[..count] }
    }

    /// Shows what is known of a call's series; `None` when nothing is.
    pub(super) fn with<T>(&self, facts: Facts<'_>, then: impl FnOnce(&Handles) -> T) -> Option<T> {
        let mut room = [""; WIDEST];
        let key = self.key(facts, &mut room);
        self.entries.pin().get(&key).map(then)
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        let guard = self.entries.guard();
        self.entries.clear(&guard);
        papaya::Guard::flush(&guard);
    }

    /// Remembers a call's series. None of its labels may have been folded, for that is not forever.
    pub(super) fn insert(&self, facts: Facts<'_>, handles: Handles) {
        let mut room = [""; WIDEST];
        let key = self.key(facts, &mut room);
        let texts = SeriesKey::of(key.texts.iter().copied());
        let entries = self.entries.pin();
        if entries.len() >= CAPACITY {
            entries.clear();
        }
        entries.insert(WideKey { closed: key.closed, texts }, handles);
    }
}

impl Hash for WideKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.closed.hash(state);
        hash_values(self.texts.values(), state);
    }
}

impl Hash for Wide<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.closed.hash(state);
        hash_values(self.texts.iter().copied(), state);
    }
}

impl Equivalent<WideKey> for Wide<'_> {
    fn equivalent(&self, key: &WideKey) -> bool {
        self.closed == key.closed && same_values(self.texts.iter().copied(), key.texts.values())
    }
}
