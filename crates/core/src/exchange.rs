//! One HTTP or gRPC exchange, without a look into its body.

use std::time::Duration;

use http::{Method, StatusCode, Version};

use crate::end::End;
use crate::route::Route;

/// On which side of the exchange the layer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Role {
    /// Around a service that answers requests.
    Server,
    /// Around a client that sends them.
    Client,
}

impl Role {
    /// The value of the `role` label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
        }
    }
}

/// One finished exchange: what HTTP metrics and HTTP spans are made of.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Exchange {
    /// Which side it was observed from.
    pub role: Role,
    /// The request's method.
    pub method: Method,
    /// The HTTP version of the request.
    pub version: Version,
    /// Whether the request's scheme is `https` (from the URI, else what the layer was told).
    pub https: bool,
    /// The route template the layer's extractor found, or the method of a gRPC call (`package.Service/Method`).
    pub route: Option<Route>,
    /// Where a client sends to: host and port of the URI's authority. `None` on servers.
    pub server: Option<Route>,
    /// Whether the exchange is gRPC, by its content type.
    pub grpc: bool,
    /// The status of the reply; `None` when there was no reply.
    pub status: Option<StatusCode>,
    /// The gRPC status, from the trailers or from a trailers-only head.
    pub grpc_status: Option<i32>,
    /// Bytes of the reply's body that were handed on.
    pub response_bytes: u64,
    /// From the call until the head of the reply; model calls only, which read the clock for it.
    pub time_to_head: Option<Duration>,
    /// From the call until the end of the body.
    pub duration: Duration,
    /// How it ended.
    pub end: End,
}

/// One try below a layer that joined a call: several, when a retry stands between the layers.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Attempt {
    /// 1 for the first.
    pub number: u32,
    /// What happened.
    pub exchange: Exchange,
}
