use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HeaderName};
use http::{Request, Response};
use http_body::Body;
use pin_project_lite::pin_project;
use tower_service::Service;

use super::candidate::{has_type, is_identity};
use super::collect::{Collecting, Kept, Then};
use super::refusal::{Refusal, is_refusal};
use super::request_body::RequestBody;
use super::response_body::ResponseBody;

pin_project! {
    /// The response future of [`StreamUsage`](super::StreamUsage).
    pub struct ResponseFuture<S, A, B>
    where
        S: Service<Request<RequestBody<A>>>,
        A: Body,
        B: Body,
    {
        #[pin]
        state: State<S, A, B>,
    }
}

pin_project! {
    #[project = Projected]
    enum State<S, A, B>
    where
        S: Service<Request<RequestBody<A>>>,
        A: Body,
        B: Body,
    {
        Collecting { request: Option<Collecting<S, A>> },
        Sent {
            #[pin]
            reply: S::Future,
            then: Then<S>,
        },
        Refused { refusal: Option<Refusal<B>>, then: Then<S> },
        SendingAgain { kept: Option<Box<Kept<S>>> },
    }
}

impl<S, A, B> ResponseFuture<S, A, B>
where
    S: Service<Request<RequestBody<A>>>,
    A: Body,
    B: Body,
{
    pub(super) const fn sent(reply: S::Future, then: Then<S>) -> Self {
        Self { state: State::Sent { reply, then } }
    }

    pub(super) const fn collecting(request: Collecting<S, A>) -> Self {
        Self { state: State::Collecting { request: Some(request) } }
    }
}

impl<S, A, B> Future for ResponseFuture<S, A, B>
where
    S: Service<Request<RequestBody<A>>, Response = Response<B>>,
    A: Body<Data = Bytes> + Unpin,
    B: Body<Data = Bytes> + Unpin,
{
    type Output = Result<Response<ResponseBody<B>>, S::Error>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut state = self.project().state;
        loop {
            let next = match state.as_mut().project() {
                Projected::Collecting { request } => {
                    let Some(collecting) = request else { return Poll::Pending };
                    let is_all = ready!(collecting.poll_collected(cx));
                    let Some(collected) = request.take() else { return Poll::Pending };
                    let (reply, then) = collected.send(is_all);
                    State::Sent { reply, then }
                }
                Projected::Sent { reply, then } => {
                    let reply = ready!(reply.poll(cx))?;
                    match std::mem::replace(then, Then::Pass) {
                        Then::Again { upstream, memory } => {
                            if reply.status().is_success() {
                                memory.remember(&upstream);
                            }
                            return Poll::Ready(Ok(reply.map(ResponseBody::passing)));
                        }
                        then if !then.is_edited() => {
                            return Poll::Ready(Ok(reply.map(ResponseBody::passing)));
                        }
                        then if is_refusal(&reply) => {
                            State::Refused { refusal: Some(Refusal::new(reply)), then }
                        }
                        _ => return Poll::Ready(Ok(without_event(reply))),
                    }
                }
                Projected::Refused { refusal, then } => {
                    let Some(reading) = refusal else { return Poll::Pending };
                    let about_field = ready!(reading.poll_about_field(cx));
                    let Some(refusal) = refusal.take() else { return Poll::Pending };
                    match std::mem::replace(then, Then::Pass) {
                        Then::Edited(kept) if about_field => State::SendingAgain { kept: Some(kept) },
                        then => {
                            if about_field {
                                then.learn();
                            }
                            return Poll::Ready(Ok(refusal.into_reply()));
                        }
                    }
                }
                Projected::SendingAgain { kept } => {
                    let Some(waiting) = kept else { return Poll::Pending };
                    ready!(waiting.call.service.poll_ready(cx))?;
                    let Some(kept) = kept.take() else { return Poll::Pending };
                    let (reply, then) = kept.send();
                    State::Sent { reply, then }
                }
            };
            state.set(next);
        }
    }
}

impl<S> Then<S> {
    fn is_edited(&self) -> bool {
        match self {
            Self::Pass | Self::Again { .. } => false,
            Self::Edited(_) => true,
            Self::Passed { outcome, .. } => outcome.is_edited(),
        }
    }

    /// The upstream has rejected the field in a request that cannot be sent again. Where the client's own options may be
    /// what it means, nothing is learnt.
    fn learn(self) {
        if let Self::Passed { outcome, upstream, memory } = self
            && !outcome.has_options()
        {
            memory.remember(&upstream);
        }
    }
}

/// What no longer holds of a body that is edited.
const OF_THE_BODY: [HeaderName; 5] = [
    CONTENT_LENGTH,
    HeaderName::from_static("content-digest"),
    HeaderName::from_static("content-md5"),
    HeaderName::from_static("digest"),
    HeaderName::from_static("repr-digest"),
];

/// The reply to an edited request, for its client.
fn without_event<B: Body>(mut reply: Response<B>) -> Response<ResponseBody<B>> {
    let headers = reply.headers_mut();
    if has_type(headers, "text/event-stream") != Some(true) || !is_identity(headers) {
        return reply.map(ResponseBody::passing);
    }
    for name in OF_THE_BODY {
        headers.remove(name);
    }
    reply.map(ResponseBody::editing)
}

impl<S, A, B> fmt::Debug for ResponseFuture<S, A, B>
where
    S: Service<Request<RequestBody<A>>>,
    A: Body,
    B: Body,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = match &self.state {
            State::Collecting { .. } => "Collecting",
            State::Sent { .. } => "Sent",
            State::Refused { .. } => "Refused",
            State::SendingAgain { .. } => "SendingAgain",
        };
        f.debug_struct("ResponseFuture").field("state", &state).finish_non_exhaustive()
    }
}
