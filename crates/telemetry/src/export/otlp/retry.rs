//! When to try again, by the [protocol](https://opentelemetry.io/docs/specs/otlp/#failures-1).

use std::time::{Duration, SystemTime};

use crate::export::ExportError;

const MAX_RETRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How long to wait before the next attempt; `None` when there shall be none. `failed` counts the attempts so far,
/// from 1.
pub(super) fn pause(error: &ExportError, failed: u32) -> Option<Duration> {
    if failed > MAX_RETRIES {
        return None;
    }
    let backoff = FIRST_PAUSE * (1 << (failed - 1)) + jitter();
    match error {
        #[cfg(feature = "otlp-http")]
        ExportError::Status(status, after) => {
            let again = matches!(status.as_u16(), 429 | 502 | 503 | 504);
            again.then(|| backoff.max(after.unwrap_or_default()))
        }
        #[cfg(feature = "otlp-grpc")]
        ExportError::Rpc(code, after) => {
            use tonic::Code;
            let again = match code {
                Code::Cancelled
                | Code::DeadlineExceeded
                | Code::Aborted
                | Code::OutOfRange
                | Code::Unavailable
                | Code::DataLoss => true,
                // Without a word on when to come again the message itself may be too large.
                Code::ResourceExhausted => after.is_some(),
                _ => false,
            };
            again.then(|| backoff.max(after.unwrap_or_default()))
        }
        ExportError::Connect(_) | ExportError::Transport(_) => Some(backoff),
        ExportError::Timeout | ExportError::Shutdown => None,
    }
}

/// Whether it says that the message itself is too large, so that less of it may pass.
pub(super) fn is_too_large(error: &ExportError) -> bool {
    match error {
        #[cfg(feature = "otlp-http")]
        ExportError::Status(status, _) => *status == http::StatusCode::PAYLOAD_TOO_LARGE,
        #[cfg(feature = "otlp-grpc")]
        ExportError::Rpc(code, after) => *code == tonic::Code::ResourceExhausted && after.is_none(),
        _ => false,
    }
}

/// Up to 100 ms, so that the replicas of a service do not all come back at the same moment.
fn jitter() -> Duration {
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Duration::from_micros(u64::from(now.subsec_nanos()) % 100_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(feature = "otlp-http")]
    #[test]
    fn what_may_pass_is_tried_again_and_what_cannot_is_not() {
        let status = |code| ExportError::Status(http::StatusCode::from_u16(code).unwrap(), None);
        for code in [429, 502, 503, 504] {
            assert!(pause(&status(code), 1).is_some(), "{code}");
        }
        for code in [300, 400, 401, 403, 404, 413, 500, 501] {
            assert!(pause(&status(code), 1).is_none(), "{code}");
        }
        assert!(pause(&ExportError::Connect(String::new()), 1).is_some());
        assert!(pause(&ExportError::Transport(String::new()), 1).is_some());
        assert!(pause(&ExportError::Timeout, 1).is_none());
        assert!(pause(&ExportError::Shutdown, 1).is_none());
    }

    /// [The specification's table](https://opentelemetry.io/docs/specs/otlp/#failures).
    #[cfg(feature = "otlp-grpc")]
    #[test]
    fn the_same_in_grpc() {
        for code in 1..=16 {
            let again = [1, 4, 10, 11, 14, 15].contains(&code);
            let code = tonic::Code::from_i32(code);
            assert_eq!(pause(&ExportError::Rpc(code, None), 1).is_some(), again, "{code:?}");
        }
        let busy = |after| ExportError::Rpc(tonic::Code::ResourceExhausted, after);
        assert_eq!(pause(&busy(Some(Duration::from_secs(3))), 1), Some(Duration::from_secs(3)));
        assert!(pause(&busy(Some(Duration::ZERO)), 1).is_some());
    }

    #[test]
    fn pauses_grow_and_end() {
        let error = ExportError::Connect(String::new());
        let pauses: Vec<_> = (1..=3).map(|failed| pause(&error, failed).unwrap()).collect();
        for (pause, least) in pauses.iter().zip([200, 400, 800]) {
            assert!((least..=least + 100).contains(&pause.as_millis()), "{pause:?}");
        }
        assert_eq!(pause(&error, 4), None);
    }

    #[cfg(feature = "otlp-http")]
    #[test]
    fn the_collector_says_how_long() {
        let error = ExportError::Status(http::StatusCode::SERVICE_UNAVAILABLE, Some(Duration::from_secs(7)));
        assert_eq!(pause(&error, 1), Some(Duration::from_secs(7)));
    }
}
