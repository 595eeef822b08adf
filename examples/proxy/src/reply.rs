//! Replies of our own, in the shape that the providers' SDKs understand.

use http::header::{ALLOW, CONTENT_TYPE, WWW_AUTHENTICATE};
use http::{HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

use crate::body::{Body, full};

/// A JSON document.
pub(crate) fn document(status: StatusCode, document: &Value) -> Response<Body> {
    let mut response = Response::new(full(document.to_string()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

/// An error of ours: `{"error": {"message", "type"}}`.
pub(crate) fn error(status: StatusCode, kind: &str, message: &str) -> Response<Body> {
    document(status, &json!({ "error": { "message": message, "type": kind } }))
}

/// An error between us and an upstream: says which one, and why.
pub(crate) fn upstream_error(
    status: StatusCode,
    kind: &str,
    upstream: &str,
    message: &str,
    cause: &str,
) -> Response<Body> {
    let error = json!({ "message": message, "type": kind, "upstream": upstream, "cause": cause });
    document(status, &json!({ "error": error }))
}

/// A credential is missing or unknown. The code is the status, as LiteLLM's is.
pub(crate) fn unauthorized(message: &str) -> Response<Body> {
    let error = json!({ "message": message, "type": "auth_error", "code": "401" });
    let mut response = document(StatusCode::UNAUTHORIZED, &json!({ "error": error }));
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

/// The method is not one of those allowed.
pub(crate) fn method_not_allowed(allow: &'static str) -> Response<Body> {
    let mut response = error(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", &format!("use {allow}"));
    response.headers_mut().insert(ALLOW, HeaderValue::from_static(allow));
    response
}
