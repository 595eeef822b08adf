//! The shared side of a call: what those who only take part can see and say.

mod handle;
mod shared;
mod slot;

pub use handle::CallHandle;
pub(crate) use shared::{Joined, Joining, Shared};
pub use slot::CallSlot;
