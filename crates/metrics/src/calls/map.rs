use std::hash::BuildHasher;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::sync::atomic::{AtomicU64, AtomicUsize, fence};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use foldhash::fast::{FixedState, RandomState};

use super::LabelId;
use super::key::{Projection, SeriesKey};
use super::label::LabelMask;
use super::labels::CallLabels;
use super::series::Series;
use crate::series::{OTHER, Reserved};

/// The series of one metric.
///
/// A label set that is known is found by one look-up that allocates nothing and takes no lock. A new one gets its own
/// place while the budget lasts; then the values nobody reserved become `other`, and what was folded is counted.
pub(super) struct SeriesMap {
    sets: papaya::HashMap<SeriesKey, Entry, RandomState>,
    /// The labels in the order of the keys.
    labels: Box<[LabelId]>,
    /// What is shown for a value that nobody knows.
    missing: &'static str,
    budget: usize,
    /// How much of the budget is used.
    used: AtomicUsize,
    /// Gives each set its place in the order of appearance.
    sequence: AtomicUsize,
    /// By the places of `labels`.
    folded: Box<[AtomicU64]>,
    /// Series that were taken away, until it is certain that nobody adds to them any more.
    leaving: Mutex<Vec<Leaving>>,
}

struct Entry {
    sequence: usize,
    /// Whether it takes a part of the budget.
    budgeted: bool,
    series: Arc<Series>,
    idle: Idle,
}

/// For how long nothing was added to a series, as scrapes have seen it.
struct Idle {
    /// A hash of the numbers that were seen last.
    seen: AtomicU64,
    /// When they were seen first: nanoseconds after an arbitrary moment.
    since: AtomicU64,
}

impl Idle {
    const fn new() -> Self {
        Self { seen: AtomicU64::new(0), since: AtomicU64::new(u64::MAX) }
    }
}

struct Leaving {
    key: SeriesKey,
    series: Arc<Series>,
    /// The numbers it left with.
    words: Vec<u64>,
}

/// The series of a call.
pub(super) struct Found {
    pub(super) series: Arc<Series>,
    /// The labels whose values it does not show.
    pub(super) folded: LabelMask,
}

impl SeriesMap {
    pub(super) fn new(labels: Box<[LabelId]>, missing: &'static str, budget: usize) -> Self {
        Self {
            sets: papaya::HashMap::with_hasher(RandomState::default()),
            folded: labels.iter().map(|_| AtomicU64::new(0)).collect(),
            labels,
            missing,
            budget,
            used: AtomicUsize::new(0),
            sequence: AtomicUsize::new(0),
            leaving: Mutex::default(),
        }
    }

    /// Finds the series of a call, or makes it. `folded` are labels that are to be shown as `other` anyway.
    pub(super) fn find(
        &self,
        values: &CallLabels<'_>,
        folded: LabelMask,
        reserved: &Reserved,
        make: impl FnOnce() -> Series,
    ) -> Found {
        let sets = self.sets.pin();
        let mut key = Projection { labels: &self.labels, values, folded, missing: self.missing };
        if let Some(entry) = sets.get(&key) {
            return Found { series: entry.series.clone(), folded };
        }
        let within =
            self.used.fetch_update(Relaxed, Relaxed, |used| (used < self.budget).then_some(used + 1)).is_ok();
        if !within {
            self.fold(&mut key, reserved);
        }
        if let Some(entry) = sets.get(&key) {
            if within {
                self.used.fetch_sub(1, Relaxed);
            }
            return Found { series: entry.series.clone(), folded: key.folded };
        }
        let sequence = self.sequence.fetch_add(1, Relaxed);
        let make = || Entry { sequence, budgeted: within, series: Arc::new(make()), idle: Idle::new() };
        let entry = sets.get_or_insert_with(key.to_key(), make);
        if within && entry.sequence != sequence {
            // Another thread was first.
            self.used.fetch_sub(1, Relaxed);
        }
        Found { series: entry.series.clone(), folded: key.folded }
    }

    fn fold(&self, key: &mut Projection<'_>, reserved: &Reserved) {
        for (label, folded) in self.labels.iter().zip(&self.folded) {
            let value = key.value(*label);
            if value != OTHER && !key.folded.contains(*label) && !reserved.keeps(*label, value) {
                key.folded.insert(*label);
                folded.fetch_add(1, Relaxed);
            }
        }
    }

    /// Takes away the series to which nothing has been added for so long, `now` being the time since an arbitrary
    /// moment. True while anybody may hold one that was taken away: whoever remembers series must then forget them.
    ///
    /// Nothing is lost by it. Whoever found a series before it was taken away may still add to it; when nobody holds it
    /// any more, what was added late is put back.
    pub(super) fn expire(&self, now: Duration, idle: Duration) -> bool {
        let Ok(mut leaving) = self.leaving.try_lock() else { return true };
        let now = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
        let idle = u64::try_from(idle.as_nanos()).unwrap_or(u64::MAX);
        let sets = self.sets.pin();
        for (key, entry) in &sets {
            let words = entry.series.words();
            let seen = FixedState::default().hash_one(&words);
            let since = entry.idle.since.load(Relaxed);
            if since == u64::MAX || entry.idle.seen.swap(seen, Relaxed) != seen {
                entry.idle.seen.store(seen, Relaxed);
                entry.idle.since.store(now, Relaxed);
            } else if now.saturating_sub(since) >= idle && sets.remove(key).is_some() {
                if entry.budgeted {
                    self.used.fetch_sub(1, Relaxed);
                }
                leaving.push(Leaving { key: key.clone(), series: entry.series.clone(), words });
            }
        }
        papaya::Guard::flush(&self.sets.guard());
        leaving.retain(|left| {
            if Arc::strong_count(&left.series) > 1 {
                return true;
            }
            // The count is read relaxed: what the last holder added before it let go must be seen.
            fence(Acquire);
            !self.put_back(left)
        });
        !leaving.is_empty()
    }

    /// Puts back what was added to a series after it was taken away.
    fn put_back(&self, left: &Leaving) -> bool {
        let words = left.series.words();
        if words != left.words {
            let make = || Entry {
                sequence: self.sequence.fetch_add(1, Relaxed),
                budgeted: false,
                series: left.series.clone(),
                idle: Idle::new(),
            };
            let sets = self.sets.pin();
            let entry = sets.get_or_insert_with(left.key.clone(), make);
            if !Arc::ptr_eq(&entry.series, &left.series) {
                entry
                    .series
                    .add_words(words.iter().zip(&left.words).map(|(now, then)| now.wrapping_sub(*then)));
            }
        }
        true
    }

    /// Counts a value that was folded before it came here.
    pub(super) fn count_folded(&self, label: LabelId) {
        if let Some((_, folded)) = self.labels.iter().zip(&self.folded).find(|(known, _)| **known == label) {
            folded.fetch_add(1, Relaxed);
        }
    }

    /// Shows all label sets, in the order in which they appeared.
    pub(super) fn show(&self, show: impl FnOnce(&[(&SeriesKey, &Series)])) {
        let sets = self.sets.pin();
        let mut entries: Vec<_> = sets.iter().collect();
        entries.sort_unstable_by_key(|(_, entry)| entry.sequence);
        let entries: Vec<_> = entries.into_iter().map(|(key, entry)| (key, &*entry.series)).collect();
        show(&entries);
    }

    pub(super) fn size(&self) -> usize {
        self.sets.len()
    }

    pub(super) const fn budget(&self) -> usize {
        self.budget
    }

    pub(super) fn folded(&self) -> impl Iterator<Item = (LabelId, u64)> {
        self.labels.iter().zip(&self.folded).map(|(label, folded)| (*label, folded.load(Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::{Amount, Kind, Measure};
    use super::*;
    use crate::series::Layout;
    use std::time::SystemTime;

    use tower_genai_scrape::Bounds;

    const KIND: Kind = Kind::Counter(Measure::Count(|_| None));

    fn map(budget: usize) -> SeriesMap {
        SeriesMap::new([LabelId::Operation, LabelId::RequestModel, LabelId::Team].into(), "None", budget)
    }

    fn layout() -> Layout {
        Layout::whole(Bounds::sorted([]))
    }

    fn add(map: &SeriesMap, reserved: &Reserved, [operation, model, team]: [&str; 3]) {
        let mut values = CallLabels::new();
        values.set(LabelId::Operation, operation);
        values.set(LabelId::RequestModel, model);
        values.set(LabelId::Team, team);
        find(map, reserved, &values).add(0, Amount::Count(1), &layout(), None);
    }

    fn find(map: &SeriesMap, reserved: &Reserved, values: &CallLabels<'_>) -> Arc<Series> {
        let make = || Series::new(&KIND, &layout(), SystemTime::UNIX_EPOCH);
        map.find(values, LabelMask::NONE, reserved, make).series
    }

    fn contents(map: &SeriesMap) -> Vec<(String, u64)> {
        let mut all = Vec::new();
        map.show(|sets| {
            all.extend(
                sets.iter().map(|(key, series)| {
                    (key.values().collect::<Vec<_>>().join(" "), series.count().unwrap())
                }),
            );
        });
        all
    }

    #[test]
    fn over_the_budget_values_fold_unless_they_are_reserved() {
        let mut reserved = Reserved::default();
        reserved.models.insert("gpt-4o".into());
        let map = map(2);
        add(&map, &reserved, ["chat", "a", "x"]);
        add(&map, &reserved, ["chat", "b", "x"]);
        add(&map, &reserved, ["chat", "a", "x"]);
        add(&map, &reserved, ["chat", "c", "x"]);
        add(&map, &reserved, ["chat", "d", "y"]);
        add(&map, &reserved, ["chat", "gpt-4o", "y"]);
        add(&map, &reserved, ["rerank", "e", ""]);
        let set = |text: &str, count| (text.to_owned(), count);
        assert_eq!(
            contents(&map),
            [
                set("chat a x", 2),
                set("chat b x", 1),
                set("chat other other", 2),
                set("chat gpt-4o other", 1),
                set("rerank other ", 1),
            ]
        );
        let folded: Vec<_> = map.folded().collect();
        assert_eq!(folded, [(LabelId::Operation, 0), (LabelId::RequestModel, 3), (LabelId::Team, 3)]);
        assert_eq!((map.size(), map.budget()), (5, 2));
    }

    #[test]
    fn a_value_that_reads_like_a_missing_one_is_none() {
        let reserved = Reserved::default();
        let map = map(1);
        add(&map, &reserved, ["chat", "a", ""]);
        add(&map, &reserved, ["chat", "a", "None"]);
        assert_eq!(contents(&map), [("chat a ".to_owned(), 2)]);
        add(&map, &reserved, ["chat", "b", "None"]);
        assert_eq!(contents(&map)[1], ("chat other ".to_owned(), 1));
    }

    #[test]
    fn idle_series_leave_their_place_to_others() {
        let reserved = Reserved::default();
        let map = map(1);
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        let idle = minutes(10);
        add(&map, &reserved, ["chat", "a", "x"]);
        assert!(!map.expire(minutes(0), idle));
        map.expire(minutes(9), idle);
        assert_eq!(contents(&map).len(), 1);
        add(&map, &reserved, ["chat", "a", "x"]);
        map.expire(minutes(15), idle);
        map.expire(minutes(24), idle);
        assert_eq!(contents(&map), [("chat a x".to_owned(), 2)]);
        map.expire(minutes(25), idle);
        assert_eq!((contents(&map).len(), map.size(), map.used.load(Relaxed)), (0, 0, 0));
        add(&map, &reserved, ["chat", "b", "x"]);
        assert_eq!(contents(&map), [("chat b x".to_owned(), 1)]);
    }

    #[test]
    fn what_is_added_to_a_series_that_has_left_is_put_back() {
        let reserved = Reserved::default();
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        for comes_back in [false, true] {
            let map = map(1);
            let mut values = CallLabels::new();
            values.set(LabelId::RequestModel, "a");
            let held = find(&map, &reserved, &values);
            held.add(0, Amount::Count(5), &layout(), None);
            map.expire(minutes(0), minutes(10));
            assert!(map.expire(minutes(10), minutes(10)), "somebody holds it");
            held.add(0, Amount::Count(2), &layout(), None);
            if comes_back {
                find(&map, &reserved, &values).add(0, Amount::Count(1), &layout(), None);
            }
            drop(held);
            // Not before the map has let go of it, which is up to the reclaiming of memory.
            let mut rounds = 0;
            while map.expire(minutes(11), minutes(10)) {
                rounds += 1;
                assert!(rounds < 1000, "never put back");
            }
            // What was shown before is continued, or begun anew where another has begun already.
            let sum = if comes_back { 3 } else { 7 };
            assert_eq!(contents(&map), [(" a ".to_owned(), sum)]);
        }
    }

    #[test]
    fn threads_that_race_for_new_sets_agree_and_keep_the_budget() {
        let reserved = Reserved::default();
        let map = map(50);
        let names: Vec<String> = (0..100).map(|number| format!("model-{number}")).collect();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        for name in &names {
                            add(&map, &reserved, ["chat", name, "t"]);
                        }
                    }
                });
            }
        });
        let all = contents(&map);
        assert_eq!(all.iter().map(|(_, count)| count).sum::<u64>(), 4 * 50 * 100);
        assert_eq!(map.used.load(Relaxed), 50);
        assert_eq!(all.len(), 51);
    }
}
