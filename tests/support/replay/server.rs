use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{Method, Version};
use http_body::{Body, Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::answer::answer;
use super::body::ReplyBody;
use super::mode::Mode;
use super::received::Received;
use crate::corpus::Corpus;

/// What a replay server answers with.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The recorded exchanges.
    pub corpus: Arc<Corpus>,
    /// How bodies are sent when the request does not say.
    pub mode: Mode,
    /// The host whose exchanges are chosen from when the request names neither exchange nor host.
    pub host: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self { corpus: Arc::default(), mode: Mode::Whole, host: None }
    }
}

/// A running replay server, for HTTP/1.1 and HTTP/2 without TLS. Dropping it closes all connections.
#[derive(Debug)]
pub struct Replay {
    address: SocketAddr,
    seen: Arc<Seen>,
    accepting: JoinHandle<()>,
}

#[derive(Debug, Default)]
struct Seen {
    received: Mutex<Vec<Received>>,
    connections: AtomicUsize,
    sent: AtomicUsize,
    cut: AtomicUsize,
}

struct Open(Arc<Seen>);

impl Open {
    fn new(seen: Arc<Seen>) -> Self {
        seen.connections.fetch_add(1, Relaxed);
        Self(seen)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Relaxed);
    }
}

impl Replay {
    /// Listens on a free port of the loopback interface.
    pub async fn start(settings: Settings) -> Self {
        Self::listen(SocketAddr::from(([127, 0, 0, 1], 0)), settings).await.unwrap()
    }

    /// A server without recorded exchanges, for scripted answers.
    pub async fn scripted() -> Self {
        Self::start(Settings::default()).await
    }

    /// Listens on an address.
    ///
    /// # Errors
    ///
    /// The address cannot be used.
    pub async fn listen(address: SocketAddr, settings: Settings) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let seen = Arc::<Seen>::default();
        let accepting = tokio::spawn(accept(listener, Arc::new(settings), seen.clone()));
        Ok(Self { address, seen, accepting })
    }

    /// Where it listens.
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address as a URL without a path.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far, in the order in which their bodies ended.
    pub fn received(&self) -> Vec<Received> {
        self.seen.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many connections are open.
    pub fn connections(&self) -> usize {
        self.seen.connections.load(Relaxed)
    }

    /// How many bodies were taken to their end.
    pub fn sent(&self) -> usize {
        self.seen.sent.load(Relaxed)
    }

    /// How many bodies nobody wanted to the end.
    pub fn cut(&self) -> usize {
        self.seen.cut.load(Relaxed)
    }

    /// Runs until it is stopped from outside.
    pub async fn forever(mut self) {
        let _ = (&mut self.accepting).await;
    }
}

impl Drop for Replay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

// The connections are in the set, and the set in this future: when it is aborted, all end.
async fn accept(listener: TcpListener, settings: Arc<Settings>, seen: Arc<Seen>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let (settings, open) = (settings.clone(), Open::new(seen.clone()));
        connections.spawn(async move {
            let seen = &open.0;
            let service = service_fn(move |request: hyper::Request<Incoming>| {
                let (settings, seen) = (settings.clone(), seen.clone());
                async move {
                    let (head, body) = request.into_parts();
                    let request = Received::read(&head, body).await;
                    seen.received.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
                    let mut response = answer(&settings, &request).await;
                    // Over HTTP/1.1 hyper leaves the body out itself.
                    if let Ok(response) = &mut response
                        && (&request.method, request.version) == (&Method::HEAD, Version::HTTP_2)
                    {
                        *response.body_mut() = ReplyBody::whole(Bytes::new());
                    }
                    response.map(|response| response.map(|body| Counted { body, seen }))
                }
            });
            let mut builder = auto::Builder::new(TokioExecutor::new());
            // Frames of one byte would need a system call for every few of them.
            builder.http1().writev(false);
            // A client that leaves, or a scripted break: both end only this connection.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

/// A body whose end is counted.
struct Counted {
    body: ReplyBody,
    seen: Arc<Seen>,
}

impl Body for Counted {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        let counter = if self.body.is_end_stream() { &self.seen.sent } else { &self.seen.cut };
        counter.fetch_add(1, Relaxed);
    }
}
