//! The known clients, which can be replaced while requests run.

use std::collections::HashMap;
use std::fmt;

use arc_swap::ArcSwap;
use http::header::AUTHORIZATION;
use http::request::Parts;
use tower_genai_core::Caller;

use super::credential;
use crate::config::ClientConfig;

/// Whether a request comes from someone we know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// A client of the configuration. Its credential has been taken out of the request.
    Known,
    /// Some credential; it stays in the request, and the provider judges it.
    Unknown,
    /// No credential at all.
    Anonymous,
}

/// The table of clients.
pub(crate) struct Clients(ArcSwap<HashMap<String, Caller>>);

impl Clients {
    pub(crate) fn new(clients: &[ClientConfig]) -> Self {
        Self(ArcSwap::from_pointee(table(clients)))
    }

    /// Everyone in the table.
    pub(crate) fn callers(&self) -> Vec<Caller> {
        self.0.load().values().cloned().collect()
    }

    /// Replaces the table; requests that have been identified keep what they have.
    pub(crate) fn replace(&self, clients: &[ClientConfig]) {
        self.0.store(table(clients).into());
    }

    /// Finds out who calls and takes the credential of a known client out of the request.
    pub(crate) fn identify(&self, head: &mut Parts) -> (Caller, Standing) {
        let hashes: Vec<String> =
            credential::keys(head).iter().map(|credential| credential::hash(credential)).collect();
        let clients = self.0.load();
        if let Some(caller) = hashes.iter().find_map(|hash| clients.get(hash)) {
            credential::remove(head);
            return (caller.clone(), Standing::Known);
        }
        match hashes.first() {
            Some(hash) => (Caller::new().with_hashed_key(hash.as_str()), Standing::Unknown),
            None if head.headers.contains_key(AUTHORIZATION) => (Caller::new(), Standing::Unknown),
            None => (Caller::new(), Standing::Anonymous),
        }
    }
}

fn table(clients: &[ClientConfig]) -> HashMap<String, Caller> {
    clients
        .iter()
        .map(|client| {
            let mut caller = Caller::new()
                .with_key_alias(client.alias.as_str())
                .with_hashed_key(client.key_sha256.as_str());
            if let Some(team) = &client.team {
                caller = caller.with_team(team.as_str());
            }
            if let Some(user) = &client.user {
                caller = caller.with_user(user.as_str());
            }
            (client.key_sha256.clone(), caller)
        })
        .collect()
}

impl fmt::Debug for Clients {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clients").field("known", &self.0.load().len()).finish()
    }
}
