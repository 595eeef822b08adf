use std::collections::VecDeque;
use std::time::Duration;

use super::Spend;
use super::timeline::Minute;

/// How far back a window can begin at any minute.
pub const MINUTES_KEPT: Duration = Duration::from_secs(60 * 60);

/// How far back a window can begin at any hour.
pub const HOURS_KEPT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// `MINUTES_KEPT` in minutes.
const RECENT: Minute = 60;

/// `HOURS_KEPT` in hours, and the one in which the window begins.
const HOURS: Minute = 7 * 24 + 1;

/// What an account spent in the past, in buckets of time; only those in which it spent something.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    minutes: Buckets,
    /// By the hour, counted from the Unix epoch; what is in a minute's bucket is in none of these.
    hours: Buckets,
}

/// Buckets in the order of time.
#[derive(Clone, Debug, Default)]
struct Buckets(VecDeque<(u32, Spend)>);

impl Buckets {
    fn add(&mut self, at: u32, spend: &Spend) {
        // Nearly always the newest.
        let place = self.0.iter().rposition(|(other, _)| *other <= at);
        match place {
            Some(place) if self.0[place].0 == at => self.0[place].1 += spend,
            Some(place) => self.0.insert(place + 1, (at, spend.clone())),
            None => self.0.push_front((at, spend.clone())),
        }
    }

    fn pop_before(&mut self, at: u32) -> Option<(u32, Spend)> {
        if self.0.front()?.0 < at { self.0.pop_front() } else { None }
    }

    fn add_from(&self, at: u32, total: &mut Spend) {
        self.0.iter().rev().take_while(|(other, _)| *other >= at).for_each(|(_, spend)| *total += spend);
    }
}

impl History {
    /// How many buckets there are.
    pub(super) fn len(&self) -> usize {
        self.minutes.0.len() + self.hours.0.len()
    }

    pub(super) fn add(&mut self, minute: Minute, spend: &Spend) {
        self.minutes.add(minute, spend);
    }

    pub(super) fn absorb(&mut self, other: &Self) {
        let Self { minutes, hours } = other;
        minutes.0.iter().for_each(|(minute, spend)| self.minutes.add(*minute, spend));
        hours.0.iter().for_each(|(hour, spend)| self.hours.add(*hour, spend));
    }

    /// Whether [`compact`](Self::compact) would change anything.
    pub(super) fn is_stale(&self, now: Minute) -> bool {
        let (minute, hour) = limits(now);
        let before = |buckets: &Buckets, at| buckets.0.front().is_some_and(|(first, _)| *first < at);
        before(&self.minutes, minute) || before(&self.hours, hour)
    }

    /// Turns minutes that are no longer recent into hours, and forgets the oldest hours.
    pub(super) fn compact(&mut self, now: Minute) {
        let (minute, hour) = limits(now);
        while let Some((minute, spend)) = self.minutes.pop_before(minute) {
            self.hours.add(minute / 60, &spend);
        }
        while self.hours.pop_before(hour).is_some() {}
    }

    /// Adds what was spent from a minute on, which is recent or the first of an hour.
    pub(super) fn add_from(&self, begin: Minute, total: &mut Spend) {
        self.minutes.add_from(begin, total);
        self.hours.add_from(begin.div_ceil(60), total);
    }
}

/// The first minute and the first hour that are kept as such.
const fn limits(now: Minute) -> (Minute, u32) {
    (now.saturating_sub(RECENT), (now / 60 + 1).saturating_sub(HOURS))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn calls(calls: u64) -> Spend {
        let mut spend = Spend::default();
        spend.calls = calls;
        spend
    }

    fn since(history: &History, begin: Minute) -> u64 {
        let mut total = Spend::default();
        history.add_from(begin, &mut total);
        total.calls
    }

    #[test]
    fn buckets_stay_in_the_order_of_time() {
        let mut history = History::default();
        for (minute, count) in [(100, 1), (103, 2), (101, 4), (100, 8), (99, 16), (103, 32)] {
            history.add(minute, &calls(count));
        }
        let buckets: Vec<_> =
            history.minutes.0.iter().map(|(minute, spend)| (*minute, spend.calls)).collect();
        assert_eq!(buckets, [(99, 16), (100, 9), (101, 4), (103, 34)]);
        assert_eq!(since(&history, 101), 38);
        assert_eq!(since(&history, 104), 0);
    }

    #[test]
    fn minutes_become_hours_and_hours_are_forgotten() {
        let mut history = History::default();
        (0..600).for_each(|minute| history.add(minute, &calls(1)));
        assert!(history.is_stale(600));
        history.compact(600);
        assert!(!history.is_stale(600));
        assert_eq!(history.len(), 60 + 9, "the last hour by minutes, nine hours before it");
        assert_eq!((since(&history, 0), since(&history, 540), since(&history, 599)), (600, 60, 1));
        assert_eq!(since(&history, 480), 120, "the window begins with an hour");

        // Seven days later the hour that the window begins in is still there, and the next minute forgets it.
        let day = 24 * 60;
        history.compact(7 * day + 59);
        assert_eq!(since(&history, 0), 600);
        history.compact(7 * day + 60);
        assert_eq!(since(&history, 0), 540);
        history.compact(8 * day);
        assert_eq!((history.len(), since(&history, 0)), (0, 0));
    }
}
