use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tower_genai_scrape::{Bounds, Histogram as Shown, Samples, Value};

/// How the histograms of a metric are laid out.
#[derive(Clone, Debug)]
pub(crate) struct Layout {
    pub(crate) bounds: Bounds,
    /// How many units of the sum make one of what is observed.
    units: f64,
}

impl Layout {
    /// For times in seconds; the sum counts nanoseconds.
    pub(crate) const fn seconds(bounds: Bounds) -> Self {
        Self { bounds, units: 1e9 }
    }

    /// For whole numbers.
    pub(crate) const fn whole(bounds: Bounds) -> Self {
        Self { bounds, units: 1.0 }
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
}

impl Histogram {
    pub(crate) fn new(layout: &Layout) -> Self {
        Self { words: (0..layout.bounds.len() + 3).map(|_| AtomicU64::new(0)).collect() }
    }

    pub(crate) fn observe(&self, layout: &Layout, value: f64) {
        let [counts @ .., low, high] = &*self.words else { return };
        if let Some(count) = counts.get(layout.bounds.index(value)) {
            count.fetch_add(1, Relaxed);
        }
        let units = layout.to_units(value);
        if low.fetch_add(units, Relaxed).checked_add(units).is_none() {
            high.fetch_add(1, Relaxed);
        }
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
        room: &mut Vec<u64>,
    ) {
        room.clear();
        room.extend(self.words.iter().map(|word| word.load(Relaxed)));
        room.truncate(layout.bounds.len() + 1);
        if room.iter().any(|count| *count > 0) {
            samples.histogram(labels, &Shown::new(&layout.bounds, room, Value::Float(self.sum(layout))));
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
                scope.spawn(move || (0..10_000).for_each(|_| histogram.observe(layout, value)));
            }
        });
        let counts: Vec<_> = histogram.words[..3].iter().map(|count| count.load(Relaxed)).collect();
        assert_eq!(counts, [10_000, 10_000, 20_000]);
        assert_eq!(histogram.sum(&layout).to_bits(), 70_000f64.to_bits());
    }

    #[test]
    fn the_sum_is_exact_and_has_no_end() {
        let layout = Layout::seconds(Bounds::sorted([]));
        let histogram = Histogram::new(&layout);
        (0..10).for_each(|_| histogram.observe(&layout, 0.1));
        assert_eq!(histogram.sum(&layout).to_bits(), 1f64.to_bits());
        // Three times more than the low word holds in nanoseconds.
        (0..3).for_each(|_| histogram.observe(&layout, 18_000_000_000.0));
        assert_eq!(histogram.sum(&layout).to_bits(), 54_000_000_001f64.to_bits());
        // What cannot be is nothing.
        histogram.observe(&layout, -5.0);
        assert_eq!(histogram.sum(&layout).to_bits(), 54_000_000_001f64.to_bits());
    }
}
