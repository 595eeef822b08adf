//! Who is on the other end of the connection, and whether we believe what they say about others.

use std::net::IpAddr;

use http::header::{HeaderMap, HeaderName};
use ipnet::IpNet;
use tower_genai_core::{Caller, ClientAddress};

const END_USER: [HeaderName; 3] = [
    HeaderName::from_static("x-genai-end-user"),
    HeaderName::from_static("x-litellm-end-user-id"),
    HeaderName::from_static("x-litellm-customer-id"),
];
const TAGS: [HeaderName; 2] =
    [HeaderName::from_static("x-genai-tags"), HeaderName::from_static("x-litellm-tags")];

/// Peers whose identity headers count: an application's own backend, a gateway in front.
#[derive(Clone, Debug)]
pub(crate) struct TrustedPeers(Vec<IpNet>);

impl TrustedPeers {
    pub(crate) fn new(networks: Vec<IpNet>) -> Self {
        Self(networks)
    }

    /// Takes the identity headers out of the request and, from a trusted peer, believes them.
    pub(crate) fn complete(
        &self,
        mut caller: Caller,
        headers: &mut HeaderMap,
        peer: Option<ClientAddress>,
    ) -> Caller {
        let trusted = peer.is_some_and(|ClientAddress(address)| self.contains(address));
        if let Some(end_user) = take(headers, &END_USER).filter(|_| trusted) {
            caller = caller.with_end_user(end_user.as_str());
        }
        if let Some(tags) = take(headers, &TAGS).filter(|_| trusted) {
            caller = caller.with_tags(tags.split(',').map(str::trim).filter(|tag| !tag.is_empty()));
        }
        caller
    }

    fn contains(&self, peer: IpAddr) -> bool {
        let peer = peer.to_canonical();
        self.0.iter().any(|network| network.contains(&peer))
    }
}

/// Removes all of the names; the first that is there is the value.
fn take(headers: &mut HeaderMap, names: &[HeaderName]) -> Option<String> {
    let mut found = None;
    for name in names {
        let value = headers.remove(name);
        let text = value.as_ref().and_then(|value| value.to_str().ok()).map(str::trim);
        found = found.or_else(|| text.filter(|text| !text.is_empty()).map(str::to_owned));
    }
    found
}
