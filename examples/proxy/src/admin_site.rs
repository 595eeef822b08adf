//! The service behind the operator's own listener.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode};
use tower_service::Service;

use crate::admin::{Admin, Page};
use crate::body::Body;
use crate::reply;

/// Serves the operator's paths and nothing else.
#[derive(Clone, Debug)]
pub(crate) struct AdminSite(Arc<Admin>);

impl AdminSite {
    pub(crate) fn new(admin: Admin) -> Self {
        Self(Arc::new(admin))
    }
}

impl<B: Send + 'static> Service<Request<B>> for AdminSite {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let admin = Arc::clone(&self.0);
        Box::pin(async move {
            let (head, _) = request.into_parts();
            let Some(page) = Page::of(head.uri.path()) else {
                let message = "this listener serves /metrics, /spend, /health/liveness and /health/readiness";
                return Ok(reply::error(StatusCode::NOT_FOUND, "not_found", message));
            };
            Ok(admin.answer(page, head).await)
        })
    }
}
