//! The service behind the traffic listener: operator's paths, then routes, then identity, then the upstream.

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use hyper::upgrade::OnUpgrade;
use pin_project_lite::pin_project;
use tower::ServiceExt;
use tower::util::Oneshot;
use tower_genai_core::{ClientAddress, SessionSlot};
use tower_service::Service;

use crate::admin::{Admin, Page};
use crate::body::{Body, BoxError, boxed};
use crate::gate::Refusal;
use crate::identity::{self, Clients, Standing, TrustedPeers};
use crate::place::Place;
use crate::reply;
use crate::route::{Destination, Routes, UpstreamService};
use crate::upstream::{Sign, StallTimeout, is_signature, prepare_request, say_websocket};

/// What the traffic listener serves.
#[derive(Debug)]
pub(crate) struct Site {
    /// The operator's paths, when they have no listener of their own.
    pub(crate) admin: Option<Admin>,
    pub(crate) routes: Routes,
    pub(crate) clients: Arc<Clients>,
    pub(crate) trusted_peers: TrustedPeers,
    /// Whether only clients of the configuration may call.
    pub(crate) require_client: bool,
    /// Whether a request without any credential may use an upstream's key.
    pub(crate) keys_for_anonymous: bool,
}

/// See [`Site`].
#[derive(Clone, Debug)]
pub(crate) struct Front(Arc<Site>);

impl Front {
    pub(crate) fn new(site: Arc<Site>) -> Self {
        Self(site)
    }
}

impl<B> Service<Request<B>> for Front
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        let (mut head, body) = request.into_parts();
        let site = &self.0;
        let place = head.extensions.remove::<Place>().unwrap_or_else(|| site.place(head.uri.path()));
        let prepared = match place {
            Place::Page(page) => return ResponseFuture::Page { reply: site.page(page, head) },
            Place::Upstream { destination, rest, .. } => {
                site.direct(&mut head, &destination, rest).map(|()| destination)
            }
            Place::Nowhere => return ResponseFuture::Refused { reply: Some(site.nowhere()) },
        };
        match prepared {
            Ok(destination) => {
                let body = match destination.upload_pause {
                    Some(pause) => boxed(StallTimeout::new(body, pause)),
                    None => boxed(body),
                };
                let request = Request::from_parts(head, body);
                ResponseFuture::Upstream { reply: destination.service.clone().oneshot(request) }
            }
            Err(refusal) => ResponseFuture::Refused { reply: Some(*refusal) },
        }
    }
}

type PageFuture = Pin<Box<dyn Future<Output = Response<Body>> + Send>>;

pin_project! {
    /// The reply of whoever answers.
    #[project = Projected]
    pub(crate) enum ResponseFuture {
        Upstream { #[pin] reply: Oneshot<UpstreamService, Request<Body>> },
        Page { reply: PageFuture },
        Refused { reply: Option<Response<Body>> },
    }
}

impl Future for ResponseFuture {
    type Output = Result<Response<Body>, Infallible>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            Projected::Upstream { reply } => reply.poll(cx),
            Projected::Page { reply } => reply.as_mut().poll(cx).map(Ok),
            Projected::Refused { reply } => match reply.take() {
                Some(reply) => Poll::Ready(Ok(reply)),
                None => Poll::Pending,
            },
        }
    }
}

impl Site {
    /// Where a path leads. The operator's pages win.
    pub(crate) fn place(&self, path: &str) -> Place {
        match Page::of(path).filter(|_| self.admin.is_some()) {
            Some(page) => Place::Page(page),
            None => self.routes.find(path),
        }
    }

    fn page(&self, page: Page, head: Parts) -> PageFuture {
        let admin = self.admin.clone();
        Box::pin(async move {
            match admin {
                Some(admin) => admin.answer(page, head).await,
                None => reply::error(StatusCode::NOT_FOUND, "not_found", "this listener has no such page"),
            }
        })
    }

    fn nowhere(&self) -> Response<Body> {
        let prefixes = self.routes.prefixes().join(", ");
        let message = format!("no upstream serves this path; prefixes are: {prefixes}");
        reply::error(StatusCode::NOT_FOUND, "not_found", &message)
    }

    /// Makes the head ready for its upstream.
    fn direct(
        &self,
        head: &mut Parts,
        destination: &Destination,
        rest: usize,
    ) -> Result<(), Box<Response<Body>>> {
        if head.method == Method::CONNECT {
            let message = "this is no forward proxy; use it as the base URL of an SDK";
            return Err(reply::error(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message).into());
        }
        self.identify(head, destination);
        // The layers around this have offered the slot to a request that asks for a WebSocket.
        let asks_for_websocket = head.extensions.get::<SessionSlot>().is_some();
        prepare_request(head);
        if asks_for_websocket && head.extensions.get::<OnUpgrade>().is_some() {
            say_websocket(&mut head.headers);
        }
        let rest = head.uri.path().get(rest..).unwrap_or_default();
        head.uri = destination.uri(rest, head.uri.query()).map_err(|_| {
            let message = "the path cannot be part of the upstream's URL";
            Box::new(reply::error(StatusCode::BAD_REQUEST, "invalid_path", message))
        })?;
        head.extensions.insert(destination.upstream.clone());
        Ok(())
    }

    /// Names the caller, and sees to the credential the upstream gets.
    fn identify(&self, head: &mut Parts, destination: &Destination) {
        let peer = head.extensions.get::<ClientAddress>().copied();
        let (caller, standing) = self.clients.identify(head);
        let caller = self.trusted_peers.complete(caller, &mut head.headers, peer);
        head.extensions.insert(caller);
        let refused = self.require_client && standing != Standing::Known;
        if refused {
            head.extensions.insert(Refusal::UnknownClient);
            return;
        }
        // A signature names nobody who could be looked up, and does not hold for the upstream.
        let standing = match standing {
            Standing::Unknown if destination.signs && is_signature(&head.headers) => Standing::Anonymous,
            standing => standing,
        };
        let lent = match standing {
            Standing::Known => true,
            Standing::Anonymous => self.keys_for_anonymous,
            Standing::Unknown => false,
        };
        if destination.signs && lent {
            head.extensions.insert(Sign);
        }
        if let Some((kind, key)) = destination.key.as_ref().filter(|_| lent) {
            identity::insert(&mut head.headers, *kind, key);
        }
    }
}
