use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tower_genai_scrape::NativeHistogram;

/// Each bucket is at most 9 % wider than the one below: `2^(1/8)`.
const SCHEMA: i32 = 3;

/// How many buckets each doubling has.
const PER_OCTAVE: usize = 1 << SCHEMA;

/// The binary exponents of what has a bucket: 2.3e-10 to 4.3e9, nanoseconds to years and single tokens to billions.
const LOWEST: i32 = -32;
const OCTAVES: usize = 64;

/// The most buckets that are shown; with more their resolution is halved until they are fewer.
const MOST: usize = 160;

/// The upper ends of the buckets of one octave, as fractions of its own end: `2^((i - 8) / 8)`.
const FRACTIONS: [f64; PER_OCTAVE] = [
    0.5,
    0.545_253_866_332_628_8,
    0.594_603_557_501_360_5,
    0.648_419_777_325_504_8,
    std::f64::consts::FRAC_1_SQRT_2,
    0.771_105_412_703_970_4,
    0.840_896_415_253_714_4,
    0.917_004_043_204_671_2,
];

/// Observations in exponential buckets, which are made an octave at a time where there is something to count.
pub(crate) struct Native {
    octaves: Box<[OnceLock<Box<[AtomicU64; PER_OCTAVE]>>]>,
    /// What is less than every bucket, zero included.
    zeros: AtomicU64,
}

impl Native {
    pub(crate) fn new() -> Self {
        Self { octaves: (0..OCTAVES).map(|_| OnceLock::new()).collect(), zeros: AtomicU64::new(0) }
    }

    /// The ends of the buckets that a wait for a chunk may fall into, from a tenth of a millisecond to a minute.
    pub(crate) fn chunk_sizes() -> impl Iterator<Item = f64> {
        (-13..6).flat_map(|exponent| FRACTIONS.iter().map(move |end| end * f64::powi(2.0, exponent + 1)))
    }

    /// What is at most this is zero.
    fn threshold() -> f64 {
        f64::powi(2.0, LOWEST)
    }

    pub(crate) fn observe(&self, value: f64, times: u64) {
        let bucket = place(value)
            .and_then(|(octave, bucket)| self.octaves.get(octave)?.get_or_init(Box::default).get(bucket));
        bucket.unwrap_or(&self.zeros).fetch_add(times, Relaxed);
    }

    pub(crate) fn show(&self) -> NativeHistogram {
        let mut shown = NativeHistogram::new(SCHEMA, Self::threshold());
        shown.zero_count = self.zeros.load(Relaxed);
        let mut index = LOWEST * (1 << SCHEMA) + 1;
        for octave in &self.octaves {
            for count in octave.get().into_iter().flat_map(|octave| &**octave).enumerate() {
                let (place, count) = (count.0, count.1.load(Relaxed));
                if count > 0 {
                    // Eight fit any integer.
                    shown.buckets.push((index + i32::try_from(place).unwrap_or_default(), count));
                }
            }
            index += 1 << SCHEMA;
        }
        while shown.buckets.len() > MOST {
            coarsen(&mut shown);
        }
        shown
    }

    /// All its numbers, in an order that stays the same.
    pub(crate) fn words(&self) -> impl Iterator<Item = u64> {
        let octaves = self.octaves.iter().flat_map(|octave| {
            let octave = octave.get();
            (0..PER_OCTAVE).map(move |place| octave.map_or(0, |octave| octave[place].load(Relaxed)))
        });
        std::iter::once(self.zeros.load(Relaxed)).chain(octaves)
    }

    /// Adds to its numbers, in that order.
    pub(crate) fn add_words(&self, words: &mut impl Iterator<Item = u64>) {
        self.zeros.fetch_add(words.next().unwrap_or(0), Relaxed);
        for octave in &self.octaves {
            for place in 0..PER_OCTAVE {
                if let Some(word @ 1..) = words.next() {
                    octave.get_or_init(Box::default)[place].fetch_add(word, Relaxed);
                }
            }
        }
    }
}

/// The bits of a float's fraction.
const MANTISSA: u64 = (1 << 52) - 1;

/// The octave of a value and its bucket there; what is more than all has the last bucket.
fn place(value: f64) -> Option<(usize, usize)> {
    if value.is_nan() || value <= Native::threshold() {
        return None;
    }
    let bits = value.to_bits();
    // The value is a fraction in [0.5, 1) times a power of two: as `frexp` takes it apart.
    #[allow(clippy::cast_possible_wrap, reason = "eleven bits fit")]
    let exponent = ((bits >> 52) & 0x7ff) as i32 - 1022;
    let fraction = f64::from_bits((bits & MANTISSA) | (1022 << 52));
    let bucket = FRACTIONS.partition_point(|end| *end < fraction);
    // A value that ends an octave exactly, 0.5 times a power, is the last of the octave below.
    let (octave, bucket) = match bucket.checked_sub(1) {
        Some(bucket) => (exponent - 1 - LOWEST, bucket),
        None => (exponent - 2 - LOWEST, PER_OCTAVE - 1),
    };
    Some(match usize::try_from(octave) {
        Ok(octave) if octave < OCTAVES => (octave, bucket),
        Ok(_) => (OCTAVES - 1, PER_OCTAVE - 1),
        Err(_) => (0, 0),
    })
}

/// Joins each two neighbours.
fn coarsen(histogram: &mut NativeHistogram) {
    histogram.schema -= 1;
    let mut joined: Vec<(i32, u64)> = Vec::with_capacity(histogram.buckets.len());
    for (index, count) in histogram.buckets.drain(..) {
        let index = (index + 1) >> 1;
        match joined.last_mut() {
            Some((last, sum)) if *last == index => *sum += count,
            _ => joined.push((index, count)),
        }
    }
    histogram.buckets = joined;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The upper end of a bucket, by the specification.
    fn end(index: i32, schema: i32) -> f64 {
        2f64.powf(f64::from(index) * 2f64.powi(-schema))
    }

    #[test]
    fn every_value_is_within_its_bucket() {
        for value in [1e-9, 0.00037, 0.5, 0.999, 1.0, 1.0001, 1.09, 1.0905, 2.0, 3.7, 42.0, 1024.0, 1e6, 4e9]
        {
            let native = Native::new();
            native.observe(value, 1);
            let shown = native.show();
            let [(index, 1)] = shown.buckets[..] else { panic!("{value}: {shown:?}") };
            let slack = 1.0 + 1e-12;
            assert!(value <= end(index, SCHEMA) * slack, "{value} in {index}");
            assert!(value * slack > end(index - 1, SCHEMA), "{value} in {index}");
        }
        // Ends belong to their own bucket, exactly.
        for (value, index) in [(1.0, 0), (2.0, 8), (0.25, -16), (1024.0, 80)] {
            let native = Native::new();
            native.observe(value, 1);
            assert_eq!(native.show().buckets, [(index, 1)], "{value}");
        }
    }

    #[test]
    fn what_has_no_bucket_is_counted_at_the_ends() {
        let native = Native::new();
        for value in [0.0, -1.0, f64::NAN, 1e-12] {
            native.observe(value, 1);
        }
        native.observe(1e300, 2);
        native.observe(f64::INFINITY, 1);
        let shown = native.show();
        assert_eq!((shown.zero_count, shown.count()), (4, 7));
        assert_eq!(shown.buckets, [(256, 3)]);
    }

    #[test]
    fn with_many_buckets_the_resolution_is_halved_and_nothing_lost() {
        let native = Native::new();
        for index in 0..200 {
            native.observe(end(index, SCHEMA) * 0.999, 3);
        }
        let shown = native.show();
        assert_eq!((shown.schema, shown.buckets.len(), shown.count()), (2, 101, 600));
        let (index, _) = shown.buckets[0];
        assert_eq!(index, 0, "what is up to 1 stays up to 1");
    }
}
