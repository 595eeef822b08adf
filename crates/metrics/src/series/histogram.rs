use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tower_genai_scrape::{Bounds, Histogram as Shown, Samples, Value};

use super::{Exemplars, Mark, Native};

/// How the histograms of a metric are laid out.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) bounds: Bounds,
    /// How many units of the sum make one of what is observed.
    units: f64,
    /// Whether observations are marked.
    exemplars: bool,
    /// Whether there are exponential buckets as well.
    native: bool,
}

impl Layout {
    /// For times in seconds; the sum counts nanoseconds.
    pub(crate) const fn seconds(bounds: Bounds) -> Self {
        Self { bounds, units: 1e9, exemplars: false, native: false }
    }

    /// For whole numbers.
    pub(crate) const fn whole(bounds: Bounds) -> Self {
        Self { bounds, units: 1.0, exemplars: false, native: false }
    }

    /// With observations to look at.
    pub(crate) const fn exemplars(mut self, exemplars: bool) -> Self {
        self.exemplars = exemplars;
        self
    }

    /// With exponential buckets.
    pub(crate) const fn native(mut self, native: bool) -> Self {
        self.native = native;
        self
    }

    pub(crate) const fn has_exemplars(&self) -> bool {
        self.exemplars
    }

    /// The sizes by which observations must be counted for [`Histogram::merge`].
    pub(crate) fn sizes(&self) -> Vec<f64> {
        let native = self.native.then(Native::chunk_sizes).into_iter().flatten();
        self.bounds.iter().chain(native).collect()
    }

    /// A value as a whole number of the sum's units.
    #[allow(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast from a float saturates"
    )]
    pub(crate) fn to_units(&self, value: f64) -> u64 {
        (value * self.units).round() as u64
    }

    /// The value of a whole number of the sum's units.
    pub(crate) fn of_units(&self, units: u128) -> f64 {
        units as f64 / self.units
    }
}

/// Observations counted by size.
///
/// The sum is a whole number of small units: an integer is added to in one step however many threads add, where a float
/// would be read, raised and compared again and again; and it loses nothing, whatever the order.
pub(crate) struct Histogram {
    /// The buckets, then the low and the high word of the sum.
    words: Box<[AtomicU64]>,
    extras: Option<Box<Extras>>,
}

/// What a histogram has when it is asked for.
struct Extras {
    exemplars: Option<Exemplars>,
    native: Option<Native>,
}

impl Histogram {
    pub(crate) fn new(layout: &Layout) -> Self {
        let extras = (layout.exemplars || layout.native).then(|| {
            Box::new(Extras {
                exemplars: layout.exemplars.then(Exemplars::default),
                native: layout.native.then(Native::new),
            })
        });
        Self { words: (0..layout.bounds.len() + 3).map(|_| AtomicU64::new(0)).collect(), extras }
    }

    pub(crate) fn observe(&self, layout: &Layout, value: f64, mark: Option<&Mark>) {
        let [counts @ .., low, high] = &*self.words else { return };
        let place = layout.bounds.index(value);
        if let Some(count) = counts.get(place) {
            count.fetch_add(1, Relaxed);
        }
        add(low, high, layout.to_units(value));
        if let Some(extras) = &self.extras {
            extras.observe(place, counts.len(), value, mark);
        }
    }

    /// Adds observations that somebody has counted already: so many of each, all of at most that size and more than the
    /// size before. Every bound of the layout must be among the sizes.
    pub(crate) fn merge(&self, layout: &Layout, counted: impl Iterator<Item = (f64, u64)>, sum: f64) {
        let [counts @ .., low, high] = &*self.words else { return };
        let mut largest = 0.0;
        for (size, times) in counted {
            // All that is known of what is more than every size: that it is more.
            let shown = if size.is_finite() { size } else { f64::next_up(largest) };
            largest = shown;
            if times == 0 {
                continue;
            }
            if let Some(count) = counts.get(layout.bounds.index(size)) {
                count.fetch_add(times, Relaxed);
            }
            if let Some(native) = self.extras.as_ref().and_then(|extras| extras.native.as_ref()) {
                native.observe(shown, times);
            }
        }
        add(low, high, layout.to_units(sum));
    }

    fn sum(&self, layout: &Layout) -> f64 {
        let [.., low, high] = &*self.words else { return 0.0 };
        let units = u128::from(high.load(Relaxed)) << 64 | u128::from(low.load(Relaxed));
        layout.of_units(units)
    }

    /// Writes it unless nothing was observed. `room` is reused from one histogram to the next.
    pub(crate) fn show(
        &self,
        samples: &mut Samples<'_>,
        labels: &[&str],
        layout: &Layout,
        created: Option<std::time::SystemTime>,
        room: &mut Vec<u64>,
    ) {
        room.clear();
        room.extend(self.words.iter().map(|word| word.load(Relaxed)));
        room.truncate(layout.bounds.len() + 1);
        if room.iter().all(|count| *count == 0) {
            return;
        }
        let mut shown = Shown::new(&layout.bounds, room, Value::Float(self.sum(layout)));
        if let Some(created) = created {
            shown = shown.with_created(created);
        }
        let native = self.extras.as_ref().and_then(|extras| extras.native.as_ref()).map(Native::show);
        if let Some(native) = &native {
            shown = shown.with_native(native);
        }
        match self.extras.as_ref().and_then(|extras| extras.exemplars.as_ref()) {
            Some(exemplars) => {
                exemplars.show(|exemplars| samples.histogram(labels, &shown.with_exemplars(exemplars)));
            }
            None => samples.histogram(labels, &shown),
        }
    }

    /// All its numbers, in an order that stays the same.
    pub(crate) fn words(&self) -> impl Iterator<Item = u64> {
        let native = self.extras.as_ref().and_then(|extras| extras.native.as_ref());
        let words = self.words.iter().map(|word| word.load(Relaxed));
        words.chain(native.into_iter().flat_map(Native::words))
    }

    /// Adds to its numbers, in that order.
    pub(crate) fn add_words(&self, words: &mut impl Iterator<Item = u64>) {
        let [counts @ .., low, high] = &*self.words else { return };
        for (count, word) in counts.iter().zip(&mut *words) {
            count.fetch_add(word, Relaxed);
        }
        add(low, high, words.next().unwrap_or(0));
        high.fetch_add(words.next().unwrap_or(0), Relaxed);
        if let Some(native) = self.extras.as_ref().and_then(|extras| extras.native.as_ref()) {
            native.add_words(words);
        }
    }
}

/// Adds to a sum of two words.
fn add(low: &AtomicU64, high: &AtomicU64, units: u64) {
    if low.fetch_add(units, Relaxed).checked_add(units).is_none() {
        high.fetch_add(1, Relaxed);
    }
}

impl Extras {
    fn observe(&self, place: usize, places: usize, value: f64, mark: Option<&Mark>) {
        if let Some(native) = &self.native {
            native.observe(value, 1);
        }
        if let (Some(exemplars), Some(mark)) = (&self.exemplars, mark) {
            exemplars.note(place, places, value, mark);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_between_threads() {
        let layout = Layout::seconds(Bounds::sorted([1.0, 2.0]));
        let histogram = Histogram::new(&layout);
        std::thread::scope(|scope| {
            for value in [0.5, 1.5, 2.5, 2.5] {
                let (histogram, layout) = (&histogram, &layout);
                scope.spawn(move || (0..10_000).for_each(|_| histogram.observe(layout, value, None)));
            }
        });
        let counts: Vec<_> = histogram.words().take(3).collect();
        assert_eq!(counts, [10_000, 10_000, 20_000]);
        assert_eq!(histogram.sum(&layout).to_bits(), 70_000f64.to_bits());
    }

    #[test]
    fn the_sum_is_exact_and_has_no_end() {
        let layout = Layout::seconds(Bounds::sorted([]));
        let histogram = Histogram::new(&layout);
        (0..10).for_each(|_| histogram.observe(&layout, 0.1, None));
        assert_eq!(histogram.sum(&layout).to_bits(), 1f64.to_bits());
        // Three times more than the low word holds in nanoseconds.
        (0..3).for_each(|_| histogram.observe(&layout, 18_000_000_000.0, None));
        assert_eq!(histogram.sum(&layout).to_bits(), 54_000_000_001f64.to_bits());
        // What cannot be is nothing.
        histogram.observe(&layout, -5.0, None);
        assert_eq!(histogram.sum(&layout).to_bits(), 54_000_000_001f64.to_bits());
    }

    #[test]
    fn what_is_more_than_every_size_is_in_the_bucket_above() {
        let layout = Layout::seconds(Bounds::sorted([1.0])).native(true);
        let histogram = Histogram::new(&layout);
        let sizes = [(1.0, 0), (64.0, 1), (f64::INFINITY, 2)];
        histogram.merge(&layout, sizes.into_iter(), 300.0);
        assert_eq!(histogram.words().take(2).collect::<Vec<_>>(), [0, 3]);
        let native = histogram.extras.as_ref().and_then(|extras| extras.native.as_ref()).unwrap();
        assert_eq!(native.show().buckets, [(48, 1), (49, 2)]);
    }

    #[test]
    fn numbers_taken_out_can_be_added_elsewhere() {
        let layout = Layout::seconds(Bounds::sorted([1.0, 2.0])).native(true);
        let (one, other) = (Histogram::new(&layout), Histogram::new(&layout));
        for value in [0.5, 1.5, 18_000_000_000.0, 18_000_000_000.0] {
            one.observe(&layout, value, None);
        }
        other.observe(&layout, 0.5, None);
        other.add_words(&mut one.words());
        assert_eq!(other.sum(&layout).to_bits(), 36_000_000_002.5f64.to_bits());
        assert_eq!(other.words().take(3).collect::<Vec<_>>(), [2, 1, 2]);
        let native = other.extras.as_ref().and_then(|extras| extras.native.as_ref()).unwrap();
        assert_eq!(native.show().count(), 5);
    }
}
