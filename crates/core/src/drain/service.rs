use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Request, Response};
use http_body::Body;
use tower_service::Service;

use super::body::ResponseBody;
use super::future::ResponseFuture;
use super::office::Office;
use super::rest::Asked;
use crate::call::CallSlot;

/// The service of [`DrainLayer`](super::DrainLayer).
#[derive(Clone, Debug)]
pub struct Drain<S> {
    inner: S,
    office: Option<Arc<Office>>,
}

impl<S> Drain<S> {
    pub(super) const fn new(inner: S, office: Option<Arc<Office>>) -> Self {
        Self { inner, office }
    }

    /// The inner service.
    pub const fn get_ref(&self) -> &S {
        &self.inner
    }

    /// The inner service, to change it.
    pub const fn get_mut(&mut self) -> &mut S {
        &mut self.inner
    }

    /// The inner service, without the layer.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S, A, B> Service<Request<A>> for Drain<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    type Response = Response<ResponseBody<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
        let asked = self.office.as_ref().map(|office| Asked {
            office: Arc::clone(office),
            call: empty_slot(request.extensions_mut()),
            head_request: request.method() == Method::HEAD,
        });
        ResponseFuture::new(self.inner.call(request), asked)
    }
}

/// Where the handle of the call will be: in the slot that is there, unless that one holds an earlier call.
fn empty_slot(extensions: &mut http::Extensions) -> CallSlot {
    if let Some(slot) = extensions.get::<CallSlot>().filter(|slot| slot.get().is_none()) {
        return slot.clone();
    }
    let slot = CallSlot::new();
    extensions.insert(slot.clone());
    slot
}
