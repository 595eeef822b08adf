//! The outermost service: finds out where a request belongs, so that the layers know.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::Request;
use tower_service::Service;

use crate::front::Site;

/// Adds the [`Place`](crate::place::Place) to every request.
#[derive(Clone, Debug)]
pub(crate) struct Entrance<S> {
    site: Arc<Site>,
    inner: S,
}

impl<S> Entrance<S> {
    pub(crate) fn new(site: Arc<Site>, inner: S) -> Self {
        Self { site, inner }
    }
}

impl<S: Service<Request<B>>, B> Service<Request<B>> for Entrance<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> S::Future {
        let place = self.site.place(request.uri().path());
        request.extensions_mut().insert(place);
        self.inner.call(request)
    }
}
