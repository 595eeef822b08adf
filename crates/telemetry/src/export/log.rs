//! Says that exports fail, and not too often.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::ExportError;
use crate::signal::Signal;

/// At most one line in this time.
const INTERVAL: Duration = Duration::from_secs(60);

/// One log for each place that telemetry is sent to, whatever the signals.
#[derive(Debug, Default)]
pub(crate) struct FailureLogs(Vec<(String, Arc<FailureLog>)>);

impl FailureLogs {
    pub(super) fn of(&mut self, place: &str) -> Arc<FailureLog> {
        if let Some((_, log)) = self.0.iter().find(|(known, _)| known == place) {
            return Arc::clone(log);
        }
        let log = Arc::new(FailureLog::default());
        self.0.push((place.to_owned(), Arc::clone(&log)));
        log
    }
}

#[derive(Debug, Default)]
pub(super) struct FailureLog(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    traces: Failing,
    metrics: Failing,
    logs: Failing,
}

#[derive(Debug, Default)]
struct Failing {
    /// Items, since the last line.
    lost: u64,
    /// The last line was about this signal, and it has not worked since.
    reported: bool,
}

impl State {
    const fn of(&mut self, signal: Signal) -> &mut Failing {
        match signal {
            Signal::Traces => &mut self.traces,
            Signal::Metrics => &mut self.metrics,
            Signal::Logs => &mut self.logs,
        }
    }

    /// Whether a line may be written, which it then is.
    fn may_speak(&mut self) -> bool {
        let now = Instant::now();
        let may = self.last.is_none_or(|last| now - last >= INTERVAL);
        if may {
            self.last = Some(now);
        }
        may
    }
}

impl FailureLog {
    pub(super) fn failed(
        &self,
        signal: Signal,
        place: &dyn fmt::Display,
        error: &ExportError,
        hint: &str,
        items: u64,
    ) {
        let [spans, points, records] = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            state.of(signal).lost += items;
            if !state.may_speak() {
                return;
            }
            state.of(signal).reported = true;
            [Signal::Traces, Signal::Metrics, Signal::Logs]
                .map(|signal| Some(std::mem::take(&mut state.of(signal).lost)).filter(|lost| *lost > 0))
        };
        tracing::warn!(
            %signal,
            lost_spans = spans,
            lost_data_points = points,
            lost_log_records = records,
            "OTEL export failed: {error} ({place}); {hint}"
        );
    }

    pub(super) fn rejected(&self, signal: Signal, place: &dyn fmt::Display, items: u64) {
        if self.0.lock().unwrap_or_else(PoisonError::into_inner).may_speak() {
            tracing::warn!(
                %signal,
                rejected = items,
                "OTEL export: the collector rejected {} ({place})",
                signal.items()
            );
        }
    }

    pub(super) fn succeeded(&self, signal: Signal, place: &dyn fmt::Display) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let recovered = std::mem::take(&mut state.of(signal).reported);
        drop(state);
        if recovered {
            tracing::info!(%signal, "OTEL export works again ({place})");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_line_a_minute_for_all_signals_of_a_place() {
        let mut logs = FailureLogs::default();
        let (one, same, other) = (logs.of("http://a:1"), logs.of("http://a:1"), logs.of("http://b:1"));
        let speaks = |log: &FailureLog| log.0.lock().unwrap().may_speak();
        assert!(speaks(&one));
        assert!(!speaks(&same));
        assert!(speaks(&other));
        tokio::time::advance(INTERVAL).await;
        assert!(speaks(&same));
        assert!(!speaks(&one));
    }

    #[test]
    fn what_was_lost_in_between_is_told_with_the_next_line() {
        let log = FailureLog::default();
        let error = ExportError::Shutdown;
        for signal in [Signal::Traces, Signal::Logs, Signal::Logs] {
            log.failed(signal, &"here", &error, "hint", 2);
        }
        let mut state = log.0.lock().unwrap();
        assert_eq!(
            [Signal::Traces, Signal::Metrics, Signal::Logs].map(|signal| state.of(signal).lost),
            [0, 0, 4]
        );
        assert!(state.of(Signal::Traces).reported && !state.of(Signal::Logs).reported);
    }
}
