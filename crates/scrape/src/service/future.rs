use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, VARY};
use http::{Response, StatusCode};
use http_body_util::Full;

use super::scrape::Waiting;
use crate::Format;

/// The reply of a [`MetricsService`](super::MetricsService), once its page is made.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture(State);

enum State {
    Ready(Option<Response<Full<Bytes>>>),
    Waiting { page: Waiting, format: Format, gzip: bool, head: bool },
}

impl ResponseFuture {
    pub(super) const fn ready(response: Response<Full<Bytes>>) -> Self {
        Self(State::Ready(Some(response)))
    }

    pub(super) const fn waiting(page: Waiting, format: Format, gzip: bool, head: bool) -> Self {
        Self(State::Waiting { page, format, gzip, head })
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response<Full<Bytes>>, Infallible>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            // Polling a finished future again is the caller's mistake; `Pending` hurts least.
            State::Ready(response) => {
                response.take().map_or(Poll::Pending, |response| Poll::Ready(Ok(response)))
            }
            State::Waiting { page, format, gzip, head } => {
                let made = ready!(Pin::new(page).poll(cx));
                let (format, gzip, head) = (*format, *gzip, *head);
                Poll::Ready(Ok(made.map_or_else(given_up, |body| reply(body, format, gzip, head))))
            }
        }
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

fn reply(body: Bytes, format: Format, gzip: bool, head: bool) -> Response<Full<Bytes>> {
    let length = HeaderValue::from(body.len());
    let mut response = Response::new(Full::new(if head { Bytes::new() } else { body }));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, format.content_type());
    headers.insert(CONTENT_LENGTH, length);
    headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
    if gzip {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    }
    response
}

/// There was not enough time, or the runtime is shutting down and does not run blocking tasks any more.
fn given_up() -> Response<Full<Bytes>> {
    let mut response =
        Response::new(Full::from("the metrics could not be rendered: no time left, or shutting down\n"));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
