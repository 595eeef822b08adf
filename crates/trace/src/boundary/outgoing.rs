use std::net::IpAddr;

use tower_genai_core::{Head, Observer, Role, Watch};

use super::audience::{Audience, Sight};
use super::strip;
use super::trust::Trust;
use crate::w3c::TRACEPARENT;

/// Who may see baggage and trace state: what others have said about a request, and its receiver need not know.
///
/// | a request | trace state and spans in other formats | baggage |
/// |---|---|---|
/// | with an [`Audience`] in its extensions | as that says | as that says |
/// | to a host that was [allowed](Self::allow) | yes | yes |
/// | to a host nearby | yes | unless it is a model call |
/// | to any other host | no | no |
///
/// Nearby are loopback, link-local and private addresses, `localhost`, names without a dot, and those below `.localhost`,
/// `.local`, `.internal` and `.home.arpa`. Baggage is what people wrote in clear, so that no model provider gets it by
/// default: a port on loopback may be the tunnel to one.
///
/// A stranger gets the `traceparent` (or what else the [`Propagation`](crate::Propagation) writes) of this process' own
/// span. It gets no `tracestate`, no `baggage`, and none of the headers with which others name their spans: `b3`,
/// `x-b3-*`, `uber-trace-id`, `uberctx-*`, `x-datadog-*`, `ot-tracer-*`, `ot-baggage-*`. Where this process makes no span
/// of its own, a stranger gets no `traceparent` either: the caller's may not pass without its trace state
/// ([W3C](https://www.w3.org/TR/trace-context/#mutating-the-tracestate-field)). Its own services get both unchanged.
///
/// Whatever the table says, no receiver gets the baggage of a caller that is not [trusted](Trust), nor any of these
/// headers from one that is [ignored](Trust::Ignore).
///
/// It is an observer by itself too, for a client that makes no spans and keeps all of this back all the same:
///
/// ```
/// use tower_genai_core::CallLayer;
/// use tower_genai_trace::Outgoing;
///
/// let layer = CallLayer::client().with(Outgoing::new().allow("*.corp.example"));
/// # drop(layer);
/// ```
#[derive(Clone, Debug, Default)]
pub struct Outgoing {
    always: Option<Audience>,
    providers_only: bool,
    allowed: Vec<Host>,
    trust: Trust,
}

#[derive(Clone, Debug)]
enum Host {
    Exactly(Box<str>),
    /// Any name that ends so; it begins with a dot.
    Below(Box<str>),
}

impl Outgoing {
    /// As in the table, with no host allowed.
    pub fn new() -> Self {
        Self::default()
    }

    /// All requests go to this audience, unless their extensions name another: for a client that has one peer.
    pub fn always(audience: Audience) -> Self {
        Self { always: Some(audience), ..Self::default() }
    }

    /// Lets a host see everything, where it is not said for all of them. `*.example.com` stands for all names below `example.com`, and not for itself; a port is
    /// not a part of it.
    #[must_use]
    pub fn allow(mut self, host: impl AsRef<str>) -> Self {
        let host = host.as_ref().trim().trim_end_matches('.').to_ascii_lowercase();
        self.allowed.push(match host.strip_prefix('*') {
            Some(below) if below.starts_with('.') => Host::Below(below.into()),
            _ => Host::Exactly(host.into()),
        });
        self
    }

    /// All requests go to model providers, those that are no model calls too: none of them carries baggage, unless it
    /// is allowed.
    #[must_use]
    pub fn providers_only(self) -> Self {
        Self { providers_only: true, ..self }
    }

    /// What is believed of what others said, where this is an observer by itself; with spans it is what their
    /// [observer](crate::TraceObserver::trust) believes.
    #[must_use]
    pub fn trust(self, trust: Trust) -> Self {
        Self { trust, ..self }
    }

    pub(crate) fn sight(&self, head: &Head<'_>) -> Sight {
        if let Some(audience) = head.parts.extensions.get().copied().or(self.always) {
            return audience.into();
        }
        let Some(host) = host(head) else { return Sight::NOTHING };
        if self.allows(host) {
            return Sight::ALL;
        }
        let near = is_near(host);
        Sight { trace: near, baggage: near && !self.providers_only && head.call().is_none() }
    }

    fn allows(&self, host: &str) -> bool {
        let host = host.trim_end_matches('.');
        self.allowed.iter().any(|allowed| match allowed {
            Host::Exactly(name) => host.eq_ignore_ascii_case(name),
            Host::Below(ending) => ends_with(host, ending),
        })
    }
}

impl Observer for Outgoing {
    fn name(&self) -> &'static str {
        "outgoing"
    }

    fn begin(&self, head: &mut Head<'_>) -> Option<Box<dyn Watch>> {
        if head.role() == Role::Client {
            let sight = self.sight(head).of(self.trust);
            let headers = &mut head.parts.headers;
            if !sight.baggage {
                strip::baggage(headers);
            }
            if !sight.trace {
                strip::spans(headers);
                headers.remove(TRACEPARENT);
            }
        }
        None
    }
}

fn host<'a>(head: &'a Head<'_>) -> Option<&'a str> {
    let named = || head.parts.headers.get(http::header::HOST)?.to_str().ok();
    let host = head.parts.uri.host().or_else(|| Some(without_port(named()?)))?;
    Some(host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host))
}

fn without_port(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

/// Addresses and names that have no meaning outside one's own network.
fn is_near(host: &str) -> bool {
    if let Ok(address) = host.parse::<IpAddr>() {
        return match address.to_canonical() {
            IpAddr::V4(address) => address.is_loopback() || address.is_private() || address.is_link_local(),
            IpAddr::V6(address) => {
                address.is_loopback() || address.is_unique_local() || address.is_unicast_link_local()
            }
        };
    }
    let host = host.trim_end_matches('.');
    !host.is_empty()
        && (!host.contains('.')
            || [".localhost", ".local", ".internal", ".home.arpa"]
                .iter()
                .any(|ending| ends_with(host, ending)))
}

fn ends_with(host: &str, ending: &str) -> bool {
    host.len() > ending.len()
        && host.get(host.len() - ending.len()..).is_some_and(|last| last.eq_ignore_ascii_case(ending))
}

#[cfg(test)]
mod tests {
    use super::{Outgoing, is_near, without_port};

    #[test]
    fn hosts_that_are_near() {
        for host in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.1.1",
            "::1",
            "fe80::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "localhost",
            "LOCALHOST",
            "ollama",
            "a.localhost",
            "vllm.svc.cluster.local",
            "x.internal",
            "pi.home.arpa",
            "ollama.",
        ] {
            assert!(is_near(host), "{host}");
        }
        for host in [
            "8.8.8.8",
            "172.32.0.1",
            "2001:db8::1",
            "::ffff:8.8.8.8",
            "api.openai.com",
            "local.example",
            ".local",
            "evil-local.com",
            "internal.example.com",
            "",
            ".",
            "notlocalhost.com",
        ] {
            assert!(!is_near(host), "{host}");
        }
    }

    #[test]
    fn hosts_that_are_allowed() {
        let outgoing = Outgoing::new().allow("API.Example.com.").allow("*.corp.example");
        for host in
            ["api.example.com", "api.example.com.", "API.EXAMPLE.COM", "a.corp.example", "b.a.corp.example"]
        {
            assert!(outgoing.allows(host), "{host}");
        }
        for host in ["example.com", "x.api.example.com", "corp.example", "evilcorp.example", "é.example"] {
            assert!(!outgoing.allows(host), "{host}");
        }
    }

    #[test]
    fn a_port_is_no_part_of_a_host() {
        for (authority, host) in
            [("a:80", "a"), ("a", "a"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]"), ("a:b", "a:b")]
        {
            assert_eq!(without_port(authority), host);
        }
    }
}
