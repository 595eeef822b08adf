//! Who calls: known clients by the hash of their credential, and what trusted peers say about the end user.

mod clients;
mod credential;
mod peer;
#[cfg(test)]
mod tests;

pub(crate) use clients::{Clients, Standing};
pub(crate) use credential::insert;
pub(crate) use peer::TrustedPeers;
