//! The times between the chunks of a streamed reply.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::Instant;

/// How long a stream's chunks of output after the first kept the reader waiting, counted by size.
///
/// There is one where an observer [asks for it](crate::Observer::chunk_bounds). Chunks that arrive together waited for
/// nothing but the first of them.
#[derive(Clone, Debug)]
pub struct ChunkTimes {
    bounds: Arc<[f64]>,
    /// One more than there are bounds.
    counts: Box<[u64]>,
    sum: Duration,
}

impl ChunkTimes {
    pub(crate) fn new(bounds: Arc<[f64]>) -> Self {
        Self { counts: std::iter::repeat_n(0, bounds.len() + 1).collect(), bounds, sum: Duration::ZERO }
    }

    fn add(&mut self, time: Duration, times: u64) {
        let seconds = time.as_secs_f64();
        let place = self.bounds.partition_point(|bound| *bound < seconds);
        if let Some(count) = self.counts.get_mut(place) {
            *count += times;
        }
        self.sum += time;
    }

    /// How many of the times were at most so many seconds and more than the size before; the last size is infinite.
    /// Among the sizes are all that any observer of the call asked for.
    pub fn counts(&self) -> impl Iterator<Item = (f64, u64)> {
        let sizes = self.bounds.iter().copied().chain([f64::INFINITY]);
        sizes.zip(self.counts.iter().copied())
    }

    /// All times together: from the first chunk to the last.
    pub const fn sum(&self) -> Duration {
        self.sum
    }
}

/// What counts them while the reply runs.
#[derive(Debug)]
pub(crate) struct Pace {
    last: Instant,
    times: ChunkTimes,
}

impl Pace {
    pub(crate) fn new(first: Instant, bounds: Arc<[f64]>) -> Self {
        Self { last: first, times: ChunkTimes::new(bounds) }
    }

    /// So many chunks have arrived together.
    pub(crate) fn tell(&mut self, now: Instant, chunks: u32) {
        let Some(others) = chunks.checked_sub(1) else { return };
        self.times.add(now.saturating_duration_since(self.last), 1);
        if others > 0 {
            self.times.add(Duration::ZERO, u64::from(others));
        }
        self.last = now;
    }

    pub(crate) fn into_times(self) -> ChunkTimes {
        self.times
    }
}

/// The sizes that either asks for.
pub(crate) fn both(one: Option<Arc<[f64]>>, other: Option<&Arc<[f64]>>) -> Option<Arc<[f64]>> {
    let (Some(some), Some(more)) = (&one, other) else { return one.or_else(|| other.cloned()) };
    if some == more {
        return one;
    }
    let mut all: Vec<f64> = some.iter().chain(more.iter()).copied().collect();
    all.sort_by(f64::total_cmp);
    all.dedup();
    Some(all.into())
}

/// What an observer asks for; `None` when it asks for nothing.
pub(crate) fn wanted(mut bounds: Vec<f64>) -> Option<Arc<[f64]>> {
    bounds.retain(|bound| bound.is_finite());
    bounds.sort_by(f64::total_cmp);
    bounds.dedup();
    (!bounds.is_empty()).then(|| bounds.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;

    #[test]
    fn times_are_counted_by_the_sizes_of_all_who_ask() {
        let one = wanted(vec![0.1, 0.05, f64::NAN]);
        let all = both(one, wanted(vec![0.1, 1.0]).as_ref()).unwrap();
        assert_eq!(*all, [0.05, 0.1, 1.0]);
        assert!(both(None, None).is_none() && wanted(Vec::new()).is_none());

        let (clock, mock) = Clock::mock();
        let mut pace = Pace::new(clock.now(), all);
        for (wait, chunks) in [(100, 1), (30, 3), (2000, 1), (5, 0)] {
            mock.increment(Duration::from_millis(wait));
            pace.tell(clock.now(), chunks);
        }
        let times = pace.into_times();
        let counts: Vec<_> = times.counts().map(|(_, count)| count).collect();
        assert_eq!(counts, [3, 1, 0, 1]);
        assert_eq!(times.sum(), Duration::from_millis(2130));
    }
}
