//! A collector, by the [OpenTelemetry protocol](https://opentelemetry.io/docs/specs/otlp/).
//!
//! Written on the protocol's messages (`opentelemetry-proto`) rather than on `opentelemetry-otlp`, whose exporters
//! (0.33) read the process's environment behind the caller's back, sleep through a shutdown between their retries, hide
//! why a connection failed, drop the collector's word on rejected items, and have no JSON with gRPC's build. All three
//! protocols go over one HTTP client, which runs on the thread that exports and only while a batch is under way.

mod connector;
mod encoding;
#[cfg(feature = "otlp-grpc")]
mod grpc;
mod hint;
#[cfg(feature = "otlp-http")]
mod http;
mod retry;
mod sender;

pub(super) use sender::Sender;

/// An answer is a small message; more is no collector.
const MAX_ANSWER: usize = 64 * 1024;

const USER_AGENT: &str = concat!("tower-genai-telemetry/", env!("CARGO_PKG_VERSION"));
