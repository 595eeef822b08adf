use std::sync::Arc;

use http::StatusCode;
use tower_genai_core::{End, Exchange, Failure, Head, Role};
use tower_genai_scrape::{Encoder, Family, Name, Samples};

use super::active::Active;
use super::method::{MethodLabel, scheme};
use crate::buckets::Buckets;
use crate::names::{self, label};
use crate::series::{Census, Histogram, Key, LabelSets, Layout, OTHER, OpenLabel};

static SERVER_DURATION: Family = Family::histogram(
    names::HTTP_SERVER_REQUEST_DURATION,
    "Time from a request's arrival to the end of its reply's body.",
    &[label::METHOD, label::ROUTE, label::STATUS, label::SCHEME, label::ERROR_TYPE],
)
.with_unit("seconds");

static SERVER_ACTIVE: Family = Family::gauge(
    names::HTTP_SERVER_ACTIVE_REQUESTS,
    "Requests whose reply has not ended yet.",
    &[label::METHOD, label::SCHEME],
);

static SERVER_SIZE: Family = Family::histogram(
    names::HTTP_SERVER_RESPONSE_BODY_SIZE,
    "Bytes of replies' bodies that were handed on, as counted.",
    &[label::METHOD, label::ROUTE],
)
.with_unit("bytes");

static CLIENT_DURATION: Family = Family::histogram(
    names::HTTP_CLIENT_REQUEST_DURATION,
    "Time from a request's sending to the end of its reply's body.",
    &[
        label::METHOD,
        label::ROUTE,
        label::STATUS,
        label::SCHEME,
        label::ERROR_TYPE,
        label::SERVER_ADDRESS,
        label::SERVER_PORT,
    ],
)
.with_unit("seconds");

static CLIENT_ACTIVE: Family = Family::gauge(
    names::HTTP_CLIENT_ACTIVE_REQUESTS,
    "Requests sent whose reply has not ended yet.",
    &[label::METHOD, label::SCHEME, label::SERVER_ADDRESS, label::SERVER_PORT],
);

/// The HTTP series of one role.
pub(crate) struct Http {
    role: Role,
    requests: LabelSets<Request, RequestSeries, 3>,
    sizes: LabelSets<MethodLabel, Arc<Histogram>, 1>,
    active: Active,
    durations: Layout,
    bytes: Layout,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Request {
    method: MethodLabel,
    https: bool,
    status: Option<StatusCode>,
}

/// Everything one exchange is counted in, so that one look-up finds it.
struct RequestSeries {
    duration: Histogram,
    /// Shared by all statuses of a route; only servers have it.
    size: Option<Arc<Histogram>>,
}

impl Http {
    pub(crate) fn new(role: Role, buckets: &Buckets, budget: usize) -> Self {
        let (duration, active): (Name, Name) = match role {
            Role::Server => (names::HTTP_SERVER_REQUEST_DURATION, names::HTTP_SERVER_ACTIVE_REQUESTS),
            Role::Client => (names::HTTP_CLIENT_REQUEST_DURATION, names::HTTP_CLIENT_ACTIVE_REQUESTS),
        };
        let labels = [OpenLabel::Route, OpenLabel::ErrorType, OpenLabel::Server];
        let size = names::HTTP_SERVER_RESPONSE_BODY_SIZE;
        Self {
            role,
            requests: LabelSets::new(duration, labels, budget),
            sizes: LabelSets::new(size, [OpenLabel::Route], budget),
            active: Active::new(active, budget),
            durations: Layout::seconds(buckets.http_duration.clone()),
            bytes: Layout::whole(buckets.response_size.clone()),
        }
    }

    pub(crate) fn begin(&self, head: &Head<'_>) {
        let method = MethodLabel::of(&head.parts.method);
        self.active.begin(method, head.https(), head.server().map_or("", |server| server));
    }

    /// The exchange is no longer active.
    pub(crate) fn end(&self, exchange: &Exchange) {
        let method = MethodLabel::of(&exchange.method);
        let server = exchange.server.as_deref().unwrap_or("");
        self.active.end(method, exchange.https, server);
    }

    pub(crate) fn record(&self, exchange: &Exchange) {
        let method = MethodLabel::of(&exchange.method);
        let route = exchange.route.as_deref().unwrap_or("");
        let key = Key {
            closed: Request { method, https: exchange.https, status: exchange.status },
            open: [route, error_type(exchange), exchange.server.as_deref().unwrap_or("")],
        };
        let make = |key: Key<Request, &str, 3>| RequestSeries {
            duration: Histogram::new(&self.durations),
            size: (self.role == Role::Server).then(|| self.size_of(key)),
        };
        self.requests.with(key, make, |series| {
            series.duration.observe(&self.durations, exchange.duration.as_secs_f64(), None);
            if let Some(size) = &series.size {
                size.observe(&self.bytes, exchange.response_bytes as f64, None);
            }
        });
    }

    fn size_of(&self, key: Key<Request, &str, 3>) -> Arc<Histogram> {
        let [route, ..] = key.open;
        let key = Key { closed: key.closed.method, open: [route] };
        self.sizes.with(key, |_| Arc::new(Histogram::new(&self.bytes)), Arc::clone)
    }

    pub(crate) fn families(&self) -> Vec<Family> {
        match self.role {
            Role::Server => vec![SERVER_DURATION.clone(), SERVER_ACTIVE.clone(), SERVER_SIZE.clone()],
            Role::Client => vec![CLIENT_DURATION.clone(), CLIENT_ACTIVE.clone()],
        }
    }

    pub(crate) fn collect(&self, encoder: &mut Encoder<'_>, room: &mut Vec<u64>) {
        let (duration, active) = match self.role {
            Role::Server => (&SERVER_DURATION, &SERVER_ACTIVE),
            Role::Client => (&CLIENT_DURATION, &CLIENT_ACTIVE),
        };
        if encoder.declares(duration) {
            self.collect_durations(&mut encoder.family(duration), duration.labels().len(), room);
        }
        if encoder.declares(active) {
            self.active.collect(encoder, active);
        }
        if self.role == Role::Server && encoder.declares(&SERVER_SIZE) {
            let mut samples = encoder.family(&SERVER_SIZE);
            self.sizes.show(|sets| {
                for (key, size) in sets {
                    let [route] = key.open();
                    size.show(&mut samples, &[key.closed.as_str(), route], &self.bytes, None, room);
                }
            });
        }
    }

    fn collect_durations(&self, samples: &mut Samples<'_>, labels: usize, room: &mut Vec<u64>) {
        self.requests.show(|sets| {
            for (key, series) in sets {
                let Request { method, https, status } = key.closed;
                let [route, error, server] = key.open();
                let (address, port) = address_and_port(server, https);
                let status = status.as_ref().map_or("", StatusCode::as_str);
                let values = [method.as_str(), route, status, scheme(https), error, address, port];
                series.duration.show(samples, &values[..labels], &self.durations, None, room);
            }
        });
    }

    pub(crate) fn censuses(&self) -> impl Iterator<Item = &dyn Census> {
        let (sizes, active): (Option<&dyn Census>, Option<&dyn Census>) = match self.role {
            Role::Server => (Some(&self.sizes), None),
            Role::Client => (None, Some(self.active.census())),
        };
        let requests: &dyn Census = &self.requests;
        [Some(requests), sizes, active].into_iter().flatten()
    }
}

/// `error.type` of an HTTP exchange, by the HTTP conventions: a server's error is 5xx, a client's is 4xx as well, and
/// who gives a reply up has not met an error.
fn error_type(exchange: &Exchange) -> &str {
    let first_error = match exchange.role {
        Role::Server => 500,
        Role::Client => 400,
    };
    match &exchange.status {
        Some(status) if status.as_u16() >= first_error => status.as_str(),
        _ => match exchange.end {
            End::Failed(Failure::Body) => "truncated",
            End::Failed(Failure::Panic) => "panic",
            End::Failed(_) => "_OTHER",
            _ => "",
        },
    }
}

/// Takes host and port apart; without a port it is the scheme's.
pub(super) fn address_and_port(server: &str, https: bool) -> (&str, &str) {
    if server.is_empty() || server == OTHER {
        return (server, "");
    }
    match server.rsplit_once(':') {
        Some((address, port)) if !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit()) => {
            (address, port)
        }
        _ => (server, if https { "443" } else { "80" }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_come_apart() {
        for (server, https, expected) in [
            ("api.openai.com", true, ("api.openai.com", "443")),
            ("api.openai.com", false, ("api.openai.com", "80")),
            ("127.0.0.1:4000", false, ("127.0.0.1", "4000")),
            ("[::1]", true, ("[::1]", "443")),
            ("[::1]:8080", true, ("[::1]", "8080")),
            ("", true, ("", "")),
            (OTHER, true, (OTHER, "")),
        ] {
            assert_eq!(address_and_port(server, https), expected, "{server}");
        }
    }
}
