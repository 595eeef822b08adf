use std::time::{Duration, SystemTime};

use tower_genai_core::clock::{Clock, Instant};

use super::SinceError;
use super::history::{HOURS_KEPT, MINUTES_KEPT};

/// Minutes and hours of UTC, by a clock that only moves forward.
#[derive(Clone, Debug)]
pub(super) struct Timeline {
    clock: Clock,
    started: Instant,
    /// The time of the start, since the Unix epoch.
    started_at: Duration,
}

/// A minute, counted from the Unix epoch.
pub(super) type Minute = u32;

impl Timeline {
    pub(super) fn new(clock: Clock, started_at: SystemTime) -> Self {
        let started = clock.now();
        let started_at = started_at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { clock, started, started_at }
    }

    /// The time of the system's clock at the start, carried on by the other one.
    fn now(&self) -> Duration {
        self.started_at + self.clock.now().saturating_duration_since(self.started)
    }

    pub(super) fn started_at(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.started_at
    }

    pub(super) fn now_at(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.now()
    }

    pub(super) fn minute(&self) -> Minute {
        minute_of(self.now())
    }

    /// The minute in which a window begins that reaches back so far; `None` when it begins before the start, and holds
    /// everything.
    pub(super) fn begin(&self, since: Duration) -> Result<Option<Minute>, SinceError> {
        let now = self.now();
        let begin = now.saturating_sub(since);
        if begin <= self.started_at {
            return Ok(None);
        }
        if since > HOURS_KEPT {
            return Err(SinceError(()));
        }
        let begin = minute_of(begin);
        let by_minutes = begin >= minute_of(now.saturating_sub(MINUTES_KEPT));
        Ok(Some(if by_minutes { begin } else { begin - begin % 60 }))
    }
}

fn minute_of(since_epoch: Duration) -> Minute {
    // Enough for eight thousand years.
    u32::try_from(since_epoch.as_secs() / 60).unwrap_or(u32::MAX)
}

pub(super) fn time_of(minute: Minute) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(u64::from(minute) * 60)
}
