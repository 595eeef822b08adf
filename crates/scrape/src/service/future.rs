use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Response, StatusCode};
use http_body_util::Full;
use tokio::task::JoinHandle;

/// The reply of a [`MetricsService`](super::MetricsService), once its page is made.
#[must_use = "futures do nothing unless polled"]
pub struct ResponseFuture(State);

enum State {
    Ready(Option<Response<Full<Bytes>>>),
    Rendering(JoinHandle<Response<Full<Bytes>>>),
}

impl ResponseFuture {
    pub(super) const fn ready(response: Response<Full<Bytes>>) -> Self {
        Self(State::Ready(Some(response)))
    }

    pub(super) const fn rendering(task: JoinHandle<Response<Full<Bytes>>>) -> Self {
        Self(State::Rendering(task))
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
            State::Rendering(task) => {
                Poll::Ready(Ok(ready!(Pin::new(task).poll(cx)).unwrap_or_else(|_| given_up())))
            }
        }
    }
}

impl fmt::Debug for ResponseFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture").finish_non_exhaustive()
    }
}

/// The runtime is shutting down and does not run blocking tasks any more.
fn given_up() -> Response<Full<Bytes>> {
    let mut response =
        Response::new(Full::from("the metrics could not be rendered: the server is shutting down\n"));
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}
