use std::hash::Hash;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};

use foldhash::fast::RandomState;
use papaya::Equivalent;
use tower_genai_scrape::Name;

use super::{Key, OTHER, OpenLabel};

/// The label sets of a metric of exchanges, each set with the numbers it owns.
///
/// A set that is known is found by one look-up that allocates nothing and takes no lock. A new one gets its own place
/// while the budget lasts; then its values become `other`, and what was folded is counted. Error types stay: they are few,
/// and what one looks for when things go wrong.
pub(crate) struct LabelSets<C, V, const N: usize> {
    /// The sets that appeared first, which are all that most services have: comparing them is quicker than a look-up.
    first: [Place<C, V, N>; FIRST],
    sets: papaya::HashMap<Key<C, Box<str>, N>, Arc<Entry<V>>, RandomState>,
    metric: Name,
    labels: [OpenLabel; N],
    budget: usize,
    /// How much of the budget is used.
    used: AtomicUsize,
    /// Gives each set its place in the order of appearance.
    sequence: AtomicUsize,
    folded: [AtomicU64; N],
}

/// How many sets are found without a look-up.
const FIRST: usize = 8;

/// Where one of the first sets is kept.
type Place<C, V, const N: usize> = OnceLock<(Key<C, Box<str>, N>, Arc<Entry<V>>)>;

struct Entry<V> {
    sequence: usize,
    value: V,
}

impl<C: Copy + Eq + Hash, V, const N: usize> LabelSets<C, V, N> {
    pub(crate) fn new(metric: Name, labels: [OpenLabel; N], budget: usize) -> Self {
        Self {
            first: std::array::from_fn(|_| OnceLock::new()),
            sets: papaya::HashMap::with_hasher(RandomState::default()),
            metric,
            labels,
            budget,
            used: AtomicUsize::new(0),
            sequence: AtomicUsize::new(0),
            folded: std::array::from_fn(|_| AtomicU64::new(0)),
        }
    }

    /// Finds the numbers of a label set, or makes them for the set as it is shown, folded or not.
    pub(crate) fn with<T>(
        &self,
        key: Key<C, &str, N>,
        make: impl FnOnce(Key<C, &str, N>) -> V,
        then: impl FnOnce(&V) -> T,
    ) -> T {
        for (known, entry) in self.first.iter().map_while(OnceLock::get) {
            if key.equivalent(known) {
                return then(&entry.value);
            }
        }
        let sets = self.sets.pin();
        if let Some(entry) = sets.get(&key) {
            return then(&entry.value);
        }
        let within =
            self.used.fetch_update(Relaxed, Relaxed, |used| (used < self.budget).then_some(used + 1)).is_ok();
        let key = if within { key } else { self.fold(key) };
        if let Some(entry) = sets.get(&key) {
            if within {
                self.used.fetch_sub(1, Relaxed);
            }
            return then(&entry.value);
        }
        let sequence = self.sequence.fetch_add(1, Relaxed);
        let entry =
            sets.get_or_insert_with(key.to_owned(), || Arc::new(Entry { sequence, value: make(key) }));
        if within && entry.sequence != sequence {
            // Another thread was first.
            self.used.fetch_sub(1, Relaxed);
        }
        if let Some(place) = self.first.get(entry.sequence) {
            let _ = place.set((key.to_owned(), Arc::clone(entry)));
        }
        then(&entry.value)
    }

    fn fold<'k>(&self, mut key: Key<C, &'k str, N>) -> Key<C, &'k str, N> {
        for ((value, label), folded) in key.open.iter_mut().zip(self.labels).zip(&self.folded) {
            if !value.is_empty() && *value != OTHER && label != OpenLabel::ErrorType {
                *value = OTHER;
                folded.fetch_add(1, Relaxed);
            }
        }
        key
    }

    /// Shows all label sets, in the order in which they appeared.
    pub(crate) fn show(&self, show: impl FnOnce(&[(&Key<C, Box<str>, N>, &V)])) {
        let sets = self.sets.pin();
        let mut entries: Vec<_> = sets.iter().collect();
        entries.sort_unstable_by_key(|(_, entry)| entry.sequence);
        let entries: Vec<_> = entries.into_iter().map(|(key, entry)| (key, &entry.value)).collect();
        show(&entries);
    }
}

/// What is told about a map in the self-check series.
pub(crate) trait Census {
    /// The metric that has these label sets.
    fn metric(&self) -> &str;

    /// How many label sets there are.
    fn size(&self) -> usize;

    /// How many there may be, those with only reserved and folded values not counted.
    fn budget(&self) -> usize;

    /// How often a value of each label was folded.
    fn folded(&self, tell: &mut dyn FnMut(&str, u64));
}

impl<C: Copy + Eq + Hash, V, const N: usize> Census for LabelSets<C, V, N> {
    fn metric(&self) -> &str {
        self.metric.as_str()
    }

    fn size(&self) -> usize {
        self.sets.len()
    }

    fn budget(&self) -> usize {
        self.budget
    }

    fn folded(&self, tell: &mut dyn FnMut(&str, u64)) {
        for (label, folded) in self.labels.iter().zip(&self.folded) {
            tell(label.name(), folded.load(Relaxed));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Map = LabelSets<u8, AtomicU64, 2>;

    fn map(budget: usize) -> Map {
        LabelSets::new(
            crate::names::HTTP_CLIENT_REQUEST_DURATION,
            [OpenLabel::Route, OpenLabel::ErrorType],
            budget,
        )
    }

    fn add(map: &Map, closed: u8, open: [&str; 2]) {
        map.with(Key { closed, open }, |_| AtomicU64::default(), |count| count.fetch_add(1, Relaxed));
    }

    fn contents(map: &Map) -> Vec<(u8, [String; 2], u64)> {
        let mut all = Vec::new();
        map.show(|sets| {
            all.extend(
                sets.iter()
                    .map(|(key, count)| (key.closed, key.open().map(str::to_owned), count.load(Relaxed))),
            );
        });
        all
    }

    fn set(closed: u8, open: [&str; 2], count: u64) -> (u8, [String; 2], u64) {
        (closed, open.map(str::to_owned), count)
    }

    #[test]
    fn over_the_budget_routes_fold_and_errors_stay() {
        let map = map(2);
        add(&map, 0, ["a", "x"]);
        add(&map, 0, ["b", "x"]);
        add(&map, 0, ["a", "x"]);
        add(&map, 0, ["c", "x"]);
        add(&map, 0, ["d", "y"]);
        add(&map, 1, ["e", ""]);
        assert_eq!(
            contents(&map),
            [
                set(0, ["a", "x"], 2),
                set(0, ["b", "x"], 1),
                set(0, [OTHER, "x"], 1),
                set(0, [OTHER, "y"], 1),
                set(1, [OTHER, ""], 1),
            ]
        );
        let mut folded = Vec::new();
        map.folded(&mut |label, count| folded.push((label.to_owned(), count)));
        assert_eq!(folded, [("http_route".to_owned(), 3), ("error_type".to_owned(), 0)]);
        assert_eq!((map.size(), map.budget()), (5, 2));
    }

    #[test]
    fn threads_that_race_for_new_sets_agree_and_keep_the_budget() {
        let map = map(50);
        let names: Vec<String> = (0..100).map(|number| format!("model-{number}")).collect();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        for name in &names {
                            add(&map, 0, [name, "t"]);
                        }
                    }
                });
            }
        });
        let all = contents(&map);
        assert_eq!(all.iter().map(|(_, _, count)| count).sum::<u64>(), 4 * 50 * 100);
        assert_eq!(map.used.load(Relaxed), 50);
        assert_eq!(all.len(), 51);
    }
}
