use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::task::{JoinHandle, JoinSet};

use super::answer::answer;
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
    received: Arc<Mutex<Vec<Received>>>,
    accepting: JoinHandle<()>,
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
        let received = Arc::<Mutex<Vec<Received>>>::default();
        let accepting = tokio::spawn(accept(listener, Arc::new(settings), received.clone()));
        Ok(Self { address, received, accepting })
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
        self.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
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
async fn accept(listener: TcpListener, settings: Arc<Settings>, received: Arc<Mutex<Vec<Received>>>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let (settings, received) = (settings.clone(), received.clone());
        connections.spawn(async move {
            let service = service_fn(move |request: hyper::Request<Incoming>| {
                let (settings, received) = (settings.clone(), received.clone());
                async move {
                    let (head, body) = request.into_parts();
                    let request = Received::read(&head, body).await;
                    received.lock().unwrap_or_else(PoisonError::into_inner).push(request.clone());
                    answer(&settings, &request).await
                }
            });
            // A client that leaves, or a scripted break: both end only this connection.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
