use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

/// What a scripted body does next.
#[derive(Debug)]
pub(super) enum Step {
    Data(Bytes),
    /// The same bytes again and again, so many in all.
    Repeat(Bytes, u64),
    Trailers(HeaderMap),
    Wait(Duration),
    /// Nothing any more, and no end.
    Stall,
    /// The connection breaks.
    Abort,
    /// The server has a bug.
    Panic,
}

/// How a body is cut into frames.
#[derive(Debug)]
pub(super) enum Cut {
    Whole,
    Bytes,
    Random(fastrand::Rng),
}

/// The body of a reply: steps, one after the other.
#[derive(Debug)]
pub struct ReplyBody {
    steps: VecDeque<Step>,
    cut: Cut,
    exact: Option<u64>,
    waiting: Option<Pin<Box<Sleep>>>,
}

// hyper does not flush what it holds when a body fails or panics.
const FLUSH: Duration = Duration::from_millis(30);

impl ReplyBody {
    pub(super) fn steps(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: steps.into_iter().collect(), cut: Cut::Whole, exact: None, waiting: None }
    }

    /// One frame, with its length.
    pub(super) fn whole(body: Bytes) -> Self {
        let length = body.len() as u64;
        let steps = (length > 0).then_some(Step::Data(body));
        Self { exact: Some(length), ..Self::steps(steps) }
    }

    pub(super) fn cut(body: Bytes, cut: Cut) -> Self {
        Self { cut, ..Self::steps([Step::Data(body)]) }
    }

    /// Promises a length, whatever will be sent.
    pub(super) fn promising(self, length: u64) -> Self {
        Self { exact: Some(length), ..self }
    }

    fn wait(&mut self, cx: &mut Context<'_>, duration: Duration) -> Poll<()> {
        let waiting = self.waiting.get_or_insert_with(|| Box::pin(sleep(duration)));
        let polled = waiting.as_mut().poll(cx);
        if polled.is_ready() {
            self.waiting = None;
        }
        polled
    }

    fn frame(&mut self, mut data: Bytes) -> Bytes {
        let length = match &mut self.cut {
            Cut::Whole => data.len(),
            Cut::Bytes => 1,
            Cut::Random(rng) => {
                // Short and long frames alike.
                let longest = 1 << rng.u32(0..12);
                rng.usize(1..=longest)
            }
        };
        if length < data.len() {
            let rest = data.split_off(length);
            self.steps.push_front(Step::Data(rest));
        }
        data
    }
}

impl Body for ReplyBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        loop {
            let Some(step) = self.steps.pop_front() else { return Poll::Ready(None) };
            match step {
                Step::Data(data) if data.is_empty() => {}
                Step::Data(data) => return Poll::Ready(Some(Ok(Frame::data(self.frame(data))))),
                Step::Repeat(_, 0) => {}
                Step::Repeat(data, left) => {
                    let length = left.min(data.len() as u64);
                    let frame = usize::try_from(length).map_or(data.clone(), |length| data.slice(..length));
                    self.steps.push_front(Step::Repeat(data, left - length));
                    return Poll::Ready(Some(Ok(Frame::data(frame))));
                }
                Step::Trailers(trailers) => return Poll::Ready(Some(Ok(Frame::trailers(trailers)))),
                Step::Wait(duration) => {
                    if self.wait(cx, duration).is_pending() {
                        self.steps.push_front(Step::Wait(duration));
                        return Poll::Pending;
                    }
                }
                Step::Stall => {
                    self.steps.push_front(Step::Stall);
                    return Poll::Pending;
                }
                Step::Panic => {
                    if self.wait(cx, FLUSH).is_pending() {
                        self.steps.push_front(Step::Panic);
                        return Poll::Pending;
                    }
                    panic!("as scripted");
                }
                Step::Abort => {
                    if self.wait(cx, FLUSH).is_pending() {
                        self.steps.push_front(Step::Abort);
                        return Poll::Pending;
                    }
                    return Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())));
                }
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.steps.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        self.exact.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
