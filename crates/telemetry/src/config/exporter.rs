//! Where a signal goes to.

use std::time::Duration;

use super::{Endpoint, Headers, TlsFiles};

/// What becomes of a signal's data.
#[derive(Clone, Debug)]
pub(crate) enum Exporter {
    /// It is sent to a collector.
    Otlp(Box<OtlpConfig>),
    /// It is written to standard output.
    Console,
    /// It stays in memory, for tests.
    InMemory,
}

/// How a collector is spoken to.
#[derive(Clone, Debug)]
pub(crate) struct OtlpConfig {
    pub(crate) protocol: Protocol,
    /// Over HTTP the URL that is posted to; with gRPC the collector's, without a path.
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: Headers,
    /// For one batch, retries included.
    pub(crate) timeout: Duration,
    pub(crate) compression: Compression,
    pub(crate) tls: TlsFiles,
}

/// The encoding and the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    Grpc,
    HttpProtobuf,
    HttpJson,
}

impl Protocol {
    /// As the OpenTelemetry specification writes it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::HttpProtobuf => "http/protobuf",
            Self::HttpJson => "http/json",
        }
    }
}

/// How a body is made smaller.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Compression {
    #[default]
    None,
    Gzip,
}

impl Compression {
    /// As the OpenTelemetry specification writes it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
        }
    }
}
