//! What happens to a reply whose client has left.
//!
//! A stream tells its usage in its last event. When the client leaves before that, the reply's body is dropped, the
//! provider stops generating, and nobody ever says how many tokens had been used until then, which are billed all the
//! same. That is [`DrainPolicy::Abandon`], and what happens without this layer. With [`DrainPolicy::Drain`] the rest of
//! the reply is read in the background, bounded in bytes, time and number, and for nothing but its facts: the record
//! then has exact usage, and [`UsageSource::Drained`](crate::UsageSource::Drained) says where it comes from. The price
//! is that the provider goes on generating, and billing, to the end.
//!
//! ```
//! # use bytes::Bytes;
//! # use http::{Request, Response};
//! # use http_body_util::Full;
//! use std::time::Duration;
//! use tower::ServiceBuilder;
//! use tower_genai_core::CallLayer;
//! use tower_genai_core::drain::{DrainLayer, DrainPolicy};
//!
//! # async fn example() {
//! # let client = tower::service_fn(async |_: Request<tower_genai_core::RequestBody<Full<Bytes>>>| {
//! #     Ok::<_, std::convert::Infallible>(Response::new(Full::<Bytes>::default()))
//! # });
//! let (drain, drains) = DrainLayer::new(DrainPolicy::Drain {
//!     max_bytes: 4 * 1024 * 1024,
//!     max_time: Duration::from_secs(60),
//!     max_concurrent: 100,
//! });
//! let client = ServiceBuilder::new()
//!     .layer(drain) // outside the layer that reads the reply
//!     .layer(CallLayer::client())
//!     .service(client);
//! # let request: Request<Full<Bytes>> = Request::default();
//! # tower::ServiceExt::oneshot(client, request).await.unwrap();
//! // ... and when everything else has ended:
//! drains.shutdown(Duration::from_secs(10)).await;
//! # }
//! ```
//!
//! # Where it stands
//!
//! Directly outside the outermost tower-genai layer of its side, and inside a retry: it goes on polling the body that
//! layer has tapped. Bodies are moved when they are dropped, so they must be `Unpin`, as those of hyper, axum and
//! tonic are; a body that is not goes into a box first (`http_body_util`'s `boxed`).
//!
//! # When a reply is read on
//!
//! When it answers a recognised model call, or is a stream by its content type; its status is below 400; and its body
//! is dropped before its end, by a client that left as by a timeout further out. A request whose future is dropped, so
//! before there was a head, is given up as ever. The reading ends with the event that ends the stream, or with the
//! body. What became of it is [`CallRecord::drain`](crate::CallRecord::drain), and the metrics crate counts it in
//! `tower_genai_drains_total`.
//!
//! # What the record says
//!
//! Latency and size as the client saw them: the duration and the bytes end where it left, and the outcome is
//! [`Dropped`](crate::Outcome::Dropped). The call is recorded when the reading has ended, and is in flight until then.
//!
//! # Runtime
//!
//! The reading is a task of the Tokio runtime in whose context the body is dropped, and needs its timer. A body that is
//! dropped outside of any, or when the runtime is shutting down, is given up.

mod body;
mod future;
mod guard;
mod layer;
mod office;
mod policy;
mod rest;
mod service;
mod task;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use guard::DrainGuard;
pub use layer::DrainLayer;
pub use policy::DrainPolicy;
pub use service::Drain;
