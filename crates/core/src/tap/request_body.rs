use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::TapBody;
use super::request_tap::RequestTap;
use super::state::Tap;

pin_project! {
    /// A request's body whose frames are read for its call on their way.
    ///
    /// Frames, the size hint and the end pass unchanged and undelayed. A clone, as a retry makes one, is read anew. It
    /// is a type of its own because it has no end to tell, and so is much smaller than [`TapBody`].
    #[derive(Clone, Debug, Default)]
    pub struct RequestBody<B> {
        #[pin]
        inner: B,
        tap: Option<RequestTap>,
    }
}

impl<B> RequestBody<B> {
    pub(super) const fn is_watched(&self) -> bool {
        self.tap.is_some()
    }

    pub(super) fn into_inner(self) -> B {
        self.inner
    }

    /// The same as the body type that conversions take.
    pub(super) fn into_tap_body(self) -> TapBody<B> {
        TapBody::new(self.inner, self.tap.map_or(Tap::Idle, Tap::Request))
    }

    /// The body that is read.
    pub const fn get_ref(&self) -> &B {
        &self.inner
    }
}

impl<B: Body> RequestBody<B> {
    /// Reads a body, unless there is nothing to read.
    pub(super) fn watching(inner: B, tap: Option<RequestTap>) -> Self {
        let tap = tap.filter(|_| !inner.is_end_stream());
        Self { inner, tap }
    }
}

impl<B: Body<Data = Bytes>> Body for RequestBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.project();
        let polled = this.inner.poll_frame(cx);
        if let (Some(tap), Poll::Ready(Some(Ok(frame)))) = (this.tap, &polled)
            && let Some(data) = frame.data_ref()
        {
            tap.on_data(data);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
