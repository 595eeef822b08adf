//! Tower layer for W3C trace propagation and OpenTelemetry GenAI spans.

pub mod w3c;

pub use opentelemetry;
