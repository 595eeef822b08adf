//! From an upstream's address to a connection: TCP, a tunnel where one is asked for, TLS, all within one timeout.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Extensions, Uri};
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder, MaybeHttpsStream};
use hyper_util::client::legacy;
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use hyper_util::rt::TokioIo;
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tower_service::Service;

use super::detour::Detour;
use crate::body::BoxError;

type Stream = MaybeHttpsStream<TokioIo<TcpStream>>;
type Connecting<T> = Pin<Box<dyn Future<Output = Result<T, BoxError>> + Send>>;

/// Connects to one upstream.
#[derive(Clone, Debug)]
pub(super) struct Connector {
    inner: HttpsConnector<FirstHop>,
    timeout: Duration,
}

impl Connector {
    pub(super) fn new(tls: &ClientConfig, detour: Option<Detour>, to_https: bool, timeout: Duration) -> Self {
        let hop = FirstHop::new(tls, detour, to_https);
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls.clone()).https_or_http();
        Self { inner: builder.enable_http1().enable_http2().wrap_connector(hop), timeout }
    }

    /// The same for HTTP/1.1 only, which alone can become a WebSocket.
    pub(super) fn http1(
        tls: &ClientConfig,
        detour: Option<Detour>,
        to_https: bool,
        timeout: Duration,
    ) -> Self {
        let hop = FirstHop::new(tls, detour, to_https);
        let builder = HttpsConnectorBuilder::new().with_tls_config(tls.clone()).https_or_http();
        Self { inner: builder.enable_http1().wrap_connector(hop), timeout }
    }
}

impl Service<Uri> for Connector {
    type Response = MaybeHttpsStream<Hopped>;
    type Error = BoxError;
    type Future = Connecting<Self::Response>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        let (connecting, timeout) = (self.inner.call(destination), self.timeout);
        Box::pin(async move {
            tokio::time::timeout(timeout, connecting).await.map_err(|_| ConnectTimeout { timeout })?
        })
    }
}

/// There was no connection in time.
#[derive(Clone, Copy, Debug)]
pub(super) struct ConnectTimeout {
    timeout: Duration,
}

impl fmt::Display for ConnectTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no connection within {:?}", self.timeout)
    }
}

impl std::error::Error for ConnectTimeout {}

/// What carries bytes to the destination, before TLS to the destination itself.
#[derive(Clone, Debug)]
enum FirstHop {
    Direct(HttpConnector),
    /// A forward proxy that is sent absolute URLs; what it forwards is not encrypted.
    Forward {
        proxy: Uri,
        inner: HttpsConnector<HttpConnector>,
    },
    /// A forward proxy that is asked for a tunnel.
    Tunnel(Tunnel<HttpsConnector<HttpConnector>>),
}

impl FirstHop {
    fn new(tls: &ClientConfig, detour: Option<Detour>, to_https: bool) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(Duration::from_secs(60)));
        let Some(Detour { proxy, authorization }) = detour else { return Self::Direct(tcp) };
        let inner = HttpsConnectorBuilder::new()
            .with_tls_config(tls.clone())
            .https_or_http()
            .enable_http1()
            .wrap_connector(tcp);
        if !to_https {
            return Self::Forward { proxy, inner };
        }
        let tunnel = Tunnel::new(proxy, inner);
        Self::Tunnel(match authorization {
            Some(authorization) => tunnel.with_auth(authorization),
            None => tunnel,
        })
    }
}

impl Service<Uri> for FirstHop {
    type Response = Hopped;
    type Error = BoxError;
    type Future = Connecting<Hopped>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        match self {
            Self::Direct(tcp) => tcp.poll_ready(cx).map_err(Into::into),
            Self::Forward { inner, .. } => inner.poll_ready(cx),
            Self::Tunnel(tunnel) => tunnel.poll_ready(cx).map_err(Into::into),
        }
    }

    fn call(&mut self, destination: Uri) -> Self::Future {
        match self {
            Self::Direct(tcp) => {
                let connecting = tcp.call(destination);
                Box::pin(async move { Ok(Hopped::direct(Stream::Http(connecting.await?))) })
            }
            Self::Forward { proxy, inner } => {
                let connecting = inner.call(proxy.clone());
                Box::pin(async move { Ok(Hopped { stream: connecting.await?, takes_absolute_urls: true }) })
            }
            Self::Tunnel(tunnel) => {
                let connecting = tunnel.call(destination);
                Box::pin(async move { Ok(Hopped::direct(connecting.await?)) })
            }
        }
    }
}

/// A connection to the destination or to the forward proxy before it.
#[derive(Debug)]
pub(super) struct Hopped {
    stream: Stream,
    takes_absolute_urls: bool,
}

impl Hopped {
    fn direct(stream: Stream) -> Self {
        Self { stream, takes_absolute_urls: false }
    }
}

/// Whether a connection has carried a reply before; it comes with every reply and every error.
#[derive(Clone, Debug, Default)]
pub(super) struct ConnectionUse(Arc<AtomicBool>);

impl ConnectionUse {
    pub(super) fn of(extensions: &Extensions) -> Option<&Self> {
        extensions.get()
    }

    pub(super) fn of_error(error: &legacy::Error) -> Option<Self> {
        let mut extensions = Extensions::new();
        error.connect_info()?.get_extras(&mut extensions);
        extensions.remove()
    }

    pub(super) fn served(&self) {
        self.0.store(true, Relaxed);
    }

    pub(super) fn before(&self) -> bool {
        self.0.load(Relaxed)
    }
}

impl Connection for Hopped {
    fn connected(&self) -> Connected {
        self.stream.connected().proxy(self.takes_absolute_urls).extra(ConnectionUse::default())
    }
}

impl Read for Hopped {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl Write for Hopped {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(cx, slices)
    }
}
