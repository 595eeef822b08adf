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
//! # Where it goes
//!
//! | exporter | feature | what it does |
//! |---|---|---|
//! | `http/protobuf` | `otlp-http` | [OTLP](https://opentelemetry.io/docs/specs/otlp/) over HTTP/1.1, gzip if it is asked for |
//! | `http/json` | `otlp-json` | the same in JSON |
//! | `grpc` | `otlp-grpc` | OTLP over HTTP/2; `http` endpoints in the clear, `https` ones with TLS; gzip if it is asked for |
//! | `console` | | a span, a metric or a log record per line of standard output, as JSON in the form of OTLP's [file exporter](https://opentelemetry.io/docs/specs/otel/protocol/file-exporter/) |
//! | `in_memory` | | kept for tests, at once and without a thread: [`Telemetry::in_memory_spans`], [`in_memory_metrics`](Telemetry::in_memory_metrics), [`in_memory_logs`](Telemetry::in_memory_logs) |
//!
//! All features are on by default. What is configured and not compiled in stops [`Telemetry::start`] with an error that
//! names the feature. TLS is rustls with `ring`, and trusts the platform's roots or those of a file.
//!
//! | signal | provider | how it waits |
//! |---|---|---|
//! | traces | [`tracer_provider`](Telemetry::tracer_provider) | in a bounded queue; a thread exports batches |
//! | metrics | [`meter_provider`](Telemetry::meter_provider) | as sums in the instruments; a thread collects and exports them at an interval |
//! | logs | [`logger_provider`](Telemetry::logger_provider) | in a bounded queue; a thread exports batches |
//!
//! Whoever makes telemetry never waits: what finds its queue full is dropped and counted. A batch is tried up to four times within
//! its timeout, where the collector's answer says that it may pass later (HTTP 429, 502, 503 and 504; gRPC `CANCELLED`,
//! `DEADLINE_EXCEEDED`, `ABORTED`, `OUT_OF_RANGE`, `UNAVAILABLE`, `DATA_LOSS`, and `RESOURCE_EXHAUSTED` with a
//! `RetryInfo`) or when there was none, and not before the time that the collector asks for. What the collector rejects out of a
//! batch that it takes is counted and not sent again.
//!
//! # What became of it
//!
//! [`Telemetry::stats`] counts what was exported, what was lost and why, by destination, signal and reason, and is a
//! [`Source`](tower_genai_scrape::Source) for `/metrics`: `tower_genai_telemetry_exported_total`,
//! `tower_genai_telemetry_dropped_total` and `tower_genai_telemetry_export_failures_total`. Failures are logged through
//! [`tracing`] as well, at most once a minute for each collector; every export is, at the level `debug`: signal,
//! endpoint, items, bytes, time and what came of it.
//!
//! Header values are credentials: they appear in no message and in no `Debug` output.
//!
//! Not done: exemplars, which the SDK (0.33) never fills; a cut of long attributes of log records in memory, which the
//! SDK lets nobody change; metrics after the panic of an application's callback, which poisons the SDK's reader.
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
