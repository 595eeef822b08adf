//! OTLP over HTTP with protobuf bodies.
//!
//! Written on the protocol's messages (`opentelemetry-proto`) rather than on `opentelemetry-otlp`, whose HTTP exporter
//! (0.33) reads the process's environment behind the caller's back, sleeps through a shutdown between its retries,
//! hides why a connection failed and drops the collector's word on rejected spans.

mod client;
mod closing;
mod exporter;
mod log;
mod retry;

pub(crate) use client::ClientError;
pub(crate) use closing::{Closing, closing};
pub(crate) use exporter::{BuildError, OtlpExporter};
