//! Says that exports fail, and not too often.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::ClientError;
use crate::config::Endpoint;

/// At most one line in this time.
const INTERVAL: Duration = Duration::from_secs(60);

#[derive(Debug, Default)]
pub(super) struct FailureLog(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    last: Option<Instant>,
    lost: usize,
    failing: bool,
}

impl FailureLog {
    pub(super) fn failed(&self, endpoint: &Endpoint, error: &ClientError, spans: usize) {
        let lost = {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let now = Instant::now();
            state.failing = true;
            state.lost += spans;
            if state.last.is_some_and(|last| now - last < INTERVAL) {
                return;
            }
            state.last = Some(now);
            std::mem::take(&mut state.lost)
        };
        tracing::warn!(
            lost_spans = lost,
            "OTEL export failed: {error} (endpoint {endpoint}); {}",
            hint(error)
        );
    }

    pub(super) fn rejected(&self, endpoint: &Endpoint, spans: u64) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if state.last.is_none_or(|last| now - last >= INTERVAL) {
            state.last = Some(now);
            drop(state);
            tracing::warn!(
                rejected_spans = spans,
                "OTEL export: the collector rejected spans (endpoint {endpoint})"
            );
        }
    }

    pub(super) fn succeeded(&self, endpoint: &Endpoint) {
        let recovered = std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).failing);
        if recovered {
            tracing::info!("OTEL export works again (endpoint {endpoint})");
        }
    }
}

const fn hint(error: &ClientError) -> &'static str {
    match error {
        ClientError::Connect(_) => "is the collector running, and is this its HTTP port (usually 4318)?",
        ClientError::Status(status, _) => match status.as_u16() {
            401 | 403 => "check OTEL_EXPORTER_OTLP_HEADERS",
            404 | 405 => "check the path: OTEL_EXPORTER_OTLP_ENDPOINT gets /v1/traces added",
            413 => "lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            429 | 503 => "the collector is overloaded",
            _ => "see the collector's own log",
        },
        ClientError::Transport(_) => {
            "is this the collector's HTTP port (usually 4318), and not its gRPC port?"
        }
        ClientError::Timeout => "the collector is slow; OTEL_EXPORTER_OTLP_TIMEOUT says how long to wait",
        ClientError::Shutdown => "it had no time left",
    }
}
