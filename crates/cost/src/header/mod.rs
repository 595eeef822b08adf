//! Tells the client what its call cost, in a header or in a trailer.
//!
//! [`CostHeaderLayer`] stands outside the layer that prices calls. It is an option with a price of its own:
//!
//! * **`x-genai-cost-usd` as a header.** The cost is known at the end of the reply, and a header goes before its beginning: so
//!   a whole reply of up to [`max_body`](CostHeaderLayer::max_body) bytes is held back until its end has come. Streams are
//!   never held back, nor are replies that are no success.
//! * **`x-genai-cost-usd` as a trailer**, for replies that were not held back and state no length, where the client says
//!   `TE: trailers`. Nothing waits for it.
//!
//! Bytes, frames and lengths stay what they were. A reply whose cost nobody knows has neither, and unknown is not free. Since
//! a held reply is read before it is delivered, its record says that it was complete even if the client leaves meanwhile.
//!
//! ```
//! use tower_genai_cost::header::CostHeaderLayer;
//! use tower_genai_cost::{CostLayer, Pricing};
//! use tower_layer::{Layer, layer_fn};
//!
//! let layers = (CostHeaderLayer::new().max_body(1024 * 1024), CostLayer::server(Pricing::embedded()));
//! # let identity = layer_fn(|service: ()| service);
//! # let _: () = identity.layer(());
//! # drop(layers);
//! ```

mod body;
mod future;
mod layer;
mod plan;
mod service;
mod tab;

pub use body::ResponseBody;
pub use future::ResponseFuture;
pub use layer::CostHeaderLayer;
pub use service::CostHeader;
pub(crate) use tab::watch;

use http::HeaderName;

/// The header and the trailer: a decimal number of US dollars.
pub const COST_HEADER: HeaderName = HeaderName::from_static("x-genai-cost-usd");
