//! Prometheus metrics of HTTP exchanges, gRPC calls and calls to language models, by a tower layer.
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::{BodyExt, Full};
//! use tower::{Layer, ServiceExt, service_fn};
//! use tower_genai_metrics::scrape::{Format, MetricsService};
//! use tower_genai_metrics::{Metrics, MetricsLayer};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let metrics = Metrics::new();
//! let service = MetricsLayer::server(&metrics).layer(service_fn(async |_request| {
//!     let reply = r#"{"model": "gpt-4o-mini", "usage": {"prompt_tokens": 9, "completion_tokens": 4}}"#;
//!     Response::builder().header("content-type", "application/json").body(Full::<Bytes>::from(reply))
//! }));
//! let scrapes = MetricsService::builder().source(metrics).build()?; // serve it under `/metrics`
//!
//! let request = Request::post("/v1/chat/completions").body(Full::<Bytes>::from(r#"{"model": "gpt-4o-mini"}"#))?;
//! service.oneshot(request).await?.into_body().collect().await?;
//!
//! let page = scrapes.render(Format::Text);
//! assert!(page.contains(r#"http_server_request_duration_seconds_count{http_request_method="POST","#));
//! assert!(page.contains(r#"token_type="output",usage_source="reported",role="server"} 4"#));
//! # Ok(())
//! # }
//! ```
//!
//! # What is measured
//!
//! Names and buckets are those of OpenTelemetry's conventions, as Prometheus writes them (`_` for `.`). LiteLLM's can be
//! had beside them or in their place: see [`Naming`] and [`litellm`].
//!
//! | series | of |
//! |---|---|
//! | `http_server_request_duration_seconds`, `http_server_active_requests`, `http_server_response_body_size_bytes` | requests a server answers |
//! | `http_client_request_duration_seconds`, `http_client_active_requests` | requests a client sends, retries one by one |
//! | `rpc_server_call_duration_seconds`, `rpc_client_call_duration_seconds` | gRPC calls, with the status of their trailers; they have no duration among the HTTP series, but are active requests |
//! | `gen_ai_client_operation_duration_seconds`, `gen_ai_client_operation_time_to_first_chunk_seconds`, `gen_ai_server_time_per_output_token_seconds`, `gen_ai_client_token_usage` | model calls, as histograms |
//! | `gen_ai_client_calls_total`, `gen_ai_client_tokens_total`, `gen_ai_client_cost_usd_total` | model calls, as counters that say who called |
//! | `tower_genai_cost_calls_total` | model calls by whether they could be priced |
//! | `tower_genai_upstream_ratelimit_remaining` | what an upstream's last reply for a model said is left of its limits; 0 is a value |
//! | `tower_genai_overhead_seconds` | the time a request took while no upstream was at work on it, by phase; an [option](MetricsBuilder::overhead) |
//! | `tower_genai_drains_total` | replies below a drain layer whose clients left before the end, by what became of the rest: `drained`, `max_bytes`, `max_time`, `max_concurrent`, `failed`, `stopped` |
//! | `tower_genai_calls_opened_total`, `tower_genai_calls_in_flight`, `tower_genai_calls_recorded_total`, `tower_genai_observer_panics_total` | the observing itself |
//! | `tower_genai_series`, `tower_genai_series_budget`, `tower_genai_label_values_folded_total`, `tower_genai_build_info` | this store |
//!
//! A duration ends with the body of the reply, not with its head. HTTP durations have the conventions' buckets, which
//! end at ten seconds, and go on to ten minutes, because models take long; see
//! [`MetricsBuilder::http_duration_buckets`]. Money is summed exactly and written as a decimal.
//!
//! Estimated tokens and their cost are in the counters alone, apart from reported ones by the label `usage_source`. The
//! histograms, which have no such label, are of what a provider has reported, to the client or to a drain layer after
//! it had left.
//!
//! Times to the first chunk, per chunk and per token are of streams alone. The duration is of streams and others together:
//! either way it ends with the last byte of the reply.
//!
//! # Profiles
//!
//! The conventions renamed their GenAI metrics in autumn 2026. [`MetricsBuilder::profile`] chooses: release 1.41, as
//! above, or the names of October 2026, or both.
//!
//! | 1.41 | October 2026 |
//! |---|---|
//! | `gen_ai_client_operation_duration_seconds` | `gen_ai_client_inference_duration_seconds` of chats, completions and generated content; the old name stays for what is no inference, such as embeddings |
//! | `gen_ai_client_operation_time_to_first_chunk_seconds`, `gen_ai_client_operation_time_per_output_chunk_seconds` | `gen_ai_client_inference_time_to_first_chunk_seconds`, `gen_ai_client_inference_time_per_output_chunk_seconds` |
//! | `gen_ai_client_token_usage` | `gen_ai_client_inference_operation_input_tokens`, `gen_ai_client_inference_operation_output_tokens` as histograms; as counters with `gen_ai_token_modality` `gen_ai_client_inference_usage_input_tokens_total` and the same of `output_tokens`, `cache_read_input_tokens`, `cache_write_input_tokens`, `reasoning_output_tokens` |
//!
//! The new token metrics have every inference, also one that failed: with 0 of the modality `unknown` where no usage came.
//! `text` is the rest where the provider tells the modalities apart; where it does not, the modality is `unknown`.
//!
//! # Options
//!
//! All are off unless asked for: [exemplars](MetricsBuilder::exemplars), [native
//! histograms](MetricsBuilder::native_histograms), [the time per output chunk](MetricsBuilder::chunk_timing), [our own
//! time](MetricsBuilder::overhead), [the expiry of idle series](MetricsBuilder::idle_expiry).
//!
//! # Labels
//!
//! Nothing a client sends becomes a label unbounded. Each metric has a budget of label sets
//! ([`DEFAULT_SERIES_BUDGET`]); when it is used up, values nobody reserved are shown as `other` and counted in
//! `tower_genai_label_values_folded_total`, under the first metric that folds them. A model is shown under its name only after an upstream has answered a call
//! for it with a 2xx status, or when it is [reserved](MetricsBuilder::reserve_model). Unknown methods are `_OTHER`, as
//! are gRPC methods nobody implements and error types that are no identifiers. Paths, the `Host` header, messages
//! and credentials are never labels. A fact nobody knows is the empty string, which Prometheus treats as no label.
//!
//! Who called (`key_alias`, `team`, `user`) comes from the [`Caller`](tower_genai_core::Caller) that an authentication
//! middleware puts into the request, and is on counters only.
//!
//! Which metrics there are, which labels they have and which values these may take is the operator's choice: see
//! [`MetricsBuilder::only_metrics`], [`labels_of`](MetricsBuilder::labels_of),
//! [`include_labels`](MetricsBuilder::include_labels), [`allow_values`](MetricsBuilder::allow_values) and
//! [`label_from_header`](MetricsBuilder::label_from_header). What cannot be is refused by
//! [`build`](MetricsBuilder::build), all faults at once.
//!
//! One store may serve servers and clients. But a model call that passes a server's layer and a client's layer is two
//! records, one of each `role`; the store warns once when that happens.

mod buckets;
mod builder;
mod calls;
mod catalogue;
mod fault;
mod http;
mod layer;
pub mod litellm;
mod metrics;
mod names;
mod naming;
mod observer;
mod otel;
mod overhead;
mod own;
mod plan;
mod rpc;
mod series;

pub use builder::{DEFAULT_SERIES_BUDGET, MetricsBuilder};
pub use fault::{BuildError, Fault};
pub use layer::MetricsLayer;
pub use metrics::Metrics;
pub use naming::{Naming, UnknownNaming};
pub use observer::MetricsObserver;
pub use tower_genai_scrape as scrape;
