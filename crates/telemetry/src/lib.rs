//! From the environment to OpenTelemetry pipelines, and an orderly shutdown.
//!
//! [`TelemetryConfig::from_env`] reads the standard `OTEL_*` [variables](#variables), and those that `LiteLLM`'s users
//! know, and lists every fault at once; [`Telemetry::start`] builds what they ask for and nothing else: without an
//! endpoint there is no exporter, no thread and nothing is spent. The [`Telemetry`] guard owns the background work, and
//! [`Telemetry::shutdown`] flushes and joins it within a deadline.
//!
//! ```
//! use std::time::Duration;
//! use tower_genai_telemetry::{Telemetry, TelemetryConfig};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let environment = [("OTEL_SERVICE_NAME", "search")]; // or `tower_genai_telemetry::ProcessEnv`
//! let telemetry = Telemetry::start(TelemetryConfig::from_env(&environment)?)?;
//! assert!(telemetry.tracer_provider().is_none(), "no endpoint was set");
//! // ... serve; with a provider, give it to `TraceLayer` ...
//! telemetry.shutdown(Duration::from_secs(5))?;
//! # Ok(())
//! # }
//! ```
//!
//! # What became of it
//!
//! [`Telemetry::stats`] counts what was exported, what was lost and why, and is a
//! [`Source`](tower_genai_scrape::Source) for `/metrics`: `tower_genai_telemetry_exported_total`,
//! `tower_genai_telemetry_dropped_total` and `tower_genai_telemetry_export_failures_total`. Failures are logged through
//! [`tracing`] as well, at most once a minute.
//!
//! Header values are credentials: they appear in no message and in no `Debug` output.
//!
//! # What is in force
//!
//! [`TelemetryConfig::describe`] lists every setting with its value and where it came from. What layers are to do
//! ([`propagators`](TelemetryConfig::propagators), [`capture`](TelemetryConfig::capture),
//! [`profile`](TelemetryConfig::profile), the names of scopes) is for the program to pass on to them.
//!
#![doc = include_str!("variables.md")]
#![cfg_attr(
    not(all(feature = "otlp-grpc", feature = "otlp-http")),
    allow(dead_code, unused_variables, reason = "some parts are for collectors alone")
)]

mod config;
pub mod describe;
mod env;
mod error;
mod export;
mod faults;
mod pipeline;
mod series;
mod signal;
mod stats;
mod telemetry;

pub use config::{CaptureMode, PropagatorName, TelemetryConfig};
pub use env::{Environment, NotUnicode, ProcessEnv};
pub use error::{ShutdownError, StartError};
pub use faults::{Fault, Faults};
pub use opentelemetry_sdk;
pub use signal::Signal;
pub use stats::{DropReason, ExportStats, FailureReason, TelemetryStats};
pub use telemetry::Telemetry;
pub use tower_genai_core::Profile;
