use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::SystemTime;

use tower_genai_scrape::{Counted, Samples, Value};

use super::table::{Amount, Kind, Measure};
use crate::series::{Exemplars, Histogram, Layout, Mark, Money};

/// The numbers of one label set: one for each part that the metric has.
pub(super) struct Series {
    created: SystemTime,
    cells: Cells,
}

enum Cells {
    Count(Count),
    /// A sum of times, in the units of the layout.
    Time(Count),
    Counts(Box<[Count]>),
    Money(Box<Sum>),
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
    nothings: AtomicU64,
}

/// Money that only becomes more.
#[derive(Default)]
struct Sum {
    money: Money,
    nothings: AtomicU64,
    exemplars: Exemplars,
}

/// The last number that was told.
struct Gauge {
    /// The bits of an `f64`, or [`Gauge::UNSET`].
    value: AtomicU64,
    /// How often it was told.
    told: AtomicU64,
}

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

impl Sum {
    fn show(&self, samples: &mut Samples<'_>, labels: &[&str], created: SystemTime) {
        let text = self.money.text();
        if text == "0" && self.nothings.load(Relaxed) == 0 {
            return;
        }
        self.exemplars.show(|exemplars| {
            let mut counted = Counted::new(Value::Decimal(&text)).with_created(created);
            if let [Some(exemplar)] = exemplars {
                counted = counted.with_exemplar(*exemplar);
            }
            samples.counted(labels, &counted);
        });
    }
}

impl Gauge {
    /// A number that is none.
    const UNSET: u64 = u64::MAX;

    const fn new() -> Self {
        Self { value: AtomicU64::new(Self::UNSET), told: AtomicU64::new(0) }
    }

    fn set(&self, value: f64) {
        self.value.store(value.to_bits(), Relaxed);
        self.told.fetch_add(1, Relaxed);
    }

    fn get(&self) -> Option<f64> {
        Some(self.value.load(Relaxed)).filter(|bits| *bits != Self::UNSET).map(f64::from_bits)
    }
}

impl Series {
    pub(super) fn new(kind: &Kind, layout: &Layout, created: SystemTime) -> Self {
        let parts = match kind {
            Kind::Counter(measure) | Kind::Gauge(measure) | Kind::Histogram(_, measure) => {
                measure.parts().len()
            }
        };
        let cells = match (kind, parts) {
            (Kind::Counter(Measure::Money(_)), _) => Cells::Money(Box::default()),
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
        Self { created, cells }
    }

    /// Adds to a counter, sets a gauge, observes in a histogram.
    pub(super) fn add(&self, part: usize, amount: Amount<'_>, layout: &Layout, mark: Option<&Mark>) {
        match &self.cells {
            Cells::Count(count) => count.add(amount.whole()),
            Cells::Time(time) => time.add(layout.to_units(amount.float())),
            Cells::Counts(counts) => {
                if let Some(count) = counts.get(part) {
                    count.add(amount.whole());
                }
            }
            Cells::Money(sum) => {
                let Amount::Money(usd) = amount else { return };
                sum.money.add(usd);
                if usd.is_zero() {
                    sum.nothings.fetch_add(1, Relaxed);
                }
                if let Some(mark) = mark {
                    sum.exemplars.note(0, 1, usd.to_f64(), mark);
                }
            }
            Cells::Gauge(gauge) => gauge.set(amount.float()),
            Cells::Gauges(gauges) => {
                if let Some(gauge) = gauges.get(part) {
                    gauge.set(amount.float());
                }
            }
            Cells::Histogram(histogram) => observe(histogram, amount, layout, mark),
            Cells::Histograms(histograms) => {
                if let Some(histogram) = histograms.get(part) {
                    observe(histogram, amount, layout, mark);
                }
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
                samples.counted(labels, &Counted::new(sum).with_created(self.created));
            }
        };
        match &self.cells {
            Cells::Count(of) => count(of),
            Cells::Time(time) => {
                if let Some(units) = time.get() {
                    let value = Value::Float(layout.of_units(units.into()));
                    samples.counted(labels, &Counted::new(value).with_created(self.created));
                }
            }
            Cells::Counts(counts) => counts.get(part).into_iter().for_each(count),
            Cells::Money(sum) => sum.show(samples, labels, self.created),
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
            Cells::Histogram(histogram) => histogram.show(samples, labels, layout, Some(self.created), room),
            Cells::Histograms(histograms) => {
                if let Some(histogram) = histograms.get(part) {
                    histogram.show(samples, labels, layout, Some(self.created), room);
                }
            }
        }
    }

    /// All its numbers, in an order that stays the same. Any addition changes one of them.
    pub(super) fn words(&self) -> Vec<u64> {
        let count = |count: &Count| [count.sum.load(Relaxed), count.nothings.load(Relaxed)];
        let gauge = |gauge: &Gauge| [gauge.value.load(Relaxed), gauge.told.load(Relaxed)];
        match &self.cells {
            Cells::Count(of) | Cells::Time(of) => count(of).into(),
            Cells::Counts(counts) => counts.iter().flat_map(count).collect(),
            Cells::Money(sum) => {
                let nothings = sum.nothings.load(Relaxed);
                sum.money.words().chain([nothings]).collect()
            }
            Cells::Gauge(of) => gauge(of).into(),
            Cells::Gauges(gauges) => gauges.iter().flat_map(gauge).collect(),
            Cells::Histogram(histogram) => histogram.words().collect(),
            Cells::Histograms(histograms) => histograms.iter().flat_map(Histogram::words).collect(),
        }
    }

    /// Adds to its numbers, in that order. A gauge, to which nothing can be added, stays as it is unless it was never
    /// told.
    pub(super) fn add_words(&self, mut words: impl Iterator<Item = u64>) {
        let count = |count: &Count, words: &mut dyn Iterator<Item = u64>| {
            count.sum.fetch_add(words.next().unwrap_or(0), Relaxed);
            count.nothings.fetch_add(words.next().unwrap_or(0), Relaxed);
        };
        match &self.cells {
            Cells::Count(of) | Cells::Time(of) => count(of, &mut words),
            Cells::Counts(counts) => counts.iter().for_each(|of| count(of, &mut words)),
            Cells::Money(sum) => {
                sum.money.add_words(&mut words);
                sum.nothings.fetch_add(words.next().unwrap_or(0), Relaxed);
            }
            Cells::Gauge(_) | Cells::Gauges(_) => {}
            Cells::Histogram(histogram) => histogram.add_words(&mut words),
            Cells::Histograms(histograms) => {
                histograms.iter().for_each(|histogram| histogram.add_words(&mut words));
            }
        }
    }
}

fn observe(histogram: &Histogram, amount: Amount<'_>, layout: &Layout, mark: Option<&Mark>) {
    match amount {
        Amount::Chunks(chunks) => histogram.merge(layout, chunks.counts(), chunks.sum().as_secs_f64()),
        _ => histogram.observe(layout, amount.float(), mark),
    }
}
