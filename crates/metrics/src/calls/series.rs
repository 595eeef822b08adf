use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::Relaxed};

use tower_genai_scrape::{Samples, Value};

use super::table::{Amount, Kind, Measure};
use crate::series::{Histogram, Layout, Money};

/// The numbers of one label set: one for each part that the metric has.
pub(super) struct Series {
    cells: Cells,
}

enum Cells {
    Count(Count),
    /// A sum of times, in the units of the layout.
    Time(Count),
    Counts(Box<[Count]>),
    Money(Box<(Money, AtomicU32)>),
    Gauge(Gauge),
    Gauges(Box<[Gauge]>),
    Histogram(Histogram),
    Histograms(Box<[Histogram]>),
}

/// A number that only rises.
#[derive(Default)]
struct Count {
    sum: AtomicU64,
    /// How often nothing was added: to have counted nothing is not the same as not to have counted.
    nothings: AtomicU32,
}

/// The last number that was told: the bits of an `f64`, or [`Gauge::UNSET`].
struct Gauge(AtomicU64);

impl Count {
    fn add(&self, amount: u64) {
        if amount == 0 {
            self.nothings.fetch_add(1, Relaxed);
        } else {
            self.sum.fetch_add(amount, Relaxed);
        }
    }

    /// `None` before anything was counted.
    fn get(&self) -> Option<u64> {
        let sum = self.sum.load(Relaxed);
        (sum > 0 || self.nothings.load(Relaxed) > 0).then_some(sum)
    }
}

impl Gauge {
    /// A number that is none.
    const UNSET: u64 = u64::MAX;

    const fn new() -> Self {
        Self(AtomicU64::new(Self::UNSET))
    }

    fn set(&self, value: f64) {
        self.0.store(value.to_bits(), Relaxed);
    }

    fn get(&self) -> Option<f64> {
        Some(self.0.load(Relaxed)).filter(|bits| *bits != Self::UNSET).map(f64::from_bits)
    }
}

impl Series {
    pub(super) fn new(kind: &Kind, layout: &Layout) -> Self {
        let parts = match kind {
            Kind::Counter(Measure::Money(_)) => return Self { cells: Cells::Money(Box::default()) },
            Kind::Counter(measure) | Kind::Gauge(measure) | Kind::Histogram(_, measure) => {
                measure.parts().len()
            }
        };
        let cells = match (kind, parts) {
            (Kind::Counter(Measure::Seconds(_)), _) => Cells::Time(Count::default()),
            (Kind::Counter(_), 1) => Cells::Count(Count::default()),
            (Kind::Counter(_), _) => Cells::Counts((0..parts).map(|_| Count::default()).collect()),
            (Kind::Gauge(_), 1) => Cells::Gauge(Gauge::new()),
            (Kind::Gauge(_), _) => Cells::Gauges((0..parts).map(|_| Gauge::new()).collect()),
            (Kind::Histogram(..), 1) => Cells::Histogram(Histogram::new(layout)),
            (Kind::Histogram(..), _) => {
                Cells::Histograms((0..parts).map(|_| Histogram::new(layout)).collect())
            }
        };
        Self { cells }
    }

    /// Adds to a counter, sets a gauge, observes in a histogram.
    pub(super) fn add(&self, part: usize, amount: Amount, layout: &Layout) {
        let float = || match amount {
            Amount::Count(count) => count as f64,
            Amount::Seconds(seconds) => seconds,
            Amount::Money(usd) => usd.to_f64(),
        };
        match (&self.cells, amount) {
            (Cells::Count(count), Amount::Count(amount)) => count.add(amount),
            (Cells::Time(time), Amount::Seconds(amount)) => time.add(layout.to_units(amount)),
            (Cells::Counts(counts), Amount::Count(amount)) => {
                if let Some(count) = counts.get(part) {
                    count.add(amount);
                }
            }
            (Cells::Money(money), Amount::Money(amount)) => {
                money.0.add(amount);
                if amount.is_zero() {
                    money.1.fetch_add(1, Relaxed);
                }
            }
            (Cells::Gauge(gauge), _) => gauge.set(float()),
            (Cells::Gauges(gauges), _) => {
                if let Some(gauge) = gauges.get(part) {
                    gauge.set(float());
                }
            }
            (Cells::Histogram(histogram), _) => histogram.observe(layout, float()),
            (Cells::Histograms(histograms), _) => {
                if let Some(histogram) = histograms.get(part) {
                    histogram.observe(layout, float());
                }
            }
            (Cells::Count(_) | Cells::Time(_) | Cells::Counts(_) | Cells::Money(_), _) => {
                debug_assert!(false, "{amount:?} is nothing that this counter counts");
            }
        }
    }

    /// What a counter without parts has counted.
    #[cfg(test)]
    pub(super) fn count(&self) -> Option<u64> {
        match &self.cells {
            Cells::Count(count) => count.get(),
            _ => None,
        }
    }

    /// Writes what there is of one part.
    pub(super) fn show(
        &self,
        part: usize,
        samples: &mut Samples<'_>,
        labels: &[&str],
        layout: &Layout,
        room: &mut Vec<u64>,
    ) {
        let mut count = |count: &Count| {
            if let Some(sum) = count.get() {
                samples.value(labels, sum);
            }
        };
        match &self.cells {
            Cells::Count(of) => count(of),
            Cells::Time(time) => {
                if let Some(units) = time.get() {
                    samples.value(labels, Value::Float(layout.of_units(units.into())));
                }
            }
            Cells::Counts(counts) => counts.get(part).into_iter().for_each(count),
            Cells::Money(money) => {
                let (money, nothings) = &**money;
                let text = money.text();
                if nothings.load(Relaxed) > 0 || text != "0" {
                    samples.value(labels, Value::Decimal(&text));
                }
            }
            Cells::Gauge(gauge) => {
                if let Some(value) = gauge.get() {
                    samples.value(labels, value);
                }
            }
            Cells::Gauges(gauges) => {
                if let Some(value) = gauges.get(part).and_then(Gauge::get) {
                    samples.value(labels, value);
                }
            }
            Cells::Histogram(histogram) => histogram.show(samples, labels, layout, room),
            Cells::Histograms(histograms) => {
                if let Some(histogram) = histograms.get(part) {
                    histogram.show(samples, labels, layout, room);
                }
            }
        }
    }
}
