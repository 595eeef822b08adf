//! AWS Signature Version 4 for upstreams that want it.
//!
//! A client's own signature covers the host and the path it called, which are not those of the upstream, so it cannot
//! survive a proxy. The request is signed here instead, by credentials of the proxy's.

mod credentials;
mod error;
mod payload;
mod signer;

pub(crate) use credentials::CredentialSource;
pub(super) use error::SignError;
pub(super) use payload::collect;
pub(crate) use signer::{Sign, Signer, is_signature};
