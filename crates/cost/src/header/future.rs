use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{HeaderValue, TRAILER};
use http::{Response, response};
use http_body::{Body, Frame};
use pin_project_lite::pin_project;

use super::plan::{Asked, Plan};
use super::tab::Tab;
use super::{COST_HEADER, ResponseBody};

/// How many frames are held back at most: what they take beside their bytes is bounded too.
const MAX_FRAMES: usize = 4_096;

pin_project! {
    /// The future of [`CostHeader`](super::CostHeader).
    pub struct ResponseFuture<F, B> {
        #[pin]
        inner: F,
        asked: Asked,
        tab: Tab,
        held: Option<Held<B>>,
    }
}

/// A reply whose end is waited for.
struct Held<B> {
    head: response::Parts,
    body: B,
    frames: Vec<Frame<Bytes>>,
    bytes: u64,
    /// Whether the body states its length.
    sized: bool,
}

/// How the waiting ended.
enum Outcome<E> {
    Whole,
    /// Too large after all.
    Oversize,
    Broken(E),
}

impl<F, B> ResponseFuture<F, B> {
    pub(super) const fn new(inner: F, asked: Asked, tab: Tab) -> Self {
        Self { inner, asked, tab, held: None }
    }
}

impl<F, B, E> Future for ResponseFuture<F, B>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body<Data = Bytes> + Unpin,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if this.held.is_none() {
            let response = ready!(this.inner.poll(cx))?;
            let plan = this.asked.plan(&response);
            let (mut head, body) = response.into_parts();
            match plan {
                Plan::Hold => *this.held = Some(Held::new(head, body)),
                Plan::Trail => {
                    announce(&mut head);
                    let body = ResponseBody::trailing(body, this.tab.clone());
                    return Poll::Ready(Ok(Response::from_parts(head, body)));
                }
                Plan::Pass => {
                    // Known already when there was no body to wait for.
                    tell(&mut head, this.tab);
                    return Poll::Ready(Ok(Response::from_parts(head, ResponseBody::passing(body))));
                }
            }
        }
        let outcome = match this.held {
            Some(held) => ready!(held.poll_outcome(this.asked.max_body, cx)),
            None => return Poll::Pending,
        };
        let Some(Held { mut head, body, frames, sized, .. }) = this.held.take() else { return Poll::Pending };
        let body = match outcome {
            Outcome::Whole => {
                tell(&mut head, this.tab);
                ResponseBody::whole(body, frames, sized)
            }
            Outcome::Broken(error) => ResponseBody::broken(body, frames, sized, error),
            Outcome::Oversize => {
                let trail = this.asked.plan_unheld(&head.headers, sized) == Plan::Trail;
                if trail {
                    announce(&mut head);
                }
                ResponseBody::resumed(body, frames, sized, trail.then(|| this.tab.clone()))
            }
        };
        Poll::Ready(Ok(Response::from_parts(head, body)))
    }
}

impl<B: Body<Data = Bytes> + Unpin> Held<B> {
    fn new(head: response::Parts, body: B) -> Self {
        let sized = body.size_hint().exact().is_some();
        Self { head, body, frames: Vec::new(), bytes: 0, sized }
    }

    fn poll_outcome(&mut self, max_body: u64, cx: &mut Context<'_>) -> Poll<Outcome<B::Error>> {
        loop {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => {
                    self.bytes += frame.data_ref().map_or(0, |data| data.len() as u64);
                    let trailers = frame.is_trailers();
                    self.frames.push(frame);
                    if trailers || self.body.is_end_stream() {
                        return Poll::Ready(Outcome::Whole);
                    }
                    if self.bytes > max_body || self.frames.len() >= MAX_FRAMES {
                        return Poll::Ready(Outcome::Oversize);
                    }
                }
                Some(Err(error)) => return Poll::Ready(Outcome::Broken(error)),
                None => return Poll::Ready(Outcome::Whole),
            }
        }
    }
}

fn tell(head: &mut response::Parts, tab: &Tab) {
    if let Some(value) = tab.value() {
        head.headers.insert(COST_HEADER, value);
    }
}

/// HTTP/1.1 sends no trailers that the head does not name.
fn announce(head: &mut response::Parts) {
    head.headers.append(TRAILER, HeaderValue::from(COST_HEADER));
}

impl<F, B> fmt::Debug for ResponseFuture<F, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseFuture")
            .field("asked", &self.asked)
            .field("held", &self.held.as_ref().map(|held| held.bytes))
            .finish_non_exhaustive()
    }
}
