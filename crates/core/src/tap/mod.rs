//! The only body tap of the workspace.
//!
//! A layer is a set of [`Observer`](crate::Observer)s over this tap. A request that is no model call costs a small
//! guard that lives inline in the future and the body. A model call is **opened** by the first layer that sees it, or
//! **joined** by the layers further in: the outermost reads the bodies, the others ride along.
//!
//! Whoever holds the guard of an exchange ends it. It moves from the call into the future and from there into the
//! body, it is not `Clone`, and ending consumes it: so every exchange ends exactly once, by its end or by a drop.

mod body;
mod call_guard;
mod core;
mod exchange_guard;
mod facts;
mod future;
mod layer;
mod mode;
mod party;
mod request_body;
mod request_tap;
mod service;
mod state;

pub use body::TapBody;
pub use call_guard::CallGuard;
pub use future::TapFuture;
pub use layer::CallLayer;
pub use mode::{BodyMode, Same, Wrap};
pub use request_body::RequestBody;
pub use service::Call;

pub(crate) use self::core::Core;
pub(crate) use exchange_guard::ExchangeGuard;
pub(crate) use party::{Party, READER, shielded};
