//! Sessions: one exchange that becomes a WebSocket connection, and the calls that are made over it.

mod asked;
mod calls;
mod end;
mod id;
mod observed;
#[expect(clippy::module_inception, reason = "one type a file, and this is the session")]
mod session;
mod slot;

pub use end::SessionEnd;
pub use id::SessionId;
pub use session::Session;
pub use slot::SessionSlot;

pub(crate) use asked::{Asked, Within, kept_head, requested_model};
pub(crate) use slot::Part;

use calls::Calls;
use observed::Observed;
