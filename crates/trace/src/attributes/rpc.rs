//! [RPC spans](https://opentelemetry.io/docs/specs/semconv/rpc/grpc/).

use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use opentelemetry::StringValue;
use tower_genai_core::{End, Exchange, Head, Role, Route};

use super::{Attributes, OUTCOME, exchange as plain, server};

/// Whether the request is gRPC.
pub(crate) fn is_grpc(parts: &Parts) -> bool {
    parts.headers.get(CONTENT_TYPE).is_some_and(|value| value.as_bytes().starts_with(b"application/grpc"))
}

/// The method's full name. Bounded like every route: core folds what is too much.
pub(crate) fn method<'a>(head: &'a Head<'_>) -> &'a str {
    head.route().map_or("_OTHER", |route| route.as_str().trim_start_matches('/'))
}

/// What the span says about the request.
pub(crate) fn request(head: &Head<'_>, to: &mut Attributes) {
    to.push("rpc.system.name", "grpc");
    to.push("rpc.method", method(head).to_owned());
    let host = head.parts.headers.get(HOST).and_then(|value| value.to_str().ok());
    let authority = match head.role() {
        Role::Client => head.server().map(Route::as_str),
        Role::Server => head.parts.uri.authority().map(http::uri::Authority::as_str).or(host),
    };
    if let Some(authority) = authority {
        server(authority, head.https(), to);
    }
}

/// What the span says about the reply.
pub(crate) fn response(exchange: &Exchange, to: &mut Attributes) {
    to.maybe("rpc.status_code", exchange.grpc_status.map(status_name));
    if exchange.end == End::Dropped {
        to.push(OUTCOME, "dropped");
    }
}

/// `error.type`, when the call counts as an error.
pub(crate) fn error(exchange: &Exchange) -> Option<StringValue> {
    let Some(status) = exchange.grpc_status else { return plain::error(exchange) };
    let counts = match exchange.role {
        Role::Client => status != 0,
        // The others are what a caller did wrong.
        Role::Server => matches!(status, 2 | 4 | 12 | 13 | 14 | 15),
    };
    counts.then(|| status_name(status).into())
}

const fn status_name(status: i32) -> &'static str {
    match status {
        0 => "OK",
        1 => "CANCELLED",
        2 => "UNKNOWN",
        3 => "INVALID_ARGUMENT",
        4 => "DEADLINE_EXCEEDED",
        5 => "NOT_FOUND",
        6 => "ALREADY_EXISTS",
        7 => "PERMISSION_DENIED",
        8 => "RESOURCE_EXHAUSTED",
        9 => "FAILED_PRECONDITION",
        10 => "ABORTED",
        11 => "OUT_OF_RANGE",
        12 => "UNIMPLEMENTED",
        13 => "INTERNAL",
        14 => "UNAVAILABLE",
        15 => "DATA_LOSS",
        16 => "UNAUTHENTICATED",
        _ => "_OTHER",
    }
}
