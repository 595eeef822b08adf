//! What a proxy may forward.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::request::Parts;

/// Headers that concern one connection only: RFC 9110 section 7.6.1, and those it calls historical.
const HOP_BY_HOP: [HeaderName; 7] = [
    header::CONNECTION,
    HeaderName::from_static("keep-alive"),
    HeaderName::from_static("proxy-connection"),
    header::TRANSFER_ENCODING,
    header::UPGRADE,
    header::TE,
    header::PROXY_AUTHENTICATE,
];

/// Makes the head of a client's request ready for another connection.
///
/// `Host` is removed, so that the client makes it from the URI. `Expect` is removed, since the server in front answers
/// it when the upstream begins to read. `Proxy-Authorization` was for us. `TE: trailers` stays.
pub(crate) fn prepare_request(head: &mut Parts) {
    let headers = &mut head.headers;
    let trailers = takes_trailers(headers);
    remove_hop_by_hop(headers);
    for name in [header::HOST, header::EXPECT, header::PROXY_AUTHORIZATION] {
        headers.remove(name);
    }
    if trailers {
        headers.insert(header::TE, HeaderValue::from_static("trailers"));
    }
    join_cookies(headers);
    head.version = http::Version::HTTP_11;
}

/// Makes the head of an upstream's reply ready for another connection.
pub(super) fn prepare_response(head: &mut http::response::Parts) {
    remove_hop_by_hop(&mut head.headers);
    head.version = http::Version::HTTP_11;
}

/// Asks the next party for a WebSocket, or grants it one: these two headers concern each connection by itself.
pub(crate) fn say_websocket(headers: &mut HeaderMap) {
    headers.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
}

fn remove_hop_by_hop(headers: &mut HeaderMap) {
    let named: Vec<HeaderName> = headers
        .get_all(header::CONNECTION)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|name| name.trim().parse().ok())
        .collect();
    for name in &named {
        headers.remove(name);
    }
    for name in &HOP_BY_HOP {
        headers.remove(name);
    }
}

fn takes_trailers(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::TE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .any(|coding| coding.trim().eq_ignore_ascii_case("trailers"))
}

/// HTTP/2 may cut cookies into several lines; HTTP/1.1 knows only one (RFC 9113 section 8.2.3).
fn join_cookies(headers: &mut HeaderMap) {
    if headers.get_all(header::COOKIE).iter().nth(1).is_none() {
        return;
    }
    let lines: Vec<&[u8]> = headers.get_all(header::COOKIE).iter().map(HeaderValue::as_bytes).collect();
    if let Ok(joined) = HeaderValue::from_bytes(&lines.join(&b"; "[..])) {
        headers.insert(header::COOKIE, joined);
    }
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    #[test]
    fn only_end_to_end_headers_stay() {
        let (mut head, ()) = Request::builder()
            .header("host", "localhost:4000")
            .header("connection", "close, X-Internal")
            .header("connection", "x-other")
            .header("x-internal", "1")
            .header("x-other", "2")
            .header("keep-alive", "timeout=5")
            .header("transfer-encoding", "chunked")
            .header("upgrade", "h2c")
            .header("proxy-authorization", "Basic eHg6eXk=")
            .header("proxy-connection", "keep-alive")
            .header("te", "gzip, Trailers")
            .header("expect", "100-continue")
            .header("cookie", "a=1")
            .header("cookie", "b=2")
            .header("x-stainless-lang", "python")
            .header("accept-encoding", "gzip")
            .body(())
            .unwrap()
            .into_parts();
        prepare_request(&mut head);
        let mut left: Vec<_> =
            head.headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect();
        left.sort();
        assert_eq!(
            left,
            ["accept-encoding: gzip", "cookie: a=1; b=2", "te: trailers", "x-stainless-lang: python"]
        );
    }
}
