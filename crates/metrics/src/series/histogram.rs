use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tower_genai_scrape::{Bounds, Histogram as Shown, Samples, Value};

/// Observations counted by size. The bounds are those of the metric and are passed in.
pub(crate) struct Histogram {
    counts: Box<[AtomicU64]>,
    /// The bits of an `f64`.
    sum: AtomicU64,
}

impl Histogram {
    pub(crate) fn new(bounds: &Bounds) -> Self {
        Self {
            counts: (0..=bounds.len()).map(|_| AtomicU64::new(0)).collect(),
            sum: AtomicU64::new(0f64.to_bits()),
        }
    }

    pub(crate) fn observe(&self, bounds: &Bounds, value: f64) {
        if let Some(count) = self.counts.get(bounds.index(value)) {
            count.fetch_add(1, Relaxed);
        }
        let mut bits = self.sum.load(Relaxed);
        loop {
            let sum = (f64::from_bits(bits) + value).to_bits();
            match self.sum.compare_exchange_weak(bits, sum, Relaxed, Relaxed) {
                Ok(_) => return,
                Err(newer) => bits = newer,
            }
        }
    }

    /// Writes it unless nothing was observed. `room` is reused from one histogram to the next.
    pub(crate) fn show(
        &self,
        samples: &mut Samples<'_>,
        labels: &[&str],
        bounds: &Bounds,
        room: &mut Vec<u64>,
    ) {
        room.clear();
        room.extend(self.counts.iter().map(|count| count.load(Relaxed)));
        if room.iter().any(|count| *count > 0) {
            let sum = Value::Float(f64::from_bits(self.sum.load(Relaxed)));
            samples.histogram(labels, &Shown::new(bounds, room, sum));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_lost_between_threads() {
        let bounds = Bounds::sorted([1.0, 2.0]);
        let histogram = Histogram::new(&bounds);
        std::thread::scope(|scope| {
            for value in [0.5, 1.5, 2.5, 2.5] {
                let (histogram, bounds) = (&histogram, &bounds);
                scope.spawn(move || (0..10_000).for_each(|_| histogram.observe(bounds, value)));
            }
        });
        let counts: Vec<_> = histogram.counts.iter().map(|count| count.load(Relaxed)).collect();
        assert_eq!(counts, [10_000, 10_000, 20_000]);
        assert_eq!(f64::from_bits(histogram.sum.load(Relaxed)).to_bits(), 70_000f64.to_bits());
    }
}
