//! Providers over the network: connecting, forwarding, and saying what went wrong.

mod aws;
mod connector;
mod detour;
mod fault;
mod headers;
mod idle;
mod remote;
mod stall;
mod tls;
mod upload;

pub(crate) use aws::{CredentialSource, Sign, Signer, is_signature};
pub(crate) use detour::Detours;
pub(crate) use remote::RemoteService;
pub(crate) use stall::StallTimeout;
pub(crate) use tls::Roots;

pub(crate) use headers::{prepare_request, say_websocket};
