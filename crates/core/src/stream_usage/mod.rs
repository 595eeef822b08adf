//! Usage that the client did not ask for.
//!
//! OpenAI-shaped streams state their usage only where the request has `stream_options.include_usage`. A
//! [`StreamUsageLayer`] puts it into requests that stream and do not have it, and takes the extra event, the one with
//! `choices: []` and the usage, out of the reply, so that the layers further in learn the usage and the client sees
//! the stream it asked for. Use it around a client, outside the layers that record calls: those are to read what the
//! provider sends.
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::{BodyExt, Full};
//! use tower::{Layer, ServiceBuilder, ServiceExt, service_fn};
//! use tower_genai_core::{CallLayer, StreamUsageLayer, stream_usage};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let client = service_fn(async |request: Request<_>| {
//!     let request: Bytes = BodyExt::collect(request.into_body()).await?.to_bytes();
//!     assert_eq!(request, r#"{"stream":true,"stream_options":{"include_usage":true}}"#);
//!     let events = "data: {\"choices\":[],\"usage\":{\"total_tokens\":9}}\n\ndata: [DONE]\n\n";
//!     let reply = Response::builder().header("content-type", "text/event-stream").body(Full::<Bytes>::from(events));
//!     Ok::<_, Box<dyn std::error::Error>>(reply?)
//! });
//! let client = ServiceBuilder::new().layer(StreamUsageLayer::new()).layer(CallLayer::client()).service(client);
//!
//! let request = Request::post("https://api.openai.com/v1/chat/completions").body(Full::<Bytes>::from(r#"{"stream":true}"#))?;
//! let reply = client.oneshot(request).await?;
//! assert_eq!(reply.into_body().collect().await?.to_bytes(), "data: [DONE]\n\n");
//! # Ok(())
//! # }
//! ```
//!
//! # Which requests are edited
//!
//! A `POST` of JSON to a path of chat or text completions whose body has `"stream": true` and no
//! `"include_usage": true`. An explicit `"include_usage": false` or `"stream_options": null` is the client's wish about
//! its own stream, which it gets. Providers that are known to state the usage anyway are not asked
//! ([`on_request_only`](tower_genai_wire::usage_event::on_request_only)). Requests that are signed or content-encoded
//! are never touched.
//!
//! Whether a body is to be edited is known at its end. One of up to 256 KiB is collected, which is what may be kept to
//! send it again: it is sent with its right length, and unchanged in every way when there is nothing to edit. A larger
//! one, or one of unknown length that grows larger, is edited as it passes, and so has no `content-length`: over
//! HTTP/1.1 it is sent chunked. An edited request asks for `accept-encoding: identity`; a reply that comes encoded
//! nevertheless passes as it is, and so does one that is no event stream.
//!
//! # Upstreams that reject the field
//!
//! When an edited request is answered with 400 or 422 and the reply speaks of the field, the request is sent again as
//! the client wrote it. If that is accepted, the upstream is left alone for an hour, and then tried again. What does not
//! fit into 256 KiB cannot be sent again: its client gets the upstream's answer, and the next calls are left alone. An
//! upstream goes by the name in [`Upstream`](crate::Upstream), else by the authority of the request's URI.
//!
//! Both requests reach the provider, and each is a call with a record of its own to layers further in, as below a
//! retry: the first one failed.

mod candidate;
mod collect;
mod future;
mod layer;
mod memory;
mod refusal;
mod request_body;
mod response_body;
mod service;
mod splice;

pub use future::ResponseFuture;
pub use layer::StreamUsageLayer;
pub use request_body::RequestBody;
pub use response_body::ResponseBody;
pub use service::StreamUsage;

/// Requests up to this size are collected, and kept to be sent again.
const MOST_KEPT: usize = 256 * 1024;
