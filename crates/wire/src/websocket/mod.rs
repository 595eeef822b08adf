//! A WebSocket connection, read beside the stream: frames, messages, compression.
//!
//! Nobody is answered, masked or refused here: the bytes pass between a client and a server that speak for
//! themselves. What breaks the protocol is not read any further.

mod extensions;
mod frames;
mod inflater;
mod messages;

#[cfg(test)]
mod tests;

pub(crate) use extensions::{Compression, Sender};
pub(crate) use messages::{Messages, Receiver};
