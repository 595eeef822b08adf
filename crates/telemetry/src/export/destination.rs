//! Where batches go.

use std::sync::Arc;

use super::console;
use super::log::FailureLog;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
use super::otlp::Sender;
use super::{ExportError, FailureLogs, Request, Sent};
use crate::config::{self, Protocol};
use crate::pipeline::Closed;
use crate::stats::ExportStats;

/// The far end of a pipeline that has batches.
#[derive(Debug)]
pub(super) enum Destination {
    Console,
    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    Otlp(Box<Sender>),
}

/// Why a pipeline cannot be built.
#[derive(Debug)]
pub(crate) enum BuildError {
    /// What is asked for is not part of this build: its name, and the feature it needs.
    NotCompiled(&'static str, &'static str),
    /// TLS cannot be spoken with the collector.
    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    Tls(config::Endpoint, String),
    /// The system has no threads or files left.
    System(std::io::Error),
}

/// The protocol's feature of this crate, unless it is compiled in.
pub(super) const fn missing_feature(protocol: Protocol) -> Option<&'static str> {
    match protocol {
        Protocol::Grpc if !cfg!(feature = "otlp-grpc") => Some("otlp-grpc"),
        Protocol::HttpProtobuf if !cfg!(feature = "otlp-http") => Some("otlp-http"),
        Protocol::HttpJson if !cfg!(feature = "otlp-json") => Some("otlp-json"),
        _ => None,
    }
}

/// The signals of a collector go to several paths of it.
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
fn origin(uri: &http::Uri) -> String {
    let authority = uri.authority().map(http::uri::Authority::as_str).unwrap_or_default();
    format!("{}://{authority}", uri.scheme_str().unwrap_or_default())
}

impl Destination {
    pub(super) fn console(logs: &mut FailureLogs) -> (Self, Arc<FailureLog>) {
        (Self::Console, logs.of("console"))
    }

    /// A collector.
    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    pub(super) fn otlp(
        config: &config::OtlpConfig,
        timeout: std::time::Duration,
        closed: Closed,
        stats: ExportStats,
        logs: &mut FailureLogs,
    ) -> Result<(Self, Arc<FailureLog>), BuildError> {
        let log = logs.of(&origin(config.endpoint.uri()));
        let sender = Sender::new(config, timeout, closed, stats)?;
        Ok((Self::Otlp(Box::new(sender)), log))
    }

    #[cfg(not(any(feature = "otlp-grpc", feature = "otlp-http")))]
    pub(super) fn otlp(
        config: &config::OtlpConfig,
        _: std::time::Duration,
        _: Closed,
        _: ExportStats,
        _: &mut FailureLogs,
    ) -> Result<(Self, Arc<FailureLog>), BuildError> {
        let feature = missing_feature(config.protocol).unwrap_or("otlp-http");
        Err(BuildError::NotCompiled(config.protocol.as_str(), feature))
    }

    /// Hands it over and returns what became of the items.
    pub(super) fn send<R: Request>(&self, request: R, items: u64) -> Sent {
        match self {
            Self::Console => match console::write(request, items) {
                Ok(()) => Sent::default(),
                Err(error) => Sent::failed(error, items),
            },
            #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
            Self::Otlp(sender) => sender.send(request, items),
        }
    }

    /// As failures name it.
    pub(super) fn place(&self) -> String {
        match self {
            Self::Console => "standard output".to_owned(),
            #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
            Self::Otlp(sender) => format!("endpoint {}", sender.endpoint()),
        }
    }

    /// What may help against an error.
    pub(super) fn hint(&self, error: &ExportError) -> &'static str {
        match self {
            Self::Console => "is anybody reading it?",
            #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
            Self::Otlp(sender) => sender.hint(error),
        }
    }
}
