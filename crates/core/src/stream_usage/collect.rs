//! A request that is collected, edited if need be, and kept to be sent again.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use compact_str::CompactString;
use http::header::CONTENT_LENGTH;
use http::request::Parts;
use http::{HeaderMap, Request};
use http_body::{Body, Frame};
use tower_genai_wire::usage_event::RequestEditor;
use tower_service::Service;

use super::MOST_KEPT;
use super::candidate::ask_for_identity;
use super::memory::Memory;
use super::request_body::{Outcome, RequestBody};
use super::splice::{Taken, spliced};

/// A request without its body, and the service it is for.
#[derive(Debug)]
pub(super) struct Call<S> {
    pub(super) service: S,
    pub(super) head: Parts,
    pub(super) upstream: CompactString,
    pub(super) memory: Arc<Memory>,
}

/// A request that is being collected.
#[derive(Debug)]
pub(super) struct Collecting<S, A: Body> {
    call: Box<Call<S>>,
    body: A,
    taken: Taken<A::Error>,
    bytes: usize,
    hides_length: bool,
}

/// A request as the client wrote it.
#[derive(Debug)]
pub(super) struct Kept<S> {
    pub(super) call: Box<Call<S>>,
    frames: VecDeque<Bytes>,
    trailers: Option<HeaderMap>,
    hides_length: bool,
}

/// What is to be done with the reply.
#[derive(Debug)]
pub(super) enum Then<S> {
    /// The request was not edited.
    Pass,
    /// It was, and can be sent again.
    Edited(Box<Kept<S>>),
    /// It may have been, and cannot be sent again.
    Passed { outcome: Outcome, upstream: CompactString, memory: Arc<Memory> },
    /// It was sent again as the client wrote it.
    Again { upstream: CompactString, memory: Arc<Memory> },
}

impl<S, A> Collecting<S, A>
where
    S: Service<Request<RequestBody<A>>>,
    A: Body<Data = Bytes> + Unpin,
{
    pub(super) fn new(call: Call<S>, body: A) -> Self {
        let hides_length = body.size_hint().exact().is_none();
        let taken = Taken { frames: VecDeque::new(), last: None };
        Self { call: Box::new(call), body, taken, bytes: 0, hides_length }
    }

    /// Whether all of the body is here; if not, it is too large.
    pub(super) fn poll_collected(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        while !self.body.is_end_stream() {
            match ready!(Pin::new(&mut self.body).poll_frame(cx)).map(|frame| frame.map(Frame::into_data)) {
                None => break,
                Some(Ok(Ok(data))) => {
                    self.bytes = self.bytes.saturating_add(data.len().max(size_of::<Bytes>()));
                    self.taken.frames.push_back(data);
                    if self.bytes > MOST_KEPT {
                        return Poll::Ready(false);
                    }
                }
                Some(Ok(Err(trailers))) => {
                    self.taken.last = Some(Ok(trailers));
                    break;
                }
                Some(Err(error)) => {
                    self.taken.last = Some(Err(error));
                    break;
                }
            }
        }
        Poll::Ready(true)
    }

    /// Sends the request, of which all is here or not.
    pub(super) fn send(self, is_all: bool) -> (S::Future, Then<S>) {
        if !is_all {
            return self.pass();
        }
        let Self { mut call, taken, hides_length, .. } = self;
        let mut editor = RequestEditor::new();
        let edited = spliced(&taken.frames, &mut editor, true);
        let trailers = match &taken.last {
            None => None,
            Some(Ok(frame)) => frame.trailers_ref().cloned(),
            // A broken upload cannot be sent again, and its reply does not matter.
            Some(Err(_)) => return ((*call).send_as_it_is(taken, hides_length), Then::Pass),
        };
        if !editor.is_edited() {
            return ((*call).send_as_it_is(taken, hides_length), Then::Pass);
        }
        let mut head = call.head.clone();
        ask_for_identity(&mut head.headers);
        if let Some(length) = head.headers.get_mut(CONTENT_LENGTH) {
            *length = edited.iter().map(Bytes::len).sum::<usize>().into();
        }
        let body = RequestBody::collected(Taken { frames: edited, last: taken.last }, hides_length);
        let reply = call.service.call(Request::from_parts(head, body));
        (reply, Then::Edited(Box::new(Kept { call, frames: taken.frames, trailers, hides_length })))
    }

    /// Edits the rest of the body as it passes.
    fn pass(self) -> (S::Future, Then<S>) {
        let Call { mut service, head, upstream, memory } = *self.call;
        let (request, outcome) = edited_on_its_way(head, &self.taken.frames, self.body);
        (service.call(request), Then::Passed { outcome, upstream, memory })
    }
}

impl<S> Call<S> {
    /// Sends the request with a body that was collected.
    fn send_as_it_is<A>(self, taken: Taken<A::Error>, hides_length: bool) -> S::Future
    where
        S: Service<Request<RequestBody<A>>>,
        A: Body,
    {
        let Self { mut service, head, .. } = self;
        service.call(Request::from_parts(head, RequestBody::collected(taken, hides_length)))
    }
}

impl<S> Kept<S> {
    /// Sends the request again, as the client wrote it.
    pub(super) fn send<A>(self) -> (S::Future, Then<S>)
    where
        S: Service<Request<RequestBody<A>>>,
        A: Body,
    {
        let taken =
            Taken { frames: self.frames, last: self.trailers.map(|trailers| Ok(Frame::trailers(trailers))) };
        let Call { mut service, head, upstream, memory } = *self.call;
        let reply = service.call(Request::from_parts(head, RequestBody::collected(taken, self.hides_length)));
        (reply, Then::Again { upstream, memory })
    }
}

/// A request that is too large to be collected.
pub(super) fn edited_on_its_way<A: Body>(
    mut head: Parts,
    taken: &VecDeque<Bytes>,
    body: A,
) -> (Request<RequestBody<A>>, Outcome) {
    head.headers.remove(CONTENT_LENGTH);
    ask_for_identity(&mut head.headers);
    let outcome = Outcome::default();
    let body = RequestBody::editing(taken, body, outcome.clone());
    (Request::from_parts(head, body), outcome)
}
