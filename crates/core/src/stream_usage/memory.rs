use std::time::Duration;

use compact_str::CompactString;
use foldhash::fast::RandomState;
use papaya::HashMap;

use crate::clock::{Clock, Instant};

/// Which upstreams reject the field, and since when that is known.
#[derive(Clone, Debug)]
pub(super) struct Memory {
    since: HashMap<CompactString, Instant, RandomState>,
    pub(super) period: Duration,
    pub(super) clock: Clock,
}

/// A process talks to fewer upstreams, unless its clients choose them.
const MOST: usize = 1024;

impl Default for Memory {
    fn default() -> Self {
        Self {
            since: HashMap::with_hasher(RandomState::default()),
            period: Duration::from_secs(60 * 60),
            clock: Clock::new(),
        }
    }
}

impl Memory {
    /// Whether the upstream is to be left alone.
    pub(super) fn rejects(&self, upstream: &str) -> bool {
        let since = self.since.pin();
        !since.is_empty() && since.get(upstream).is_some_and(|since| self.is_recent(*since))
    }

    /// The upstream rejects the field.
    pub(super) fn remember(&self, upstream: &CompactString) {
        let since = self.since.pin();
        if since.len() >= MOST {
            since.retain(|_, since| self.is_recent(*since));
        }
        if since.len() >= MOST
            && let Some(any) = since.keys().next()
        {
            since.remove(any);
        }
        since.insert(upstream.clone(), self.clock.now());
        tracing::info!(
            upstream = upstream.as_str(),
            "rejects stream_options; its streams keep their usage to themselves"
        );
    }

    fn is_recent(&self, since: Instant) -> bool {
        self.clock.now().saturating_duration_since(since) < self.period
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upstream_is_tried_again_after_the_period() {
        let (clock, mock) = Clock::mock();
        let memory = Memory { clock, ..Memory::default() };
        assert!(!memory.rejects("a"));
        memory.remember(&"a".into());
        mock.increment(Duration::from_secs(3599));
        assert_eq!((memory.rejects("a"), memory.rejects("b")), (true, false));
        mock.increment(Duration::from_secs(1));
        assert!(!memory.rejects("a"));
        memory.remember(&"a".into());
        assert!(memory.rejects("a"));
    }

    #[test]
    fn memory_is_bounded() {
        let memory = Memory::default();
        for number in 0..3 * MOST {
            let name = CompactString::from(number.to_string());
            memory.remember(&name);
            assert!(memory.rejects(&name) && memory.since.len() <= MOST);
        }
    }
}
