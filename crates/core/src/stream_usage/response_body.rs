use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_genai_wire::usage_event::{EventRemover, Output};

use super::splice::{Edit, Splice, Taken};

pin_project! {
    /// The body of a reply, without the event its client did not ask for.
    ///
    /// Everything else passes unchanged, in the frames it came in; trailers and errors come where they came.
    pub struct ResponseBody<B>
    where
        B: Body,
    {
        #[pin]
        splice: Splice<B, EventRemover>,
    }
}

impl<B: Body> ResponseBody<B> {
    pub(super) const fn passing(body: B) -> Self {
        Self { splice: Splice::passing(body) }
    }

    /// A body of which some has been read.
    pub(super) fn again(taken: Taken<B::Error>, rest: Option<B>) -> Self {
        Self { splice: Splice::again(taken, rest, false) }
    }

    /// A body without the extra event.
    pub(super) fn editing(body: B) -> Self {
        Self { splice: Splice::editing(VecDeque::new(), body, EventRemover::new()) }
    }
}

impl Edit for EventRemover {
    fn push(&mut self, frame: &[u8], out: &mut impl Output) {
        Self::push(self, frame, out);
    }

    fn finish(&mut self, out: &mut impl Output) {
        Self::finish(self, out);
    }

    fn most(&self, bytes: u64) -> Option<u64> {
        Some(bytes.saturating_add(self.held_len() as u64))
    }
}

impl<B: Body<Data = Bytes>> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        self.project().splice.poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.splice.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.splice.size_hint()
    }
}

impl<B> fmt::Debug for ResponseBody<B>
where
    B: Body + fmt::Debug,
    B::Error: fmt::Debug,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ResponseBody").field(&self.splice).finish()
    }
}
