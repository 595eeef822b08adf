use std::convert::Infallible;
use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{HeaderValue, PROXY_AUTHORIZATION, UPGRADE};
use http::request::Parts;
use http::uri::{PathAndQuery, Scheme};
use http::{Request, Response, StatusCode, Uri};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::upgrade::OnUpgrade;
use hyper_util::client::legacy::{self, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::time::{Instant, timeout_at};
use tower_genai_core::SessionSlot;
use tower_service::Service;

use super::aws::{self, Sign, Signer};
use super::connector::{ConnectionUse, Connector};
use super::detour::Detours;
use super::fault::Failure;
use super::headers::{prepare_response, say_websocket};
use super::idle::IdleTimeout;
use super::tls::Roots;
use super::upload::Source;
use crate::blame::Blame;
use crate::body::{Body, BoxError, boxed, full};
use crate::config::Remote;
use crate::session::{Sessions, Tunnel};

/// Idle connections are given up before most servers do, so that few requests meet a connection that is just closing.
const POOL_IDLE: Duration = Duration::from_secs(30);

/// A pooled connection that closes this soon after a request was put on it, without a byte of reply, was closing before
/// the request arrived.
const STALE: Duration = Duration::from_secs(1);

/// There may be several connections in the pool that are closing.
const MOST_ATTEMPTS: u32 = 8;

/// Sends requests to one upstream. What cannot be sent is answered with an error of ours, so the service never fails.
///
/// A request that meets a pooled connection which is just closing is sent again on another connection, whatever its
/// method: the upstream had hung up before it could see the request. A request is never sent again after a byte of a
/// reply, on a connection that was made for it, or after a second.
#[derive(Clone, Debug)]
pub(crate) struct RemoteService(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    name: Arc<str>,
    client: Client<Connector, Body>,
    /// For requests that ask for a WebSocket: each takes its connection with it.
    upgrading: Client<Connector, Body>,
    sessions: Sessions,
    response_head: Duration,
    idle: Duration,
    proxy_authorization: Option<HeaderValue>,
    signer: Option<Signer>,
}

impl RemoteService {
    /// A service for an upstream.
    ///
    /// # Errors
    ///
    /// When an additional certificate authority cannot be used.
    pub(crate) fn new(
        name: Arc<str>,
        remote: &Remote,
        roots: &Roots,
        detours: &Detours,
        signer: Option<Signer>,
        sessions: Sessions,
    ) -> Result<Self, rustls::Error> {
        let destination = Uri::builder()
            .scheme(remote.scheme.clone())
            .authority(remote.authority.clone())
            .path_and_query(PathAndQuery::from_static("/"))
            .build()
            .unwrap_or_default();
        let detour = detours.of(&destination);
        let to_https = remote.scheme == Scheme::HTTPS;
        // Through a tunnel the credential belongs to the tunnel, otherwise to every request.
        let proxy_authorization =
            detour.as_ref().filter(|_| !to_https).and_then(|detour| detour.authorization.clone());
        let tls = roots.client_config(&remote.ca)?;
        let upgrading = Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(0)
            .build(Connector::http1(&tls, detour.clone(), to_https, remote.timeouts.connect));
        let connector = Connector::new(&tls, detour, to_https, remote.timeouts.connect);
        let client = Client::builder(TokioExecutor::new())
            .timer(TokioTimer::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(POOL_IDLE)
            .http2_adaptive_window(true)
            .http2_keep_alive_interval(Duration::from_secs(30))
            .build(connector);
        Ok(Self(Arc::new(Inner {
            name,
            client,
            upgrading,
            sessions,
            response_head: remote.timeouts.response_head,
            idle: remote.timeouts.idle,
            proxy_authorization,
            signer,
        })))
    }
}

/// What a request leaves that asks for a WebSocket.
struct Asked {
    client: OnUpgrade,
    slot: Option<SessionSlot>,
}

impl Asked {
    fn of<B>(request: &Request<B>) -> Option<Self> {
        let client =
            request.extensions().get::<OnUpgrade>().filter(|_| request.headers().contains_key(UPGRADE))?;
        Some(Self { client: client.clone(), slot: request.extensions().get().cloned() })
    }
}

impl<B> Service<Request<B>> for RemoteService
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response<Body>, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let inner = Arc::clone(&self.0);
        Box::pin(async move {
            let blame = Blame::of(request.extensions());
            let reply = inner.send(request, &blame).await;
            Ok(reply.unwrap_or_else(|failure| failure.report(&inner.name, &blame)))
        })
    }
}

impl Inner {
    async fn send<B>(&self, mut request: Request<B>, blame: &Blame) -> Result<Response<Body>, Failure>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let signer = self.signer.as_ref().filter(|_| request.extensions().get::<Sign>().is_some());
        let asked = Asked::of(&request);
        // What is in there is ours, or tells hyper about the connection in front.
        request.extensions_mut().clear();
        if let Some(authorization) = &self.proxy_authorization {
            request.headers_mut().insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        if let Some(signer) = signer {
            let (mut head, body) = request.into_parts();
            let body = aws::collect(body, self.response_head).await?;
            signer.sign(&mut head, &body).await.map_err(|error| Failure::unsigned(&error, &self.name))?;
            return self.forward(Request::from_parts(head, Full::new(body)), asked, blame).await;
        }
        self.forward(request, asked, blame).await
    }

    async fn forward<B>(
        &self,
        request: Request<B>,
        asked: Option<Asked>,
        blame: &Blame,
    ) -> Result<Response<Body>, Failure>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let (head, body) = request.into_parts();
        let source = Source::new(body);
        let client = if asked.is_some() { &self.upgrading } else { &self.client };
        let mut reply = self.attempt(client, &head, &source).await?;
        source.settle();
        let granted = asked.filter(|_| reply.status() == StatusCode::SWITCHING_PROTOCOLS);
        let upstream = granted.is_some().then(|| hyper::upgrade::on(&mut reply));
        let (mut head, body) = reply.into_parts();
        prepare_response(&mut head);
        if let (Some(Asked { client, slot }), Some(upstream)) = (granted, upstream) {
            let (idle, name, sessions) = (self.idle, Arc::clone(&self.name), self.sessions.clone());
            self.sessions.begin(Tunnel { client, upstream, slot, idle, name, sessions }.run());
            say_websocket(&mut head.headers);
            return Ok(Response::from_parts(head, full("")));
        }
        Ok(Response::from_parts(
            head,
            boxed(IdleTimeout::new(body, self.idle, Arc::clone(&self.name), blame.clone())),
        ))
    }

    /// Sends the request, again when it met a connection that was just closing.
    async fn attempt<B>(
        &self,
        client: &Client<Connector, Body>,
        head: &Parts,
        source: &Source<B>,
    ) -> Result<Response<Incoming>, Failure>
    where
        B: http_body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        let mut last = None;
        for _ in 0..MOST_ATTEMPTS {
            let Some(upload) = source.attempt() else { break };
            let sent = Instant::now();
            let request = Request::from_parts(head.clone(), boxed(upload));
            let error = match self.head_in_time(client, request, source).await? {
                Ok(reply) => {
                    if let Some(used) = ConnectionUse::of(reply.extensions()) {
                        used.served();
                    }
                    return Ok(reply);
                }
                Err(error) => error,
            };
            let progress = source.progress();
            if progress.stalled {
                return Err(Failure::stalled(self.response_head));
            }
            if progress.broken {
                return Err(Failure::broken_upload());
            }
            let stale = ConnectionUse::of_error(&error).is_some_and(|used| used.before())
                && !error.is_connect()
                && sent.elapsed() < STALE;
            let failure = Failure::of(&error);
            if !stale {
                return Err(failure);
            }
            tracing::debug!(upstream = &*self.name, "a pooled connection was closing; trying another");
            last = Some(failure);
        }
        Err(last.unwrap_or_else(Failure::broken_upload))
    }

    /// Waits for the head, for as long as the upload goes on and then for the time the upstream has.
    async fn head_in_time<B>(
        &self,
        client: &Client<Connector, Body>,
        request: Request<Body>,
        source: &Source<B>,
    ) -> Result<Result<Response<Incoming>, legacy::Error>, Failure> {
        let mut reply = pin!(client.request(request));
        let stale = Instant::now() + STALE;
        if let Ok(reply) =
            timeout_at(stale.min(source.progress().moved + self.response_head), &mut reply).await
        {
            return Ok(reply);
        }
        source.settle();
        loop {
            if let Ok(reply) = timeout_at(source.progress().moved + self.response_head, &mut reply).await {
                return Ok(reply);
            }
            let progress = source.progress();
            if progress.moved + self.response_head > Instant::now() {
                continue;
            }
            return Err(if progress.waits_for_client {
                Failure::stalled(self.response_head)
            } else {
                Failure::silent(self.response_head)
            });
        }
    }
}
