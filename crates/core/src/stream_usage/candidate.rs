use compact_str::CompactString;
use http::header::{ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HOST, HeaderName};
use http::request::Parts;
use http::uri::Authority;
use http::{HeaderMap, HeaderValue};
use tower_genai_wire::{Api, provider_of_host, usage_event};

use super::memory::Memory;
use crate::upstream::Upstream;

/// Under which name the upstream of a request is remembered, if the request may have to be edited as far as its head
/// says.
pub(super) fn upstream_of_candidate(head: &Parts, memory: &Memory) -> Option<CompactString> {
    let api = Api::recognise(head.method.as_str(), head.uri.path())?;
    let upstream = head.extensions.get::<Upstream>();
    let provider =
        upstream.and_then(Upstream::provider).or_else(|| head.uri.host().and_then(provider_of_host));
    if !usage_event::on_request_only(api, provider) || !is_plain_json(&head.headers) || is_signed(head) {
        return None;
    }
    let host = || head.headers.get(HOST).and_then(|host| host.to_str().ok());
    let name = upstream
        .and_then(Upstream::name)
        .or_else(|| head.uri.authority().map(Authority::as_str))
        .or_else(host)
        .unwrap_or_default();
    (!memory.rejects(name)).then(|| name.into())
}

/// Whether a body is none that has been encoded.
pub(super) fn is_identity(headers: &HeaderMap) -> bool {
    headers.get_all(CONTENT_ENCODING).iter().all(|coding| coding.as_bytes().eq_ignore_ascii_case(b"identity"))
}

/// Whether a content type is the given one, whatever its parameters.
pub(super) fn has_type(headers: &HeaderMap, wanted: &str) -> Option<bool> {
    let value = headers.get(CONTENT_TYPE)?.as_bytes();
    let name = value.split(|byte| *byte == b';').next().unwrap_or_default();
    Some(name.trim_ascii().eq_ignore_ascii_case(wanted.as_bytes()))
}

/// Asks for a reply that can be edited.
pub(super) fn ask_for_identity(headers: &mut HeaderMap) {
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
}

/// A request without a content type is JSON if its body is.
fn is_plain_json(headers: &HeaderMap) -> bool {
    has_type(headers, "application/json") != Some(false) && is_identity(headers)
}

/// Headers that vouch for the body, beside those whose names begin or end as below: AWS (`x-amz-*`), Azure, Oracle, and
/// RFC 9421, RFC 9530, RFC 3230 and RFC 1864.
const VOUCHING: [HeaderName; 11] = [
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("repr-digest"),
    HeaderName::from_static("signature"),
    HeaderName::from_static("signature-input"),
    HeaderName::from_static("x-amz-content-sha256"),
    HeaderName::from_static("x-amz-date"),
    HeaderName::from_static("x-amz-security-token"),
    HeaderName::from_static("x-content-sha256"),
    HeaderName::from_static("x-ms-content-sha256"),
];

/// Whether a signature or a digest would not survive a change of the body.
fn is_signed(head: &Parts) -> bool {
    let by_header = head.headers.keys().any(|name| {
        let text = name.as_str();
        VOUCHING.contains(name) || text.starts_with("x-amz-checksum-") || text.ends_with("-signature")
    });
    // `AWS4-HMAC-SHA256`, `HMAC-SHA256`, `TC3-HMAC-SHA256`, `Signature`: credentials that are made for one request.
    let by_credential = head.headers.get(AUTHORIZATION).is_some_and(|value| {
        let scheme =
            value.as_bytes().split(|byte| *byte == b' ').next().unwrap_or_default().to_ascii_lowercase();
        scheme.starts_with(b"aws4-")
            || scheme == b"signature"
            || scheme.windows(4).any(|part| part == b"hmac")
    });
    let by_query =
        head.uri.query().is_some_and(|query| query.to_ascii_lowercase().contains("x-amz-signature="));
    by_header || by_credential || by_query
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn is_candidate(edit: impl FnOnce(http::request::Builder) -> http::request::Builder) -> bool {
        let request = edit(Request::post("https://api.openai.com/v1/chat/completions"));
        upstream_of_candidate(&request.body(()).unwrap().into_parts().0, &Memory::default()).is_some()
    }

    #[test]
    fn who_is_asked() {
        for uri in [
            "https://api.openai.com/v1/chat/completions",
            "https://api.openai.com/v1/completions",
            "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=1",
            "http://localhost:8000/v1/chat/completions",
            "/v1/chat/completions",
        ] {
            assert!(is_candidate(|request| request.uri(uri)), "{uri}");
        }
        for uri in [
            "https://api.openai.com/v1/responses",
            "https://api.openai.com/v1/embeddings",
            "https://api.openai.com/v1/chat/completions/chatcmpl-1",
            "https://api.anthropic.com/v1/messages",
            "https://api.mistral.ai/v1/chat/completions",
            "https://host/v1/chat/completions?X-Amz-Signature=1",
        ] {
            assert!(!is_candidate(|request| request.uri(uri)), "{uri}");
        }
        assert!(!is_candidate(|request| request.method("GET")));
        let mistral = Upstream::new().with_provider("mistral_ai");
        assert!(!is_candidate(|request| request.uri("/v1/chat/completions").extension(mistral)));
    }

    #[test]
    fn what_headers_allow() {
        for (name, value) in [
            ("content-type", "application/json; charset=utf-8"),
            ("content-type", "Application/JSON"),
            ("content-encoding", "identity"),
            ("authorization", "Bearer sk-hmac"),
            ("x-amzn-trace-id", "Root=1"),
            ("x-amz-cf-id", "1"),
        ] {
            assert!(is_candidate(|request| request.header(name, value)), "{name}: {value}");
        }
        for (name, value) in [
            ("content-type", "multipart/form-data; boundary=x"),
            ("content-encoding", "gzip"),
            ("authorization", "AWS4-HMAC-SHA256 Credential=x"),
            ("authorization", "AWS4-ECDSA-P256-SHA256 Credential=x"),
            ("authorization", "HMAC-SHA256 SignedHeaders=x"),
            ("authorization", "Signature version=\"1\""),
            ("x-amz-content-sha256", "UNSIGNED-PAYLOAD"),
            ("x-amz-checksum-crc32", "x"),
            ("content-digest", "sha-256=:x:"),
            ("digest", "SHA-256=x"),
            ("content-md5", "x"),
            ("signature", "sig1=:x:"),
            ("x-hub-signature", "x"),
        ] {
            assert!(!is_candidate(|request| request.header(name, value)), "{name}: {value}");
        }
    }

    #[test]
    fn an_upstream_goes_by_its_name_or_its_authority() {
        let named = |edit: fn(http::request::Builder) -> http::request::Builder| {
            let head =
                edit(Request::post("https://host:8443/v1/completions")).body(()).unwrap().into_parts().0;
            upstream_of_candidate(&head, &Memory::default()).unwrap()
        };
        assert_eq!(named(|request| request), "host:8443");
        assert_eq!(named(|request| request.extension(Upstream::new().with_name("mine"))), "mine");
        assert_eq!(named(|request| request.uri("/v1/completions").header("host", "there")), "there");
    }
}
