use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use super::state::{OnUnwind, Tap};
use crate::end::{End, Failure};

pin_project! {
    /// A body whose frames are watched on their way.
    ///
    /// Frames, the size hint and the end pass unchanged and undelayed. A clone of a request's body is read anew; the
    /// guard of a reply's body is never cloned.
    #[derive(Debug)]
    pub struct TapBody<B> {
        // Declared first, so dropped first: an inner layer's tap ends before this one.
        #[pin]
        inner: B,
        tap: Tap,
    }
}

impl<B> TapBody<B> {
    pub(super) const fn new(inner: B, tap: Tap) -> Self {
        Self { inner, tap }
    }

    pub(super) const fn is_watched(&self) -> bool {
        !self.tap.is_idle()
    }

    pub(super) fn into_inner(self) -> B {
        self.inner
    }

    /// The body that is watched.
    pub const fn get_ref(&self) -> &B {
        &self.inner
    }
}

impl<B: Body> TapBody<B> {
    /// Watches a body, unless it has already ended: then nobody may ever poll it.
    pub(super) fn watching(inner: B, mut tap: Tap) -> Self {
        if !tap.is_idle() && inner.is_end_stream() {
            tap.end(End::Complete);
        }
        Self { inner, tap }
    }
}

impl<B: Clone> Clone for TapBody<B> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), tap: self.tap.for_clone() }
    }
}

impl<B: Default> Default for TapBody<B> {
    fn default() -> Self {
        Self { inner: B::default(), tap: Tap::Idle }
    }
}

impl<B: Body<Data = Bytes>> Body for TapBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        if this.tap.is_idle() {
            return this.inner.poll_frame(cx);
        }
        let unwind = OnUnwind(this.tap);
        let polled = this.inner.as_mut().poll_frame(cx);
        unwind.disarm();
        let polled = ready!(polled);
        match &polled {
            Some(Ok(frame)) => {
                let mut ended = false;
                if let Some(data) = frame.data_ref() {
                    this.tap.on_data(data);
                } else if let Some(trailers) = frame.trailers_ref() {
                    this.tap.on_trailers(trailers);
                    ended = true;
                }
                // hyper drops a body that says it has ended without polling it again.
                if ended || this.inner.is_end_stream() {
                    this.tap.end(End::Complete);
                }
            }
            Some(Err(_)) => this.tap.end(End::Failed(Failure::Body)),
            None => this.tap.end(End::Complete),
        }
        Poll::Ready(polled)
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}
