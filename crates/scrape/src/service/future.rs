use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, VARY};
use http::{Response, StatusCode};
use http_body::Body;

use super::ResponseBody;
use super::scrape::Reader;
use crate::Format;
use crate::encoding::Encoding;

/// The reply of a [`MetricsService`](super::MetricsService), once its page has begun.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture(State);

enum State {
    Ready(Option<Response<ResponseBody>>),
    Waiting(Option<Awaited>),
}

/// A page that has not begun.
struct Awaited {
    page: Reader,
    format: Format,
    encoding: Encoding,
    head: bool,
}

impl ResponseFuture {
    pub(super) const fn ready(response: Response<ResponseBody>) -> Self {
        Self(State::Ready(Some(response)))
    }

    pub(super) const fn waiting(page: Reader, format: Format, encoding: Encoding, head: bool) -> Self {
        Self(State::Waiting(Some(Awaited { page, format, encoding, head })))
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response<ResponseBody>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let response = match &mut self.0 {
            State::Ready(response) => response.take(),
            State::Waiting(awaited) => {
                let begun = match awaited {
                    Some(awaited) => ready!(awaited.page.poll_begun(cx)),
                    None => false,
                };
                awaited.take().map(|awaited| if begun { awaited.reply() } else { given_up() })
            }
        };
        // Polling a finished future again is the caller's mistake; `Pending` hurts least.
        response.map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
    }
}

impl Awaited {
    fn reply(self) -> Response<ResponseBody> {
        let Self { page, format, encoding, head } = self;
        let page = ResponseBody::page(page);
        let length = page.size_hint().exact();
        let mut response = Response::new(if head { ResponseBody::default() } else { page });
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, format.content_type());
        headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
        if let Some(length) = length {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        if let Some(encoding) = encoding.header() {
            headers.insert(CONTENT_ENCODING, encoding);
        }
        response
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// There was not enough time, or the runtime is shutting down and does not run blocking tasks any more.
fn given_up() -> Response<ResponseBody> {
    let text = "the metrics could not be rendered: no time left, or shutting down\n";
    let mut response = Response::new(ResponseBody::text(text));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
