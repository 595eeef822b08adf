//! Listening, and stopping without cutting anybody off.

mod listener;
mod phase;

pub(crate) use listener::{is_loopback, serve};
pub(crate) use phase::{Phase, Phases};
