//! The cases of the W3C's trace-context test suite, by its names, against the real application over real sockets.
#![allow(clippy::unwrap_used, clippy::panic)]

mod harness;
mod several;
mod traceparent;
mod tracestate;

/// The ids the suite sends.
const TRACE: &str = "12345678901234567890123456789012";
const PARENT: &str = "1234567890123456";
const SAMPLED: &str = "00-12345678901234567890123456789012-1234567890123456-01";
const UNSAMPLED: &str = "00-12345678901234567890123456789012-1234567890123456-00";
