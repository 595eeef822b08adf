//! Realtime sessions: what is said in the messages of a WebSocket connection.
//!
//! OpenAI's realtime API and its Responses API over WebSocket say the same things in events of their own shapes:
//! which `type`s matter is in one table for both, and what a response says is read by the API's
//! dialect, each message being a document.

mod client;
mod events;
mod head;
mod server;

#[cfg(test)]
mod tests;

pub use client::ClientEvents;
pub use events::{ClientEvent, ServerEvent, SessionFacts};
pub use server::ServerEvents;

use head::{Head, Kind};
