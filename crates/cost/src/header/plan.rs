//! What to do with a reply, by the heads of both sides.

use http::header::{CONTENT_LENGTH, CONTENT_TYPE, TE};
use http::{HeaderMap, Request, Response};
use http_body::Body;

/// What the request says about its reply.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// Whether the client takes trailers.
    trailers: bool,
    /// Whether the path is that of a stream, whatever content type it will have (Gemini's is a JSON array).
    stream: bool,
    pub(super) max_body: u64,
}

/// How the cost is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plan {
    /// In a header, once the end has come.
    Hold,
    /// In a trailer.
    Trail,
    /// Not at all, unless it is known already.
    Pass,
}

impl Asked {
    pub(super) fn of<A>(request: &Request<A>, max_body: u64) -> Self {
        let action = request.uri().path().rsplit(['/', ':']).next().unwrap_or_default();
        Self { trailers: takes_trailers(request.headers()), stream: mentions_stream(action), max_body }
    }

    pub(super) fn plan<B: Body>(self, response: &Response<B>) -> Plan {
        let (headers, body) = (response.headers(), response.body());
        if !response.status().is_success() || body.is_end_stream() {
            return Plan::Pass;
        }
        let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        if kind.starts_with("application/grpc") {
            return Plan::Pass;
        }
        let length = body.size_hint().exact();
        let whole = match length {
            _ if mentions_stream(&kind) => false,
            Some(length) => length <= self.max_body,
            None => kind == "application/json" && !self.stream && body.size_hint().lower() <= self.max_body,
        };
        if whole && self.max_body > 0 { Plan::Hold } else { self.plan_unheld(headers, length.is_some()) }
    }

    /// The same for a reply that cannot be held back. One with a length has no place for trailers.
    pub(super) fn plan_unheld(self, headers: &HeaderMap, sized: bool) -> Plan {
        if self.trailers && !sized && !headers.contains_key(CONTENT_LENGTH) {
            Plan::Trail
        } else {
            Plan::Pass
        }
    }
}

/// `text/event-stream`, `application/vnd.amazon.eventstream`, `application/stream+json`, `application/x-ndjson`;
/// `streamGenerateContent`, `converse-stream`, `invoke-with-response-stream`.
fn mentions_stream(word: &str) -> bool {
    ["stream", "ndjson", "jsonl"].iter().any(|part| {
        word.as_bytes().windows(part.len()).any(|window| window.eq_ignore_ascii_case(part.as_bytes()))
    })
}

fn takes_trailers(headers: &HeaderMap) -> bool {
    headers
        .get_all(TE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .any(|value| value.split(',').any(|coding| coding.trim().eq_ignore_ascii_case("trailers")))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use bytes::Bytes;
    use http_body::{Frame, SizeHint};

    use super::*;

    /// A body that states its length, or does not.
    struct Sized(Option<u64>);

    impl Body for Sized {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }

        fn is_end_stream(&self) -> bool {
            self.0 == Some(0)
        }

        fn size_hint(&self) -> SizeHint {
            self.0.map_or_else(SizeHint::new, SizeHint::with_exact)
        }
    }

    fn reply(kind: &str, status: u16, length: Option<u64>) -> Response<Sized> {
        Response::builder().status(status).header("content-type", kind).body(Sized(length)).unwrap()
    }

    fn plan(path: &str, te: &str, kind: &str, status: u16, length: Option<u64>) -> Plan {
        let request = Request::post(path).header("te", te).body(()).unwrap();
        Asked::of(&request, 10).plan(&reply(kind, status, length))
    }

    #[test]
    fn whole_replies_are_held_and_streams_have_trailers() {
        let (chat, json, events) =
            ("/v1/chat/completions", "application/json; charset=utf-8", "text/event-stream");
        let gemini = "/v1beta/models/gemini-2.5-pro:streamGenerateContent";
        for (path, te, kind, status, length, expected) in [
            (chat, "", json, 200, Some(10), Plan::Hold),
            (chat, "", json, 200, Some(11), Plan::Pass),
            (chat, "", json, 200, None, Plan::Hold),
            (chat, "", "audio/mpeg", 200, Some(5), Plan::Hold),
            (chat, "", "audio/mpeg", 200, None, Plan::Pass),
            (chat, "", json, 429, Some(5), Plan::Pass),
            (chat, "", json, 200, Some(0), Plan::Pass),
            (chat, "trailers", json, 200, Some(11), Plan::Pass),
            (chat, "trailers", events, 200, Some(5), Plan::Pass),
            (chat, "trailers", events, 200, None, Plan::Trail),
            (chat, "gzip, Trailers", "audio/mpeg", 200, None, Plan::Trail),
            (chat, "", events, 200, None, Plan::Pass),
            (chat, "trailers", "application/grpc+proto", 200, None, Plan::Pass),
            (chat, "", "application/stream+json", 200, None, Plan::Pass),
            (chat, "", "application/x-ndjson", 200, None, Plan::Pass),
            (gemini, "", json, 200, None, Plan::Pass),
            (gemini, "trailers", json, 200, None, Plan::Trail),
            ("/model/m/converse-stream", "", json, 200, None, Plan::Pass),
        ] {
            assert_eq!(
                plan(path, te, kind, status, length),
                expected,
                "{path} {te} {kind} {status} {length:?}"
            );
        }
    }

    #[test]
    fn nothing_is_held_unless_the_operator_allows_it() {
        let request = Request::post("/").body(()).unwrap();
        assert_eq!(Asked::of(&request, 0).plan(&reply("application/json", 200, None)), Plan::Pass);
    }
}
