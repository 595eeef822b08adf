//! A body some bytes of which are left out, or some added.

use std::collections::VecDeque;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tower_genai_wire::usage_event::Output;

/// Edits bytes as they pass.
pub(super) trait Edit {
    /// Takes the next bytes.
    fn push(&mut self, frame: &[u8], out: &mut impl Output);
    /// There are no more.
    fn finish(&mut self, out: &mut impl Output);
    /// The most bytes that come out for so many that go in; `None` when that is not known.
    fn most(&self, bytes: u64) -> Option<u64>;
}

pin_project! {
    /// What is ready to be handed on, and then the rest of a body, which may be edited.
    #[derive(Debug)]
    pub(super) struct Splice<B, M>
    where
        B: Body,
    {
        #[pin]
        rest: Option<B>,
        // A body that passes as it is should be hardly larger than before.
        state: Option<Box<State<B::Error, M>>>,
    }
}

#[derive(Debug)]
struct State<E, M> {
    ready: VecDeque<Bytes>,
    /// What comes behind `ready`: trailers, or an error.
    last: Option<Result<Frame<Bytes>, E>>,
    edit: Option<M>,
    /// Whether the length is not told.
    hides_length: bool,
}

/// What has been taken of a body.
#[derive(Debug)]
pub(super) struct Taken<E> {
    pub(super) frames: VecDeque<Bytes>,
    /// Trailers, or an error, behind which there is no more.
    pub(super) last: Option<Result<Frame<Bytes>, E>>,
}

impl<B: Body, M> Splice<B, M> {
    /// A body as it is.
    pub(super) const fn passing(body: B) -> Self {
        Self { rest: Some(body), state: None }
    }

    /// A body of which some has been taken.
    pub(super) fn again(taken: Taken<B::Error>, rest: Option<B>, hides_length: bool) -> Self {
        let Taken { frames: ready, last } = taken;
        Self { rest, state: Some(Box::new(State { ready, last, edit: None, hides_length })) }
    }

    /// A body that is edited.
    pub(super) fn editing(ready: VecDeque<Bytes>, rest: B, edit: M) -> Self {
        let state = State { ready, last: None, edit: Some(edit), hides_length: false };
        Self { rest: Some(rest), state: Some(Box::new(state)) }
    }
}

impl<B, M> Body for Splice<B, M>
where
    B: Body<Data = Bytes>,
    M: Edit,
{
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        let mut this = self.project();
        let Some(state) = this.state else {
            return match this.rest.as_pin_mut() {
                Some(rest) => rest.poll_frame(cx),
                None => Poll::Ready(None),
            };
        };
        loop {
            if let Some(frame) = state.ready.pop_front() {
                return Poll::Ready(Some(Ok(Frame::data(frame))));
            }
            if let Some(last) = state.last.take() {
                return Poll::Ready(Some(last));
            }
            let Some(mut rest) = this.rest.as_mut().as_pin_mut() else { return Poll::Ready(None) };
            let polled = ready!(rest.as_mut().poll_frame(cx));
            let Some(edit) = &mut state.edit else { return Poll::Ready(polled) };
            let data = match polled.map(|polled| polled.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => Some(data),
                Some(Ok(Err(trailers))) => {
                    state.last = Some(Ok(trailers));
                    None
                }
                Some(Err(error)) => {
                    state.last = Some(Err(error));
                    None
                }
                None => None,
            };
            let mut spliced = Spliced::new(data.as_ref(), &mut state.ready);
            if let Some(data) = &data {
                edit.push(data, &mut spliced);
            }
            // hyper drops a body that says it has ended without polling it again.
            let ended = data.is_none() || rest.is_end_stream();
            if ended {
                spliced.frame = None;
                edit.finish(&mut spliced);
                state.edit = None;
            }
            let first = if spliced.whole { data } else { spliced.first };
            if let Some(first) = first {
                return Poll::Ready(Some(Ok(Frame::data(first))));
            }
            if ended && state.last.is_none() {
                return Poll::Ready(None);
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        // An edit that has not been finished may still hold something.
        let nothing_ready =
            |state: &State<_, _>| state.ready.is_empty() && state.last.is_none() && state.edit.is_none();
        self.state.as_deref().is_none_or(nothing_ready) && self.rest.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        let rest = self.rest.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint);
        let Some(state) = &self.state else { return rest };
        let ready: u64 = state.ready.iter().map(|frame| frame.len() as u64).sum();
        let mut hint = SizeHint::new();
        let (lower, upper) = match &state.edit {
            None => (rest.lower(), rest.upper()),
            Some(edit) => (0, rest.upper().and_then(|bytes| edit.most(bytes))),
        };
        if let Some(upper) = upper.filter(|_| !state.hides_length) {
            hint.set_upper(upper.saturating_add(ready));
        }
        hint.set_lower(lower.saturating_add(ready));
        hint
    }
}

/// Collects what an edit lets out of one frame.
struct Spliced<'a> {
    frame: Option<&'a Bytes>,
    /// The whole frame comes first: no need to share it.
    whole: bool,
    /// Most other frames pass as one piece, for which no queue is needed.
    first: Option<Bytes>,
    more: &'a mut VecDeque<Bytes>,
}

impl<'a> Spliced<'a> {
    fn new(frame: Option<&'a Bytes>, more: &'a mut VecDeque<Bytes>) -> Self {
        Self { frame, whole: false, first: None, more }
    }

    fn add(&mut self, bytes: Bytes) {
        if self.first.is_none() && !self.whole {
            self.first = Some(bytes);
        } else {
            self.more.push_back(bytes);
        }
    }
}

impl Output for Spliced<'_> {
    fn frame(&mut self, range: Range<usize>) {
        let Some(frame) = self.frame else { return };
        if range.len() == frame.len() && self.first.is_none() {
            self.whole = true;
        } else {
            self.add(frame.slice(range));
        }
    }

    fn other(&mut self, bytes: &[u8]) {
        if !bytes.is_empty() {
            self.add(Bytes::copy_from_slice(bytes));
        }
    }
}

/// What an edit makes of frames that are all there is, or the first of more.
pub(super) fn spliced(frames: &VecDeque<Bytes>, edit: &mut impl Edit, is_all: bool) -> VecDeque<Bytes> {
    let mut ready = VecDeque::with_capacity(frames.len() + 4);
    for frame in frames.iter().map(Some).chain(is_all.then_some(None)) {
        let mut more = VecDeque::new();
        let mut spliced = Spliced::new(frame, &mut more);
        match frame {
            Some(frame) => edit.push(frame, &mut spliced),
            None => edit.finish(&mut spliced),
        }
        let first = if spliced.whole { frame.cloned() } else { spliced.first };
        ready.extend(first);
        ready.append(&mut more);
    }
    ready
}
