//! What a failed call would have been raised as: LiteLLM's exceptions, by name and status.

use compact_str::CompactString;
use http::StatusCode;
use tower_genai_core::{CallRecord, ErrorClass, ErrorOrigin, Outcome};

use super::provider::api_provider;

/// One of LiteLLM's exceptions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Exception {
    name: &'static str,
    /// Its own status, for calls whose reply has none that says that it failed.
    status: &'static str,
}

const fn exception(name: &'static str, status: &'static str) -> Exception {
    Exception { name, status }
}

const API: Exception = exception("APIError", "500");
const API_CONNECTION: Exception = exception("APIConnectionError", "500");
const AUTHENTICATION: Exception = exception("AuthenticationError", "401");
const BAD_GATEWAY: Exception = exception("BadGatewayError", "502");
const BAD_REQUEST: Exception = exception("BadRequestError", "400");
const CONTENT_POLICY: Exception = exception("ContentPolicyViolationError", "400");
const CONTEXT_WINDOW: Exception = exception("ContextWindowExceededError", "400");
const INTERNAL_SERVER: Exception = exception("InternalServerError", "500");
const NOT_FOUND: Exception = exception("NotFoundError", "404");
const PAYMENT_REQUIRED: Exception = exception("PaymentRequiredError", "402");
const PERMISSION_DENIED: Exception = exception("PermissionDeniedError", "403");
const RATE_LIMIT: Exception = exception("RateLimitError", "429");
const SERVICE_UNAVAILABLE: Exception = exception("ServiceUnavailableError", "503");
const TIMEOUT: Exception = exception("Timeout", "408");

/// `exception_class`: `Openai.RateLimitError` for what a provider says, `AuthenticationError` for what we say ourselves;
/// empty unless the call has failed.
pub(crate) fn exception_class(record: &CallRecord) -> CompactString {
    let Some(exception) = of(record) else { return CompactString::const_new("") };
    let provider = record.provider().filter(|_| from_provider(record)).map(api_provider).unwrap_or_default();
    let mut name = CompactString::with_capacity(provider.len() + 1 + exception.name.len());
    let mut letters = provider.chars();
    if let Some(first) = letters.next() {
        name.extend(first.to_uppercase());
        name.push_str(letters.as_str());
        name.push('.');
    }
    name.push_str(exception.name);
    name
}

/// `exception_status`: the status of the reply where that tells of a failure, else the exception's own; empty unless the
/// call has failed.
pub(crate) fn exception_status(record: &CallRecord) -> &str {
    let Some(exception) = of(record) else { return "" };
    match &record.exchange().status {
        Some(status) if status.as_u16() >= 400 => status.as_str(),
        _ => exception.status,
    }
}

/// `status_code`: the exception's status for a call that failed, else that of the reply; 499 for one whose client left
/// before there was a reply.
pub(crate) fn status_code(record: &CallRecord) -> &str {
    match (is_failure(record), &record.exchange().status) {
        (true, _) => exception_status(record),
        // What is asked for over a WebSocket is answered with a success, as it would be over HTTP.
        (_, Some(StatusCode::SWITCHING_PROTOCOLS)) => "200",
        (_, Some(status)) => status.as_str(),
        (_, None) => "499",
    }
}

/// Whether a call has failed: also one that was refused, and whose client has left the refusal unread.
pub(super) fn is_failure(record: &CallRecord) -> bool {
    record.outcome() == Outcome::Failed || is_unread_refusal(record)
}

fn is_unread_refusal(record: &CallRecord) -> bool {
    record.outcome() == Outcome::Dropped
        && record.exchange().status.is_some_and(|status| status.as_u16() >= 400)
}

/// Whether a failure is the provider's, or of the way to it. An unread refusal, of which nothing more is known, is.
pub(super) fn from_provider(record: &CallRecord) -> bool {
    record.error_origin() == Some(ErrorOrigin::Upstream) || is_unread_refusal(record)
}

fn of(record: &CallRecord) -> Option<Exception> {
    if !is_failure(record) {
        return None;
    }
    let status = record.exchange().status.map(|status| status.as_u16()).filter(|status| *status >= 400);
    let word = record.error_type().unwrap_or_default();
    Some(if from_provider(record) {
        of_upstream(word, record.reply().error_class, status)
    } else {
        of_ours(word, status)
    })
}

/// What a provider said, or did not get to say.
fn of_upstream(word: &str, class: Option<ErrorClass>, status: Option<u16>) -> Exception {
    match word {
        "timeout" => return TIMEOUT,
        "connect" | "tls" | "protocol" | "truncated" => return API_CONNECTION,
        _ => {}
    }
    match (class, status) {
        (Some(ErrorClass::RateLimit), _) | (Some(ErrorClass::Quota), None | Some(429)) => RATE_LIMIT,
        (Some(ErrorClass::Quota), Some(402)) => PAYMENT_REQUIRED,
        (Some(ErrorClass::Quota), Some(403)) | (Some(ErrorClass::Permission), _) => PERMISSION_DENIED,
        (Some(ErrorClass::Authentication), _) => AUTHENTICATION,
        (Some(ErrorClass::NotFound), _) => NOT_FOUND,
        (Some(ErrorClass::ContextLength), _) => CONTEXT_WINDOW,
        (Some(ErrorClass::ContentFilter), _) => CONTENT_POLICY,
        (Some(ErrorClass::InvalidRequest | ErrorClass::Quota), _) => BAD_REQUEST,
        (Some(ErrorClass::Timeout), _) => TIMEOUT,
        (Some(ErrorClass::Server), Some(502)) => BAD_GATEWAY,
        (Some(ErrorClass::Server | ErrorClass::Overloaded), Some(503)) => SERVICE_UNAVAILABLE,
        // LiteLLM raises Anthropic's `overloaded_error`, whose status is 529, as this too.
        (Some(ErrorClass::Server | ErrorClass::Overloaded), _) => INTERNAL_SERVER,
        _ => API,
    }
}

/// What we said in the provider's place.
fn of_ours(word: &str, status: Option<u16>) -> Exception {
    match (word, status) {
        ("timeout", _) => TIMEOUT,
        (_, Some(401)) => AUTHENTICATION,
        (_, Some(400 | 413)) => BAD_REQUEST,
        ("panic", _) => INTERNAL_SERVER,
        (_, Some(502)) => API_CONNECTION,
        _ => API,
    }
}

#[cfg(test)]
mod tests {
    use tower_genai_core::ErrorClass::{
        Authentication, ContentFilter, ContextLength, InvalidRequest, NotFound, Overloaded, Permission,
        Quota, RateLimit, Server, Timeout,
    };

    use super::{of_ours, of_upstream};

    #[test]
    fn what_providers_say() {
        for (word, class, status, name) in [
            ("rate_limit_exceeded", Some(RateLimit), Some(429), "RateLimitError"),
            ("insufficient_quota", Some(Quota), Some(429), "RateLimitError"),
            ("402", Some(Quota), Some(402), "PaymentRequiredError"),
            ("invalid_request_error", Some(Quota), Some(400), "BadRequestError"),
            ("invalid_api_key", Some(Authentication), Some(401), "AuthenticationError"),
            ("permission_error", Some(Permission), Some(403), "PermissionDeniedError"),
            ("model_not_found", Some(NotFound), Some(404), "NotFoundError"),
            ("context_length_exceeded", Some(ContextLength), Some(400), "ContextWindowExceededError"),
            ("content_filter", Some(ContentFilter), Some(400), "ContentPolicyViolationError"),
            ("unknown_parameter", Some(InvalidRequest), Some(400), "BadRequestError"),
            ("504", Some(Timeout), Some(504), "Timeout"),
            ("server_error", Some(Server), Some(500), "InternalServerError"),
            ("502", Some(Server), Some(502), "BadGatewayError"),
            ("503", Some(Overloaded), Some(503), "ServiceUnavailableError"),
            ("overloaded_error", Some(Overloaded), Some(529), "InternalServerError"),
            ("overloaded_error", Some(Overloaded), None, "InternalServerError"),
            ("tool_use_failed", None, None, "APIError"),
            ("timeout", None, None, "Timeout"),
            ("connect", None, Some(502), "APIConnectionError"),
            ("truncated", None, None, "APIConnectionError"),
        ] {
            assert_eq!(of_upstream(word, class, status).name, name, "{word} {class:?} {status:?}");
        }
    }

    #[test]
    fn what_we_say() {
        for (word, status, name) in [
            ("401", Some(401), "AuthenticationError"),
            ("timeout", Some(408), "Timeout"),
            ("truncated", Some(400), "BadRequestError"),
            ("request_too_large", Some(413), "BadRequestError"),
            ("credentials", Some(502), "APIConnectionError"),
            ("panic", None, "InternalServerError"),
            ("_OTHER", None, "APIError"),
        ] {
            assert_eq!(of_ours(word, status).name, name, "{word} {status:?}");
        }
    }
}
