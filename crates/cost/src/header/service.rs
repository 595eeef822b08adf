use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use tower_service::Service;

use super::plan::Asked;
use super::tab::Tab;
use super::{ResponseBody, ResponseFuture};

/// The service of [`CostHeaderLayer`](super::CostHeaderLayer).
#[derive(Clone, Copy, Debug)]
pub struct CostHeader<S> {
    inner: S,
    max_body: u64,
}

impl<S> CostHeader<S> {
    pub(super) const fn new(inner: S, max_body: u64) -> Self {
        Self { inner, max_body }
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

impl<S, A, B> Service<Request<A>> for CostHeader<S>
where
    S: Service<Request<A>, Response = Response<B>>,
    B: Body<Data = Bytes> + Unpin,
{
    type Response = Response<ResponseBody<B>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future, B>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<A>) -> Self::Future {
        let asked = Asked::of(&request, self.max_body);
        let tab = request.extensions_mut().get_or_insert_with(Tab::default).clone();
        ResponseFuture::new(self.inner.call(request), asked, tab)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::header::CostHeaderLayer;

    type Inner = http_body_util::Full<Bytes>;

    #[test]
    fn the_types_can_cross_threads() {
        fn shared<T: Send + Sync + Clone + 'static>() {}
        fn sent<T: Send + 'static>() {}
        shared::<CostHeaderLayer>();
        shared::<CostHeader<()>>();
        sent::<ResponseFuture<std::future::Ready<Result<Response<Inner>, ()>>, Inner>>();
        sent::<ResponseBody<Inner>>();
    }
}
