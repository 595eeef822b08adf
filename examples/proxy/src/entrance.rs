//! The outermost service: notes when a request came and finds out where it belongs, so that the layers know.

use std::sync::Arc;
use std::task::{Context, Poll};

use http::Request;
use tower_genai_core::Arrival;
use tower_genai_core::clock::Clock;
use tower_service::Service;

use crate::front::Site;

/// Adds the [`Arrival`] and the [`Place`](crate::place::Place) to every request.
#[derive(Clone, Debug)]
pub(crate) struct Entrance<S> {
    site: Arc<Site>,
    clock: Clock,
    inner: S,
}

impl<S> Entrance<S> {
    pub(crate) fn new(site: Arc<Site>, inner: S) -> Self {
        Self { site, clock: Clock::new(), inner }
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
        let arrival = Arrival::at(self.clock.now());
        let place = self.site.place(request.uri().path());
        let extensions = request.extensions_mut();
        extensions.insert(arrival);
        extensions.insert(place);
        self.inner.call(request)
    }
}
