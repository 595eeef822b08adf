//! A client that sees everything: one connection, no retries, bodies frame by frame.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, Request, Response, StatusCode, Uri, Version};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::net::TcpStream;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// The body of a request.
pub type RequestBody = BoxBody<Bytes, Infallible>;

// Longer than anything here takes; a test that hangs fails instead.
const PATIENCE: Duration = Duration::from_secs(300);

/// A body that is sent in one frame.
pub fn full(body: impl Into<Bytes>) -> RequestBody {
    Full::new(body.into()).boxed()
}

/// A `POST` of JSON.
pub fn post(path: &str, body: impl Into<Bytes>) -> Request<RequestBody> {
    Request::post(path).header("content-type", "application/json").body(full(body)).unwrap()
}

/// A `GET`.
pub fn get(path: &str) -> Request<RequestBody> {
    Request::get(path).body(full("")).unwrap()
}

/// Adds headers to a request.
#[must_use]
pub fn with<B>(mut request: Request<B>, headers: &[(&'static str, &str)]) -> Request<B> {
    for (name, value) in headers {
        request.headers_mut().append(*name, value.parse().unwrap());
    }
    request
}

/// One connection. Dropping it closes the socket at once, whatever is in flight.
#[derive(Debug)]
pub struct Connection {
    address: SocketAddr,
    sender: Sender,
    driver: JoinHandle<()>,
}

#[derive(Debug)]
enum Sender {
    Http1(http1::SendRequest<RequestBody>),
    Http2(http2::SendRequest<RequestBody>),
}

/// A reply, read to its end.
#[derive(Debug)]
pub struct Reply {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The bytes of the body that came.
    pub body: Bytes,
    /// The trailers, if there were any.
    pub trailers: Option<HeaderMap>,
    /// Whether the body came to its end; else the connection or the stream broke.
    pub whole: bool,
}

impl Reply {
    /// A header as text; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// The body as text, for messages.
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        String::from_utf8_lossy(&self.body)
    }

    /// The body as JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// Reads what is left of a reply.
    pub async fn read(response: Response<Incoming>) -> Self {
        let (head, mut body) = response.into_parts();
        let mut bytes = BytesMut::new();
        let mut reply = Self {
            status: head.status,
            headers: head.headers,
            body: Bytes::new(),
            trailers: None,
            whole: true,
        };
        // One timeout for many frames: those of one byte would pay more for theirs than for the frame.
        let mut over = false;
        while !over {
            let reading = async {
                for _ in 0..4096 {
                    match body.frame().await.map(|frame| frame.map(hyper::body::Frame::into_data)) {
                        None => return true,
                        Some(Err(_)) => {
                            reply.whole = false;
                            return true;
                        }
                        Some(Ok(Ok(data))) => bytes.extend_from_slice(&data),
                        Some(Ok(Err(frame))) => reply.trailers = frame.into_trailers().ok(),
                    }
                }
                false
            };
            over = timeout(PATIENCE, reading).await.unwrap_or_else(|_| {
                panic!("the body hangs after {} bytes of {:?}", bytes.len(), reply.headers)
            });
        }
        reply.body = bytes.freeze();
        reply
    }
}

impl Connection {
    /// Connects with the given version of HTTP; HTTP/2 without TLS and without an upgrade.
    ///
    /// # Errors
    ///
    /// Nobody listens there.
    pub async fn open(address: SocketAddr, version: Version) -> std::io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let io = TokioIo::new(stream);
        let (sender, driver) = if version == Version::HTTP_2 {
            let (sender, connection) =
                http2::handshake(TokioExecutor::new(), io).await.map_err(std::io::Error::other)?;
            (Sender::Http2(sender), tokio::spawn(async { drop(connection.await) }))
        } else {
            let (sender, connection) = http1::handshake(io).await.map_err(std::io::Error::other)?;
            (Sender::Http1(sender), tokio::spawn(async { drop(connection.await) }))
        };
        Ok(Self { address, sender, driver })
    }

    /// Connects with HTTP/1.1.
    pub async fn http1(address: SocketAddr) -> Self {
        Self::open(address, Version::HTTP_11).await.unwrap()
    }

    /// Connects with HTTP/2.
    pub async fn http2(address: SocketAddr) -> Self {
        Self::open(address, Version::HTTP_2).await.unwrap()
    }

    /// Whether the other side has closed it.
    pub fn is_closed(&self) -> bool {
        match &self.sender {
            Sender::Http1(sender) => sender.is_closed(),
            Sender::Http2(sender) => sender.is_closed(),
        }
    }

    /// Sends a request and waits for the head of the reply.
    ///
    /// # Errors
    ///
    /// The connection broke before the head.
    pub async fn send(&mut self, mut request: Request<RequestBody>) -> hyper::Result<Response<Incoming>> {
        let response = match &mut self.sender {
            Sender::Http1(sender) => {
                let host = self.address.to_string().parse().unwrap();
                request.headers_mut().entry("host").or_insert(host);
                timeout(PATIENCE, async {
                    sender.ready().await?;
                    sender.send_request(request).await
                })
                .await
            }
            Sender::Http2(sender) => {
                let mut uri = std::mem::take(request.uri_mut()).into_parts();
                uri.scheme = Some(http::uri::Scheme::HTTP);
                uri.authority = Some(self.address.to_string().parse().unwrap());
                *request.uri_mut() = Uri::from_parts(uri).unwrap();
                timeout(PATIENCE, async {
                    sender.ready().await?;
                    sender.send_request(request).await
                })
                .await
            }
        };
        response.expect("the head never comes")
    }

    /// Sends a request and reads the whole reply.
    ///
    /// # Panics
    ///
    /// The connection broke before the head.
    pub async fn fetch(&mut self, request: Request<RequestBody>) -> Reply {
        let path = request.uri().path().to_owned();
        match self.send(request).await {
            Ok(response) => Reply::read(response).await,
            Err(error) => panic!("{path}: {error:?}"),
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

/// Sends one request over an HTTP/1.1 connection of its own and reads the whole reply.
pub async fn fetch(address: SocketAddr, request: Request<RequestBody>) -> Reply {
    Connection::http1(address).await.fetch(request).await
}
