//! Refusals that are to be recorded as calls: made outside the layers, carried out inside them.

use std::convert::Infallible;
use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use http::{Request, Response};
use pin_project_lite::pin_project;
use tower_genai_core::ErrorOrigin;
use tower_service::Service;

use crate::blame::Blame;
use crate::body::Body;
use crate::reply;

/// Why a request is not sent on; an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// Only known clients may call, and this is none.
    UnknownClient,
}

/// Answers refused requests in place of the upstream.
#[derive(Clone, Debug)]
pub(crate) struct Gate<S> {
    inner: S,
}

impl<S> Gate<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self { inner }
    }

    fn refuse(refusal: Refusal, blame: &Blame) -> Response<Body> {
        match refusal {
            Refusal::UnknownClient => {
                blame.put("401", ErrorOrigin::Proxy);
                reply::unauthorized("the credential is not that of a known client")
            }
        }
    }
}

impl<S, B> Service<Request<B>> for Gate<S>
where
    S: Service<Request<B>, Response = Response<Body>, Error = Infallible>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        match request.extensions().get::<Refusal>() {
            Some(refusal) => {
                let reply = Self::refuse(*refusal, &Blame::of(request.extensions()));
                ResponseFuture::Refused { reply: ready(Ok(reply)) }
            }
            None => ResponseFuture::Sent { reply: self.inner.call(request) },
        }
    }
}

pin_project! {
    /// The reply of the upstream, or ours.
    #[project = Projected]
    pub(crate) enum ResponseFuture<F> {
        Sent { #[pin] reply: F },
        Refused { reply: Ready<Result<Response<Body>, Infallible>> },
    }
}

impl<F> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<Body>, Infallible>>,
{
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Projected::Sent { reply } => reply.poll(cx),
            Projected::Refused { reply } => Pin::new(reply).poll(cx),
        }
    }
}
