use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::MOST_KEPT;
use super::candidate::upstream_of_candidate;
use super::collect::{Call, Collecting, Then, edited_on_its_way};
use super::future::ResponseFuture;
use super::memory::Memory;
use super::request_body::RequestBody;
use super::response_body::ResponseBody;

/// The service of [`StreamUsageLayer`](super::StreamUsageLayer).
#[derive(Clone, Debug)]
pub struct StreamUsage<S> {
    inner: S,
    memory: Arc<Memory>,
    enabled: bool,
}

impl<S> StreamUsage<S> {
    pub(super) const fn new(inner: S, memory: Arc<Memory>, enabled: bool) -> Self {
        Self { inner, memory, enabled }
    }

    /// The inner service.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service, to change it.
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service, which no longer states what was not asked for.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, A, B> Service<Request<A>> for StreamUsage<S>
where
    S: Service<Request<RequestBody<A>>, Response = Response<B>> + Clone,
    A: Body<Data = Bytes> + Unpin,
    B: Body<Data = Bytes> + Unpin,
{
    type Response = Response<ResponseBody<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<S, A, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let (head, body) = request.into_parts();
        let may_be_edited = self.enabled && !body.is_end_stream();
        let upstream = if may_be_edited { upstream_of_candidate(&head, &self.memory) } else { None };
        let Some(upstream) = upstream else {
            let request = Request::from_parts(head, RequestBody::passing(body));
            return ResponseFuture::sent(self.inner.call(request), Then::Pass);
        };
        if body.size_hint().lower() > MOST_KEPT as u64 {
            let (request, outcome) = edited_on_its_way(head, &VecDeque::new(), body);
            let then = Then::Passed { outcome, upstream, memory: self.memory.clone() };
            return ResponseFuture::sent(self.inner.call(request), then);
        }
        // The body comes first, and may have to be sent twice: the service that is ready goes with the request.
        let clone = self.inner.clone();
        let service = std::mem::replace(&mut self.inner, clone);
        let call = Call { service, head, upstream, memory: self.memory.clone() };
        ResponseFuture::collecting(Collecting::new(call, body))
    }
}
