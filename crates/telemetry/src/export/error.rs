//! Why a batch did not arrive.

use std::fmt;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
use std::time::Duration;

use crate::stats::FailureReason;

/// Why one attempt failed.
#[derive(Debug)]
pub(crate) enum ExportError {
    /// No connection.
    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    Connect(String),
    /// The collector said no; perhaps it said when to come again.
    #[cfg(feature = "otlp-http")]
    Status(http::StatusCode, Option<Duration>),
    /// The same in gRPC's words.
    #[cfg(feature = "otlp-grpc")]
    Rpc(tonic::Code, Option<Duration>),
    /// The connection broke, the answer makes no sense, or the output cannot be written.
    Transport(String),
    /// It took too long.
    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    Timeout,
    /// Shutdown does not wait.
    Shutdown,
}

/// What became of a batch.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// How many of its items the collector has rejected.
    pub(crate) rejected: u64,
    /// How many did not arrive.
    pub(crate) lost: u64,
    /// Why they did not.
    pub(crate) error: Option<ExportError>,
}

impl Sent {
    /// Nothing arrived.
    pub(crate) const fn failed(error: ExportError, items: u64) -> Self {
        Self { rejected: 0, lost: items, error: Some(error) }
    }
}

impl ExportError {
    pub(super) const fn reason(&self) -> FailureReason {
        match self {
            #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
            Self::Connect(_) => FailureReason::Connect,
            #[cfg(feature = "otlp-http")]
            Self::Status(..) => FailureReason::Status,
            #[cfg(feature = "otlp-grpc")]
            Self::Rpc(..) => FailureReason::Status,
            Self::Transport(_) => FailureReason::Transport,
            #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
            Self::Timeout => FailureReason::Timeout,
            Self::Shutdown => FailureReason::Shutdown,
        }
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
            Self::Connect(cause) => f.write_str(cause),
            #[cfg(feature = "otlp-http")]
            Self::Status(status, _) => write!(f, "status {status}"),
            // Not the message, which may repeat a credential.
            #[cfg(feature = "otlp-grpc")]
            Self::Rpc(code, _) => write!(f, "gRPC status {code:?}"),
            Self::Transport(cause) => f.write_str(cause),
            #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
            Self::Timeout => f.write_str("no answer in time"),
            Self::Shutdown => f.write_str("given up at shutdown"),
        }
    }
}
