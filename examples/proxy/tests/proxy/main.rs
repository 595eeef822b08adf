//! The whole proxy over real sockets, in this process and as a program.
#![allow(clippy::unwrap_used, clippy::panic, clippy::expect_used)]

mod admin;
mod aws;
mod cost_header;
mod drain;
mod environment;
mod faults;
mod forwarding;
mod identity;
mod observed;
mod price_command;
mod prices;
mod program;
mod secrets;
mod spend;
mod support;
mod tls;
mod traces;
