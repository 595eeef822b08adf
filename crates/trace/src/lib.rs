//! Tower layer for W3C trace propagation and OpenTelemetry GenAI spans.
//!
//! [`TraceLayer::server`] stands around a service that answers requests, [`TraceLayer::client`] around a client that
//! sends them. Both get the provider of their spans as a value; nothing global is read or set.
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::{BodyExt, Full};
//! use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
//! use tower::{Layer, ServiceExt, service_fn};
//! use tower_genai_trace::TraceLayer;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let exporter = InMemorySpanExporter::default();
//! let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
//!
//! let service = TraceLayer::server(&provider).route(|_head| Some("/hello/{name}")).layer(service_fn(
//!     async |_request| Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::from("hello"))),
//! ));
//!
//! let request = Request::get("/hello/world").body(Full::<Bytes>::default()).unwrap();
//! service.oneshot(request).await.unwrap().into_body().collect().await.unwrap();
//! assert_eq!(exporter.get_finished_spans().unwrap()[0].name, "GET /hello/{name}");
//! # }
//! ```
//!
//! # Which spans there are
//!
//! | where the layer stands | request | span |
//! |---|---|---|
//! | server | any | `SERVER`, `{method} {route}`, with the HTTP conventions' attributes |
//! | server | model call | the same, with the GenAI attributes as well: the one span an application gets that has the layer around its own handlers |
//! | client | model call | `CLIENT`, `{operation} {model}` such as `chat gpt-4o-mini`, with the GenAI conventions' attributes |
//! | client | plain, or one attempt below a traced call | `CLIENT`, `{method}`, with the HTTP conventions' attributes |
//! | either | gRPC | named by its method (`package.Service/Method`), with the RPC conventions' attributes |
//!
//! A span starts with the request and ends with the last byte of the reply's body, or when the body fails or is
//! dropped. Retries above a client layer make spans beside each other, with `http.request.resend_count`. The first
//! output of a stream is an event, `tower_genai.first_chunk`.
//!
//! A span is the current one of [`opentelemetry::Context`] whenever the inner service's future is polled; a server's
//! is in the request's extensions as well, as an [`opentelemetry::Context`], for those who answer on another task.
//! Samplers see its kind and its first name; the attributes are set only on spans that are recorded. Requests that are
//! not worth one, such as those for health and metrics, are kept out with [`TraceObserver::filter`].
//!
//! A server's failures (5xx, a broken reply) and a client's (4xx as well) have the status `Error` and `error.type`. A
//! reply that was given up before its end has no error status and `tower_genai.outcome` = `dropped`; a choice that never
//! came to its end has the finish reason `error`.
//!
//! # Attributes
//!
//! They are those of the OpenTelemetry conventions [for HTTP], [for RPC] and [for GenAI], as far as who passes bytes on
//! can know them, and a few of our own: `gen_ai.usage.cost` and its parts (`gen_ai.cost.*`), `tower_genai.call_id`,
//! `.session_id`, `.outcome`, `.usage_source`, `.cost_status`, `.key_alias`, `.team`, and `user.id`.
//! A [`Profile`](tower_genai_core::Profile) says which names are meant where the conventions have changed:
//!
//! | | `V1_41`, the default | `V2026_10` | `Both` |
//! |---|---|---|---|
//! | `gen_ai.usage.cache_creation.input_tokens` | yes | no | yes |
//! | `gen_ai.usage.cache_write.input_tokens` | yes: some backends know no other | yes | yes |
//! | `gen_ai.usage.{audio,image}.*` | no | yes | yes |
//! | `gen_ai.request.top_k` | double | int | int |
//!
//! Where nobody says who serves a call, `gen_ai.provider.name` is the provider whose API it speaks, else `unknown`.
//! Headers are shown when they are asked for by name, and those that hold credentials never; values of telling query
//! parameters are replaced with `REDACTED`.
//!
//! # Events and metrics
//!
//! [`events::EventObserver`] tells a log of each call that has ended, and [`meter::MeterObserver`] measures it through
//! an OpenTelemetry meter. Both share a layer with [`TraceObserver`], or do without it.
//!
//! # What goes out
//!
//! A client layer takes as parent the current span, else the [`opentelemetry::Context`] in the request's extensions,
//! else what the request's own headers say, and writes its own span into the headers in their place, sampled or not.
//! With a provider that makes no spans the parent goes on unchanged, but to one's own services only. Baggage, trace
//! state, and what else others said about a trace are not sent to strangers, who are the model providers above all;
//! [`Outgoing`] tells who is one. Nobody gets the baggage of a caller that is not trusted, nor anything from one that is
//! ignored.
//!
//! # What comes in
//!
//! The caller's span is the parent, with [`Trust::Trust`]; its sampled flag is then followed by a parent-based sampler. A
//! server that faces strangers takes [`Trust::LinkOnly`] or [`Trust::Ignore`]. How traces are written in headers is the
//! [`Propagation`]'s: W3C, B3, Jaeger, Datadog, or several of them.
//!
//! [for HTTP]: https://opentelemetry.io/docs/specs/semconv/http/http-spans/
//! [for RPC]: https://opentelemetry.io/docs/specs/semconv/rpc/rpc-spans/
//! [for GenAI]: https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/

mod attributes;
mod boundary;
pub mod content;
pub mod events;
mod headers;
mod hex;
mod layer;
pub mod meter;
mod names;
mod observer;
mod propagation;
mod settings;
mod source;
pub mod w3c;
mod watch;

pub use boundary::{Audience, Outgoing, Trust};
pub use layer::TraceLayer;
pub use observer::TraceObserver;
pub use opentelemetry;
pub use propagation::{Propagation, PropagatorError};
