use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::rest::Rest;

/// A reply's body that is read on in the background when it is dropped before its end.
///
/// Frames, the size hint and the end pass unchanged and undelayed.
pub struct ResponseBody<B> {
    /// Taken out by the drop alone.
    inner: Option<B>,
    rest: Option<OnDrop<B>>,
}

/// What the drop does, which knows no more of the body's type than this.
struct OnDrop<B> {
    rest: Rest,
    read_on: fn(Rest, B),
}

impl<B> ResponseBody<B>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    pub(super) fn new(inner: B, rest: Option<Rest>) -> Self {
        let rest = rest.map(|rest| OnDrop { rest, read_on: Rest::read_on::<B> });
        Self { inner: Some(inner), rest }
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = &mut *self;
        let Some(inner) = &mut this.inner else { return Poll::Ready(None) };
        let polled = Pin::new(inner).poll_frame(cx);
        if let (Some(on_drop), Poll::Ready(Some(Ok(frame)))) = (&mut this.rest, &polled)
            && let Some(data) = frame.data_ref()
        {
            on_drop.rest.on_data(data);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl<B> Drop for ResponseBody<B> {
    fn drop(&mut self) {
        if let (Some(body), Some(OnDrop { rest, read_on })) = (self.inner.take(), self.rest.take()) {
            read_on(rest, body);
        }
    }
}

impl<B: fmt::Debug> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody").field("inner", &self.inner).finish_non_exhaustive()
    }
}
