//! What the whole-stack tests share: a server that replays recorded exchanges.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "support for tests: a panic is a failed test"
)]

pub mod call_log;
pub mod client;
pub mod corpus;
pub mod exposition;
pub mod otlp;
pub mod promql;
pub mod proxy;
pub mod replay;
pub mod semconv;
pub mod websocket;

/// Bytes as hex digits in lower case.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
