use http::header::{CONTENT_LENGTH, HeaderMap, HeaderName};
use http::request;
use http::{Method, Response, StatusCode, Version};

use super::Core;
use crate::call::CallHandle;
use crate::clock::Instant;
use crate::end::{DropFacts, End};
use crate::exchange::{Exchange, Role};
use crate::gate::is_grpc;
use crate::observer::Head;
use crate::route::Route;

static GRPC_STATUS: HeaderName = HeaderName::from_static("grpc-status");

/// What is noted about an exchange while it runs.
#[derive(Debug)]
pub(super) struct ExchangeFacts {
    started: Instant,
    method: Method,
    route: Option<Route>,
    server: Option<Route>,
    version: Version,
    https: bool,
    grpc: bool,
    status: Option<StatusCode>,
    grpc_status: Option<i32>,
    content_length: Option<u64>,
    bytes: u64,
}

impl ExchangeFacts {
    pub(super) fn of_request(core: &Core, head: &request::Parts) -> Self {
        let grpc = is_grpc(head);
        let route = core.route_of(head).or_else(|| {
            // The path of a gRPC request is its method's name and nothing else.
            grpc.then(|| head.uri.path().trim_start_matches('/'))
        });
        let server = match core.role {
            Role::Client => head.uri.authority().map(|authority| {
                // Without the user info, which may hold a password.
                let text = authority.as_str();
                core.texts.intern(text.rsplit_once('@').map_or(text, |(_, host)| host))
            }),
            Role::Server => None,
        };
        Self {
            started: core.clock.now(),
            method: head.method.clone(),
            route: route.map(|route| core.texts.intern(route)),
            server,
            version: head.version,
            https: head.uri.scheme().map_or(core.https, |scheme| *scheme == http::uri::Scheme::HTTPS),
            grpc,
            status: None,
            grpc_status: None,
            content_length: None,
            bytes: 0,
        }
    }

    /// The request as the observers are shown it.
    pub(super) const fn head<'a>(
        &'a self,
        parts: &'a mut request::Parts,
        role: Role,
        call: Option<&'a CallHandle>,
        attempt: u32,
    ) -> Head<'a> {
        let (route, server) = (self.route.as_ref(), self.server.as_ref());
        Head { parts, role, route, server, https: self.https, call, attempt, session: None, started_at: None }
    }

    /// For a call that is a part of a session and began at that moment.
    pub(super) fn in_session(mut self, started: Instant) -> Self {
        self.started = started;
        self.status = Some(StatusCode::SWITCHING_PROTOCOLS);
        self
    }

    pub(super) const fn started(&self) -> Instant {
        self.started
    }

    pub(super) const fn is_grpc(&self) -> bool {
        self.grpc
    }

    pub(super) const fn status(&self) -> Option<StatusCode> {
        self.status
    }

    /// `length` is what the body says of its own, which spares the search for the header.
    pub(super) fn on_head<B>(&mut self, head: &Response<B>, length: Option<u64>) {
        let headers = head.headers();
        self.status = Some(head.status());
        self.content_length = length
            .or_else(|| headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse().ok()));
        // A gRPC reply without messages has its status in the head.
        if self.grpc {
            self.on_trailers(headers);
        }
    }

    pub(super) fn on_data(&mut self, bytes: &[u8]) {
        self.on_bytes(bytes.len() as u64);
    }

    pub(super) const fn on_bytes(&mut self, bytes: u64) {
        self.bytes += bytes;
    }

    pub(super) fn on_trailers(&mut self, trailers: &HeaderMap) {
        if let Some(status) = trailers.get(&GRPC_STATUS) {
            self.grpc_status = status.to_str().ok().and_then(|text| text.parse().ok());
        }
    }

    /// What a drop without an end means.
    pub(super) fn dropped(&self, terminal: bool) -> End {
        if std::thread::panicking() {
            return End::Failed(crate::end::Failure::Panic);
        }
        DropFacts {
            head_request: self.method == Method::HEAD,
            status: self.status.map(|status| status.as_u16()),
            content_length: self.content_length,
            bytes: self.bytes,
            // A gRPC call whose status is known has nothing left to say.
            terminal: terminal || (self.grpc && self.grpc_status.is_some()),
        }
        .classify()
    }

    pub(super) fn into_exchange(self, role: Role, now: Instant, end: End) -> Exchange {
        Exchange {
            role,
            method: self.method,
            version: self.version,
            https: self.https,
            route: self.route,
            server: self.server,
            grpc: self.grpc,
            status: self.status,
            grpc_status: self.grpc_status,
            response_bytes: self.bytes,
            time_to_head: None,
            duration: now.saturating_duration_since(self.started),
            end,
        }
    }
}
