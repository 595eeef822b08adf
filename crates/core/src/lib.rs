//! The observed call: the record of one call to a language model, and the only body tap that fills it.
//!
//! The tower-genai layers for metrics, traces and cost are thin: each is a set of [`Observer`]s over the tap in this
//! crate. Use this crate directly to write an observer of your own.
//!
//! ```
//! use bytes::Bytes;
//! use http::{Request, Response};
//! use http_body_util::{BodyExt, Full};
//! use std::sync::{Arc, Mutex};
//! use tower::{Layer, ServiceExt, service_fn};
//! use tower_genai_core::{CallLayer, CallRecord, Observer};
//!
//! #[derive(Default)]
//! struct Models(Mutex<Vec<String>>);
//!
//! impl Observer for Models {
//!     fn name(&self) -> &'static str {
//!         "models"
//!     }
//!     fn on_end(&self, record: &CallRecord) {
//!         let model = record.response_model().unwrap_or("unknown").to_owned();
//!         self.0.lock().unwrap().push(format!("{model}: {:?} tokens", record.usage().output));
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let models = Arc::new(Models::default());
//! let service = CallLayer::server().with_shared(models.clone()).layer(service_fn(async |_request| {
//!     let reply = r#"{"model": "gpt-4o-mini", "usage": {"prompt_tokens": 9, "completion_tokens": 4}}"#;
//!     let reply = Response::builder().header("content-type", "application/json").body(Full::<Bytes>::from(reply));
//!     reply
//! }));
//!
//! let request = Request::post("/v1/chat/completions").body(Full::<Bytes>::from("{}")).unwrap();
//! let reply = service.oneshot(request).await.unwrap();
//! reply.into_body().collect().await.unwrap();
//! assert_eq!(*models.0.lock().unwrap(), ["gpt-4o-mini: Some(4) tokens"]);
//! # }
//! ```
//!
//! # One call, one record
//!
//! The first layer that sees a model call **opens** it; layers of the same [`Role`] further in **join** it. A record is
//! told to all their observers, exactly once, when the reply has been delivered, has failed, or was given up.
//!
//! | where the outermost layer stands | what a record means |
//! |---|---|
//! | above a retry, hedge or fallback | one record per logical call; what joins below are its attempts, if the retry clones the request's extensions |
//! | below them, or [`per_attempt`](CallLayer::per_attempt) | one record per attempt |
//! | above a `Timeout` | the timeout is [`End::Failed`] |
//! | below a `Timeout` | the timeout is [`End::Dropped`] |
//! | outside a response compression | the body is decoded beside the stream |

mod arrival;
mod call;
mod caller;
mod chunks;
pub mod clock;
pub mod content;
mod cost;
mod credential;
#[cfg(feature = "drain")]
pub mod drain;
mod end;
#[cfg(feature = "estimate")]
pub mod estimate;
mod exchange;
mod gate;
mod money;
mod observer;
mod profile;
mod record;
mod route;
mod self_check;
mod session;
pub mod stream_usage;
mod tap;
mod text;
mod upstream;
mod verdict;
mod vocabulary;

pub use arrival::Arrival;
pub use call::{CallHandle, CallSlot};
pub use caller::{Caller, ClientAddress};
pub use chunks::ChunkTimes;
pub use content::{Content, Redact};
pub use cost::{Cost, CostStatus, PriceSource};
pub use credential::is_credential_header;
pub use end::{DrainResult, End, ErrorOrigin, Failure, Outcome};
pub use exchange::{Attempt, Exchange, Role};
pub use gate::Gate;
pub use money::{ParseUsdError, Usd};
pub use observer::{Head, Observer, Reply, Watch};
pub use profile::{Profile, UnknownProfile};
pub use record::{CallId, CallRecord, SpanRef, UsageSource};
pub use route::Route;
pub use self_check::SelfCheck;
pub use session::{Session, SessionEnd, SessionId, SessionSlot};
pub use stream_usage::{StreamUsage, StreamUsageLayer};
pub use tap::{BodyMode, Call, CallGuard, CallLayer, RequestBody, Same, TapBody, TapFuture, Wrap};
pub use text::CallText;
pub use tower_genai_wire::{
    Billing, DecoderBudget, ErrorClass, HeadFacts, KeptText, ModalityTokens, Operation, RateLimit,
    RateLimits, References, ReplyFacts, RequestFacts, ToolUses, Usage,
};
pub use upstream::Upstream;
pub use verdict::Fault;
pub use vocabulary::Vocabulary;
