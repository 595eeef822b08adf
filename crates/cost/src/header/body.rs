use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};

use super::COST_HEADER;
use super::tab::Tab;

/// The reply's body: first what was held back, then the rest, at last the trailer.
///
/// Frames are those of the inner body, as they came.
pub struct ResponseBody<B: Body> {
    held: VecDeque<Frame<Bytes>>,
    error: Option<B::Error>,
    inner: B,
    /// Whether the inner body has nothing more to say.
    ended: bool,
    /// Whether the inner body stated its length when it came. One that did not has none afterwards either: it would be sent
    /// in another way.
    sized: bool,
    /// Where to find the cost for the trailer.
    tab: Option<Tab>,
}

// No field is pinned but the inner body, which is polled only where it may move.
impl<B: Body> Unpin for ResponseBody<B> {}

impl<B: Body<Data = Bytes>> ResponseBody<B> {
    fn new(inner: B, held: Vec<Frame<Bytes>>, sized: bool) -> Self {
        Self { held: held.into(), error: None, inner, ended: false, sized, tab: None }
    }

    /// A body that nothing is added to.
    pub(super) fn passing(inner: B) -> Self {
        let sized = inner.size_hint().exact().is_some();
        Self::new(inner, Vec::new(), sized)
    }

    /// A body whose last frame is followed by the cost.
    pub(super) fn trailing(inner: B, tab: Tab) -> Self {
        Self { tab: Some(tab), ..Self::passing(inner) }
    }

    /// A body that was read to its end.
    pub(super) fn whole(inner: B, held: Vec<Frame<Bytes>>, sized: bool) -> Self {
        Self { ended: true, ..Self::new(inner, held, sized) }
    }

    /// A body that failed after the frames.
    pub(super) fn broken(inner: B, held: Vec<Frame<Bytes>>, sized: bool, error: B::Error) -> Self {
        Self { error: Some(error), ..Self::whole(inner, held, sized) }
    }

    /// A body that was read in part.
    pub(super) fn resumed(inner: B, held: Vec<Frame<Bytes>>, sized: bool, tab: Option<Tab>) -> Self {
        Self { tab, ..Self::new(inner, held, sized) }
    }

    fn trailer(&mut self) -> Option<Frame<Bytes>> {
        let value = self.tab.take()?.value()?;
        Some(Frame::trailers(HeaderMap::from_iter([(COST_HEADER, value)])))
    }

    fn held_bytes(&self) -> u64 {
        self.held.iter().filter_map(Frame::data_ref).map(|data| data.len() as u64).sum()
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for ResponseBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let this = self.get_mut();
        if let Some(frame) = this.held.pop_front() {
            return Poll::Ready(Some(Ok(frame)));
        }
        if let Some(error) = this.error.take() {
            return Poll::Ready(Some(Err(error)));
        }
        if this.ended {
            return Poll::Ready(this.trailer().map(Ok));
        }
        Poll::Ready(match ready!(Pin::new(&mut this.inner).poll_frame(cx)) {
            Some(Ok(frame)) => {
                this.ended = frame.is_trailers() || this.inner.is_end_stream();
                Some(Ok(match frame.into_trailers() {
                    Ok(mut trailers) => {
                        if let Some(value) = this.tab.take().and_then(|tab| tab.value()) {
                            trailers.insert(COST_HEADER, value);
                        }
                        Frame::trailers(trailers)
                    }
                    Err(frame) => frame,
                }))
            }
            Some(Err(error)) => {
                (this.ended, this.tab) = (true, None);
                Some(Err(error))
            }
            None => {
                this.ended = true;
                this.trailer().map(Ok)
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.held.is_empty()
            && self.error.is_none()
            && self.tab.is_none()
            && (self.ended || self.inner.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        let held = self.held_bytes();
        let inner = if self.ended { SizeHint::with_exact(0) } else { self.inner.size_hint() };
        let mut hint = SizeHint::new();
        hint.set_lower(held + inner.lower());
        if let Some(upper) = inner.upper().filter(|_| self.sized || !self.ended) {
            hint.set_upper(held + upper);
        }
        hint
    }
}

impl<B: Body> fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("held", &self.held.len())
            .field("ended", &self.ended)
            .field("sized", &self.sized)
            .finish_non_exhaustive()
    }
}
