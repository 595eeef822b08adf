//! WebSocket sessions: bytes are copied both ways as they are, and shown to the layers that record calls.

mod sessions;
mod tunnel;
mod watched;

pub(crate) use sessions::Sessions;
pub(crate) use tunnel::Tunnel;

use watched::{Party, Watched};
