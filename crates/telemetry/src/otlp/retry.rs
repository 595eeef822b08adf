//! When to try again, by the [protocol](https://opentelemetry.io/docs/specs/otlp/#failures-1).

use std::time::{Duration, SystemTime};

use http::StatusCode;

use super::ClientError;

const MAX_RETRIES: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// How long to wait before the next attempt; `None` when there shall be none. `failed` counts the attempts so far,
/// from 1.
pub(super) fn pause(error: &ClientError, failed: u32) -> Option<Duration> {
    if failed > MAX_RETRIES {
        return None;
    }
    let backoff = FIRST_PAUSE * (1 << (failed - 1)) + jitter();
    match error {
        ClientError::Status(status, after) => {
            let again = matches!(
                *status,
                StatusCode::TOO_MANY_REQUESTS
                    | StatusCode::BAD_GATEWAY
                    | StatusCode::SERVICE_UNAVAILABLE
                    | StatusCode::GATEWAY_TIMEOUT
            );
            again.then(|| backoff.max(after.unwrap_or_default()))
        }
        ClientError::Connect(_) | ClientError::Transport(_) => Some(backoff),
        ClientError::Timeout | ClientError::Shutdown => None,
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

    #[test]
    fn what_may_pass_is_tried_again_and_what_cannot_is_not() {
        let status = |code| ClientError::Status(StatusCode::from_u16(code).unwrap(), None);
        for code in [429, 502, 503, 504] {
            assert!(pause(&status(code), 1).is_some(), "{code}");
        }
        for code in [300, 400, 401, 403, 404, 413, 500, 501] {
            assert!(pause(&status(code), 1).is_none(), "{code}");
        }
        assert!(pause(&ClientError::Connect(String::new()), 1).is_some());
        assert!(pause(&ClientError::Transport(String::new()), 1).is_some());
        assert!(pause(&ClientError::Timeout, 1).is_none());
        assert!(pause(&ClientError::Shutdown, 1).is_none());
    }

    #[test]
    fn pauses_grow_and_end() {
        let error = ClientError::Connect(String::new());
        let pauses: Vec<_> = (1..=3).map(|failed| pause(&error, failed).unwrap()).collect();
        for (pause, least) in pauses.iter().zip([200, 400, 800]) {
            assert!((least..=least + 100).contains(&pause.as_millis()), "{pause:?}");
        }
        assert_eq!(pause(&error, 4), None);
    }

    #[test]
    fn the_collector_says_how_long() {
        let error = ClientError::Status(StatusCode::SERVICE_UNAVAILABLE, Some(Duration::from_secs(7)));
        assert_eq!(pause(&error, 1), Some(Duration::from_secs(7)));
    }
}
