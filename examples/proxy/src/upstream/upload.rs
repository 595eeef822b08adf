//! The request's body on its way to the upstream: how it is getting on, and what it takes to send it again.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use tokio::time::Instant;

use super::stall::Stalled;
use crate::body::BoxError;

/// Frames are kept for a second attempt up to this size. They are shared with the first attempt, not copied.
const MOST_KEPT: usize = 256 * 1024;

/// The body of a request, which one attempt after the other may send.
#[derive(Debug)]
pub(super) struct Source<B>(Arc<Mutex<State<B>>>);

#[derive(Debug)]
struct State<B> {
    inner: Pin<Box<B>>,
    attempt: u32,
    kept: Vec<Bytes>,
    kept_bytes: usize,
    /// How many of the kept frames the attempt has sent.
    position: usize,
    keeping: bool,
    progress: Progress,
}

/// How an upload is getting on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Progress {
    /// When the last frame was taken for sending, or the upload began.
    pub(super) moved: Instant,
    /// The client owes the next frame.
    pub(super) waits_for_client: bool,
    /// The client broke off.
    pub(super) broken: bool,
    /// The client sent nothing for too long.
    pub(super) stalled: bool,
}

impl<B: Body> Source<B> {
    pub(super) fn new(body: B) -> Self {
        Self(Arc::new(Mutex::new(State {
            inner: Box::pin(body),
            attempt: 0,
            kept: Vec::new(),
            kept_bytes: 0,
            position: 0,
            keeping: true,
            progress: Progress {
                moved: Instant::now(),
                waits_for_client: false,
                broken: false,
                stalled: false,
            },
        })))
    }
}

impl<B> Source<B> {
    fn lock(&self) -> MutexGuard<'_, State<B>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn progress(&self) -> Progress {
        self.lock().progress
    }

    /// The body from its beginning; `None` when a part of it has been sent and not kept.
    pub(super) fn attempt(&self) -> Option<Upload<B>> {
        let mut state = self.lock();
        if !state.keeping {
            return None;
        }
        state.attempt += 1;
        state.position = 0;
        state.progress.moved = Instant::now();
        Some(Upload { source: Self(Arc::clone(&self.0)), attempt: state.attempt })
    }

    /// Keeps nothing more: there will be no other attempt.
    pub(super) fn settle(&self) {
        let mut state = self.lock();
        state.keeping = false;
        if state.position == state.kept.len() {
            state.forget();
        }
    }
}

impl<B> State<B> {
    fn forget(&mut self) {
        self.keeping = false;
        self.kept = Vec::new();
        self.position = 0;
    }

    fn keep(&mut self, frame: &Frame<Bytes>) {
        if !self.keeping {
            return;
        }
        match frame.data_ref() {
            Some(data) if self.kept_bytes + data.len() <= MOST_KEPT => {
                self.kept_bytes += data.len();
                self.kept.push(data.clone());
                self.position += 1;
            }
            _ => self.forget(),
        }
    }
}

/// One attempt to send the body.
#[derive(Debug)]
pub(super) struct Upload<B> {
    source: Source<B>,
    attempt: u32,
}

impl<B> Body for Upload<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut guard = self.source.lock();
        let state = &mut *guard;
        if state.attempt != self.attempt {
            return Poll::Ready(Some(Err("another attempt sends this body".into())));
        }
        if let Some(frame) = state.kept.get(state.position).cloned() {
            state.position += 1;
            state.progress.moved = Instant::now();
            if !state.keeping && state.position == state.kept.len() {
                state.forget();
            }
            return Poll::Ready(Some(Ok(Frame::data(frame))));
        }
        let polled = state.inner.as_mut().poll_frame(cx).map_err(Into::into);
        match &polled {
            Poll::Pending => state.progress.waits_for_client = true,
            Poll::Ready(frame) => {
                let broken = matches!(frame, Some(Err(_)));
                let stalled = matches!(frame, Some(Err(error)) if error.is::<Stalled>());
                state.progress = Progress { moved: Instant::now(), waits_for_client: false, broken, stalled };
                if let Some(Ok(frame)) = frame {
                    state.keep(frame);
                }
            }
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        let state = self.source.lock();
        state.position == state.kept.len() && state.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let state = self.source.lock();
        let again: u64 = state.kept[state.position..].iter().map(|frame| frame.len() as u64).sum();
        let rest = state.inner.size_hint();
        let mut hint = SizeHint::new();
        if let Some(upper) = rest.upper() {
            hint.set_upper(upper + again);
        }
        hint.set_lower(rest.lower() + again);
        hint
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt, Full, StreamBody};

    use super::*;

    fn body(frames: &[&'static [u8]]) -> impl Body<Data = Bytes, Error = std::convert::Infallible> + use<> {
        let frames: Vec<_> = frames.iter().map(|frame| Ok(Frame::data(Bytes::from_static(frame)))).collect();
        StreamBody::new(futures_util::stream::iter(frames))
    }

    #[tokio::test]
    async fn a_second_attempt_sends_everything_again_and_then_the_rest() {
        let source = Source::new(body(&[b"a", b"b", b"c"]));
        let mut first = source.attempt().unwrap();
        first.frame().await.unwrap().unwrap();
        first.frame().await.unwrap().unwrap();
        let second = source.attempt().unwrap();
        assert!(first.frame().await.unwrap().is_err());
        assert_eq!(second.collect().await.unwrap().to_bytes(), "abc");
    }

    #[tokio::test]
    async fn sizes_are_those_of_the_whole_body() {
        let source = Source::new(Full::<Bytes>::from("abc"));
        let mut first = source.attempt().unwrap();
        assert_eq!(first.size_hint().exact(), Some(3));
        first.frame().await.unwrap().unwrap();
        assert_eq!((first.size_hint().exact(), first.is_end_stream()), (Some(0), true));
        let second = source.attempt().unwrap();
        assert_eq!((second.size_hint().exact(), second.is_end_stream()), (Some(3), false));
    }

    #[tokio::test]
    async fn a_large_body_is_not_kept() {
        let source = Source::new(Full::<Bytes>::from(vec![0; MOST_KEPT + 1]));
        let mut first = source.attempt().unwrap();
        first.frame().await.unwrap().unwrap();
        assert!(source.attempt().is_none());
        assert!(source.lock().kept.is_empty());
    }

    #[tokio::test]
    async fn what_is_settled_in_the_middle_is_still_sent() {
        let source = Source::new(body(&[b"a", b"b"]));
        let mut first = source.attempt().unwrap();
        while first.frame().await.is_some() {}
        let mut second = source.attempt().unwrap();
        second.frame().await.unwrap().unwrap();
        source.settle();
        assert!(source.attempt().is_none());
        assert_eq!(second.collect().await.unwrap().to_bytes(), "b");
        assert!(source.lock().kept.is_empty());
    }
}
