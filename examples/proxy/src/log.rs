//! The process log: JSON lines on stderr.

use std::io;

use tower_genai_telemetry::{Environment, TelemetryConfig};
use tracing::{Level, Metadata};
use tracing_appender::non_blocking::{NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::filter::{Directive, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::config::{ConfigError, Fault};
use crate::env::look_up;

/// Crates that show headers and bodies at the level `trace`.
const TALKATIVE: [&str; 4] = ["h2", "hyper", "hyper_util", "rustls"];

/// Whether an event may be shown, whatever the level that was asked for.
fn is_discreet(metadata: &Metadata<'_>) -> bool {
    let source = metadata.target().split("::").next().unwrap_or_default();
    *metadata.level() != Level::TRACE || !TALKATIVE.contains(&source)
}

/// Lines that may wait for a stderr that nobody reads; further ones are dropped.
const WAITING: usize = 4096;

/// Owns the thread that writes the log. What waits is written when it is dropped, within a second.
#[derive(Debug)]
#[must_use = "the log ends when its guard is dropped"]
pub struct LogGuard(#[expect(dead_code, reason = "held for its drop")] WorkerGuard);

/// What `DEBUG_OTEL` adds. Its faults are told with those of the other variables of telemetry, when that starts.
fn exporters(env: &dyn Environment) -> Option<Directive> {
    let wanted = TelemetryConfig::from_env(&env).is_ok_and(|config| config.is_debug());
    if wanted { "tower_genai_telemetry=debug".parse().ok() } else { None }
}

/// Starts the log for the whole process. Its level is that of `RUST_LOG`, `info` without one; with `DEBUG_OTEL` the
/// exporters' is `debug`. Whoever logs never waits.
///
/// # Errors
///
/// When `RUST_LOG` cannot be understood, or something else has started a log already.
pub fn start(env: &dyn Environment) -> Result<LogGuard, ConfigError> {
    let fault = |message: String| ConfigError::new(vec![Fault::outside("environment: RUST_LOG", message)]);
    let filter = match look_up(env, "RUST_LOG").map_err(fault)? {
        Some(level) => EnvFilter::try_new(&level).map_err(|error| fault(error.to_string()))?,
        None => EnvFilter::new("info"),
    };
    let filter = match exporters(env) {
        Some(directive) => filter.add_directive(directive),
        None => filter,
    };
    let (writer, guard) =
        NonBlockingBuilder::default().buffered_lines_limit(WAITING).lossy(true).finish(io::stderr());
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(writer)
        .with_filter(filter_fn(is_discreet));
    tracing_subscriber::registry()
        .with(filter)
        .with(lines)
        .try_init()
        .map_err(|error| fault(error.to_string()))?;
    Ok(LogGuard(guard))
}
