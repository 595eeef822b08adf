//! The process log: JSON lines on stderr.

use std::io;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{ConfigError, Fault};
use crate::env::look_up;
use tower_genai_telemetry::Environment;

/// Starts the log for the whole process. Its level is that of `RUST_LOG`, `info` without one.
///
/// # Errors
///
/// When `RUST_LOG` cannot be understood, or something else has started a log already.
pub fn start(env: &dyn Environment) -> Result<(), ConfigError> {
    let fault = |message: String| ConfigError::new(vec![Fault::outside("environment: RUST_LOG", message)]);
    let filter = match look_up(env, "RUST_LOG").map_err(fault)? {
        Some(level) => EnvFilter::try_new(&level).map_err(|error| fault(error.to_string()))?,
        None => EnvFilter::new("info"),
    };
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(io::stderr);
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init()
        .map_err(|error| fault(error.to_string()))
}
