use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Method, Request, Response};
use http_body::Body;
use tower_service::Service;

use super::Core;
use super::future::TapFuture;
use super::mode::BodyMode;
use super::request_body::RequestBody;
use super::state::Tap;
use crate::session::SessionSlot;

/// The service of [`CallLayer`](super::CallLayer).
#[derive(Clone, Debug)]
pub struct Call<S, Q = super::Wrap, R = super::Wrap> {
    inner: S,
    core: Arc<Core>,
    request_mode: Q,
    response_mode: R,
}

impl<S, Q, R> Call<S, Q, R> {
    pub(super) const fn new(inner: S, core: Arc<Core>, request_mode: Q, response_mode: R) -> Self {
        Self { inner, core, request_mode, response_mode }
    }

    /// The inner service.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service, to change it.
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service, without the tap.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, A, B, Q, R> Service<Request<A>> for Call<S, Q, R>
where
    S: Service<Request<Q::Request>, Response = Response<B>>,
    A: Body,
    B: Body,
    Q: BodyMode<A>,
    R: BodyMode<B>,
{
    type Response = Response<R::Response>;
    type Error = S::Error;
    type Future = TapFuture<S::Future, R>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<A>) -> Self::Future {
        let (mut head, body) = request.into_parts();
        let connect = head.method == Method::CONNECT;
        let slot = SessionSlot::offer(&mut head);
        let mut tap = Tap::begin(&self.core, &mut head);
        let body = self.request_mode.wrap_request(RequestBody::watching(body, tap.for_request()));
        let request = Request::from_parts(head, body);
        let future = match tap.watching_party() {
            None => self.inner.call(request),
            // Layers further in begin their work in `call`: they must find the span that is current while polled.
            Some(party) => party.around(|| self.inner.call(request)),
        };
        TapFuture::new(future, tap, connect, slot, self.response_mode.clone())
    }
}
