use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use foldhash::fast::RandomState;

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
    budget: usize,
    /// How much of the budget is used.
    used: AtomicUsize,
    /// Gives each set its place in the order of appearance.
    sequence: AtomicUsize,
    /// By the places of `labels`.
    folded: Box<[AtomicU64]>,
}

struct Entry {
    sequence: usize,
    series: Arc<Series>,
}

/// The series of a call.
pub(super) struct Found {
    pub(super) series: Arc<Series>,
    /// The labels whose values it does not show.
    pub(super) folded: LabelMask,
}

impl SeriesMap {
    pub(super) fn new(labels: Box<[LabelId]>, budget: usize) -> Self {
        Self {
            sets: papaya::HashMap::with_hasher(RandomState::default()),
            folded: labels.iter().map(|_| AtomicU64::new(0)).collect(),
            labels,
            budget,
            used: AtomicUsize::new(0),
            sequence: AtomicUsize::new(0),
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
        let mut key = Projection { labels: &self.labels, values, folded };
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
        let make = || Entry { sequence, series: Arc::new(make()) };
        let entry = sets.get_or_insert_with(key.to_key(), make);
        if within && entry.sequence != sequence {
            // Another thread was first.
            self.used.fetch_sub(1, Relaxed);
        }
        Found { series: entry.series.clone(), folded: key.folded }
    }

    fn fold(&self, key: &mut Projection<'_>, reserved: &Reserved) {
        for (label, folded) in self.labels.iter().zip(&self.folded) {
            let value = key.values.get(*label);
            if value != OTHER && !key.folded.contains(*label) && !reserved.keeps(*label, value) {
                key.folded.insert(*label);
                folded.fetch_add(1, Relaxed);
            }
        }
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
    use tower_genai_scrape::Bounds;

    const KIND: Kind = Kind::Counter(Measure::Count(|_| None));

    fn map(budget: usize) -> SeriesMap {
        SeriesMap::new([LabelId::Operation, LabelId::RequestModel, LabelId::Team].into(), budget)
    }

    fn layout() -> Layout {
        Layout::whole(Bounds::sorted([]))
    }

    fn add(map: &SeriesMap, reserved: &Reserved, [operation, model, team]: [&str; 3]) {
        let mut values = CallLabels::new();
        values.set(LabelId::Operation, operation);
        values.set(LabelId::RequestModel, model);
        values.set(LabelId::Team, team);
        let found = map.find(&values, LabelMask::NONE, reserved, || Series::new(&KIND, &layout()));
        found.series.add(0, Amount::Count(1), &layout());
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
