//! From the environment to OpenTelemetry pipelines, and an orderly shutdown.
//!
//! [`TelemetryConfig::from_env`] reads the standard `OTEL_*` variables and lists every fault at once;
//! [`Telemetry::start`] builds what they ask for and nothing else: without an endpoint there is no exporter, no thread
//! and nothing is spent. The [`Telemetry`] guard owns the background work, and [`Telemetry::shutdown`] flushes and
//! joins it within a deadline.
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
//! # Variables
//!
//! An empty value counts as unset. The specific variable wins over the general one.
//!
//! | variable | meaning | default |
//! |---|---|---|
//! | `OTEL_SDK_DISABLED` | `true`: nothing is started, and no other variable is read | `false` |
//! | `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` | URL that traces are posted to, as it is | none: no traces |
//! | `OTEL_EXPORTER_OTLP_ENDPOINT` | the same without its last part: `/v1/traces` is added | none: no traces |
//! | `OTEL_EXPORTER_OTLP[_TRACES]_HEADERS` | `name=value,...` sent along, values percent-encoded | none |
//! | `OTEL_EXPORTER_OTLP[_TRACES]_PROTOCOL` | `http/protobuf` | `http/protobuf` |
//! | `OTEL_EXPORTER_OTLP[_TRACES]_TIMEOUT` | milliseconds for one batch, retries included | 10000 |
//! | `OTEL_SERVICE_NAME` | `service.name` | `litellm` |
//! | `OTEL_RESOURCE_ATTRIBUTES` | `key=value,...`, values percent-encoded | none |
//! | `OTEL_TRACES_SAMPLER` | `always_on`, `always_off`, `traceidratio`, each also `parentbased_...` | `parentbased_always_on` |
//! | `OTEL_TRACES_SAMPLER_ARG` | share of traces for the `traceidratio` samplers, 0 to 1 | 1 |
//! | `OTEL_BSP_SCHEDULE_DELAY` | milliseconds between two exports | 5000 |
//! | `OTEL_BSP_EXPORT_TIMEOUT` | milliseconds for one batch; the shorter of this and the exporter's counts | 30000 |
//! | `OTEL_BSP_MAX_QUEUE_SIZE` | spans that may wait | 2048 |
//! | `OTEL_BSP_MAX_EXPORT_BATCH_SIZE` | spans in one request | 512, at most the queue's size |
//! | `OTEL_SPAN_{ATTRIBUTE,EVENT,LINK}_COUNT_LIMIT` | parts a span may have | 128 |
//!
//! # What became of it
//!
//! [`Telemetry::trace_stats`] counts what was exported, what was lost and why, and is a
//! [`Source`](tower_genai_scrape::Source) for `/metrics`: `tower_genai_telemetry_exported_total`,
//! `tower_genai_telemetry_dropped_total` and `tower_genai_telemetry_export_failures_total`. Failures are logged through
//! [`tracing`] as well, at most once a minute.
//!
//! Header values are credentials: they appear in no message and in no `Debug` output.

mod config;
mod env;
mod faults;
mod otlp;
mod processor;
mod series;
mod stats;
mod telemetry;

pub use config::{CaptureMode, ConventionsProfile, PropagatorName, TelemetryConfig};
pub use env::{Environment, NotUnicode, ProcessEnv};
pub use faults::{Fault, Faults};
pub use opentelemetry_sdk;
pub use stats::{DropReason, ExportStats, FailureReason};
pub use telemetry::{ShutdownError, StartError, Telemetry};
