//! The whole proxy in this process, over real sockets.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

mod admin;
mod drain;
mod faults;
mod forwarding;
mod identity;
mod observed;
mod support;
