use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tower_genai_core::clock::Instant;

/// Tells the time of upstreams from our own, for one request.
///
/// Its lock is held for a few nanoseconds by the layers that one request passes; others never see it.
#[derive(Clone, Debug)]
pub(super) struct Stopwatch(Arc<Mutex<State>>);

#[derive(Debug)]
struct State {
    /// How many upstreams are at work: several when attempts overlap.
    at_work: u32,
    /// Whether any ever was.
    asked: bool,
    /// Since when none is at work.
    since: Instant,
    /// Our own time before upstreams were asked: before the first, and between one and the next.
    before: Duration,
}

/// Our own time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OwnTime {
    pub(super) request: Duration,
    pub(super) response: Duration,
}

impl Stopwatch {
    pub(super) fn start(now: Instant) -> Self {
        let state = State { at_work: 0, asked: false, since: now, before: Duration::ZERO };
        Self(Arc::new(Mutex::new(state)))
    }

    /// An upstream is asked.
    pub(super) fn upstream_begins(&self, now: Instant) {
        let mut state = self.lock();
        if state.at_work == 0 {
            let since = state.since;
            state.before += now.saturating_duration_since(since);
        }
        state.at_work += 1;
        state.asked = true;
    }

    /// Its reply has ended.
    pub(super) fn upstream_ends(&self, now: Instant) {
        let mut state = self.lock();
        state.at_work = state.at_work.saturating_sub(1);
        if state.at_work == 0 {
            state.since = now;
        }
    }

    /// Our own reply has ended; `None` when no upstream was asked.
    pub(super) fn stop(&self, now: Instant) -> Option<OwnTime> {
        let state = self.lock();
        let after =
            if state.at_work == 0 { now.saturating_duration_since(state.since) } else { Duration::ZERO };
        state.asked.then_some(OwnTime { request: state.before, response: after })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower_genai_core::clock::Clock;

    /// Plays what happens at which millisecond: `+` an upstream is asked, `-` its reply has ended.
    fn play(events: &[(u64, char)], end: u64) -> Option<(u64, u64)> {
        let (clock, mock) = Clock::mock();
        let watch = Stopwatch::start(clock.now());
        let mut passed = 0;
        for (at, event) in events.iter().chain([&(end, '.')]) {
            mock.increment(Duration::from_millis(at - passed));
            passed = *at;
            match event {
                '+' => watch.upstream_begins(clock.now()),
                '-' => watch.upstream_ends(clock.now()),
                _ => {}
            }
        }
        let own = watch.stop(clock.now())?;
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap();
        Some((millis(own.request), millis(own.response)))
    }

    #[test]
    fn our_own_time_is_what_no_upstream_was_at_work() {
        assert_eq!(play(&[], 10), None);
        assert_eq!(play(&[(3, '+'), (90, '-')], 95), Some((3, 5)));
        // A retry: the pause between is ours.
        assert_eq!(play(&[(3, '+'), (10, '-'), (14, '+'), (90, '-')], 90), Some((7, 0)));
        // Attempts that overlap are one stretch.
        assert_eq!(play(&[(3, '+'), (10, '+'), (20, '-'), (80, '-')], 81), Some((3, 1)));
        // The client left while the upstream was at work.
        assert_eq!(play(&[(3, '+')], 50), Some((3, 0)));
    }
}
