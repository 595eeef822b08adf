//! Tower layers that make LLM traffic observable: Prometheus metrics, OpenTelemetry traces, exact cost.
//!
//! ```
//! use axum::{Json, Router, extract::MatchedPath, routing::post};
//! use serde_json::json;
//! use tower_genai::{CostLayer, Metrics, MetricsLayer, MetricsService, cost::Pricing};
//! # use tower::ServiceExt;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let metrics = Metrics::new();
//! let app = Router::new()
//!     .route("/v1/chat/completions", post(answer))
//!     .layer(CostLayer::server(Pricing::embedded()))
//!     .layer(MetricsLayer::server(&metrics).route(|head| head.extensions.get().map(MatchedPath::as_str)))
//!     .route_service("/metrics", MetricsService::builder().source(metrics).build()?);
//!
//! async fn answer() -> Json<serde_json::Value> {
//!     Json(json!({"model": "gpt-4o-mini", "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}))
//! }
//! # let request = http::Request::post("/v1/chat/completions").body("{}".to_owned())?;
//! # axum::body::to_bytes(app.clone().oneshot(request).await?.into_body(), usize::MAX).await?;
//! # let request = http::Request::get("/metrics").body(String::new())?;
//! # let text = axum::body::to_bytes(app.oneshot(request).await?.into_body(), usize::MAX).await?;
//! # let text = String::from_utf8(text.to_vec())?;
//! # assert!(text.lines().any(|line| line.starts_with("gen_ai_client_cost_usd_total{") && line.ends_with(" 0.00021")), "{text}");
//! # Ok(())
//! # }
//! ```
//!
//! This crate only re-exports; each part is a crate of its own and documents itself:
//!
//! | module | what | feature |
//! |---|---|---|
//! | [`core`] | the call's record, observers, the tap below all layers, and `StreamUsageLayer` | always |
//! | [`metrics`] | `MetricsLayer` | `metrics` (default) |
//! | [`scrape`] | the `/metrics` service | `scrape` (default) |
//! | [`trace`] | `TraceLayer`: propagation and spans | `trace` (default) |
//! | [`cost`] | `CostLayer`: exact prices | `cost` (default) |
//! | `core::drain` | `DrainLayer`: reads on for a reply's usage when the client has left | `drain` |
//! | `core::estimate` | `TokenEstimator`: counts the tokens that nobody reported, with `tiktoken-rs` | `estimate` |
//! | [`sinks`] | the call log | `sinks` |
//! | [`telemetry`] | from the environment to an OTLP exporter | `telemetry` |

pub use tower_genai_core as core;
#[doc(no_inline)]
pub use tower_genai_core::{
    CallHandle, CallLayer, CallRecord, CallSlot, Caller, Gate, Observer, Operation, StreamUsageLayer,
    Upstream, Usage, Watch,
};

#[cfg(feature = "drain")]
#[doc(no_inline)]
pub use tower_genai_core::drain::DrainLayer;
#[cfg(feature = "cost")]
pub use tower_genai_cost as cost;
#[cfg(feature = "cost")]
#[doc(no_inline)]
pub use tower_genai_cost::CostLayer;
#[cfg(feature = "metrics")]
pub use tower_genai_metrics as metrics;
#[cfg(feature = "metrics")]
#[doc(no_inline)]
pub use tower_genai_metrics::{Metrics, MetricsLayer};
#[cfg(feature = "scrape")]
pub use tower_genai_scrape as scrape;
#[cfg(feature = "scrape")]
#[doc(no_inline)]
pub use tower_genai_scrape::MetricsService;
#[cfg(feature = "sinks")]
pub use tower_genai_sinks as sinks;
#[cfg(feature = "telemetry")]
pub use tower_genai_telemetry as telemetry;
#[cfg(feature = "trace")]
pub use tower_genai_trace as trace;
#[cfg(feature = "trace")]
#[doc(no_inline)]
pub use tower_genai_trace::TraceLayer;

#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct ReadmeDoctests;
