//! A proxy, upstreams and clients on real sockets.

use std::collections::HashMap;
use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use genai_proxy::config::{self, Config};
use genai_proxy::{Command, Proxy, Reread};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use sha2::{Digest, Sha256};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// A proxy that runs in this process.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) admin: SocketAddr,
    pub(crate) commands: mpsc::Sender<Command>,
    pub(crate) ended: JoinHandle<()>,
}

impl Running {
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

/// Starts a proxy on free ports. The text is the rest of a configuration.
pub(crate) async fn proxy(text: &str) -> Running {
    start(configuration(text), &[], None).await
}

pub(crate) async fn proxy_with(text: &str, env: &[(&str, &str)], reread: Option<Reread>) -> Running {
    start(configuration_with(text, env), env, reread).await
}

pub(crate) fn configuration(text: &str) -> Config {
    configuration_with(text, &[])
}

pub(crate) fn configuration_with(text: &str, env: &[(&str, &str)]) -> Config {
    let text = format!("listen = \"127.0.0.1:0\"\ndrain_delay = \"0s\"\n{text}");
    config::parse("test.toml", &text, Path::new("/"), &variables(env))
        .unwrap_or_else(|error| panic!("{error}"))
}

pub(crate) fn variables<'a>(env: &[(&'a str, &'a str)]) -> HashMap<&'a str, &'a str> {
    env.iter().copied().collect()
}

pub(crate) async fn start(config: Config, env: &[(&str, &str)], reread: Option<Reread>) -> Running {
    let proxy = Proxy::bind(config, &variables(env)).await.unwrap();
    let (address, admin) = (proxy.address(), proxy.admin_address());
    let (commands, receiver) = mpsc::channel(4);
    Running { address, admin, commands, ended: tokio::spawn(proxy.run(receiver, reread)) }
}

/// The table of one upstream that catches everything.
pub(crate) fn upstream(address: SocketAddr) -> String {
    format!("[[upstream]]\nname = \"up\"\nprefix = \"/\"\nbase_url = \"http://{address}\"\n")
}

/// An upstream that answers with a function.
pub(crate) async fn serve<F, R, B>(answer: F) -> SocketAddr
where
    F: Fn(Request<Incoming>) -> R + Clone + Send + Sync + 'static,
    R: Future<Output = Response<B>> + Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let answer = answer.clone();
            tokio::spawn(async move {
                let service = service_fn(move |request| {
                    let answer = answer.clone();
                    async move { Ok::<_, Infallible>(answer(request).await) }
                });
                let _ =
                    Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    address
}

/// An upstream that handles each connection by hand; the number counts connections from 0.
pub(crate) async fn raw<F, R>(handle: F) -> SocketAddr
where
    F: Fn(usize, TcpStream) -> R + Send + 'static,
    R: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        for number in 0.. {
            let (stream, _) = listener.accept().await.unwrap();
            tokio::spawn(handle(number, stream));
        }
    });
    address
}

/// An address nobody listens on.
pub(crate) async fn nobody() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap()
}

/// Reads the head of a message, and its body where it states a length.
pub(crate) async fn read_head(stream: &mut TcpStream) -> String {
    let mut message = Vec::new();
    while !is_whole(&message) {
        if stream.read_buf(&mut message).await.unwrap() == 0 {
            break;
        }
    }
    String::from_utf8(message).unwrap()
}

fn is_whole(message: &[u8]) -> bool {
    let Some(end) = message.windows(4).position(|window| window == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&message[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok());
    message.len() >= end + 4 + length.unwrap_or(0)
}

/// Sends bytes and reads until the other side closes.
pub(crate) async fn exchange(address: SocketAddr, bytes: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    // A reset is an end like any other here.
    let _ = stream.read_to_end(&mut answer).await;
    answer
}

pub(crate) fn client() -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).build_http()
}

pub(crate) fn h2_client() -> Client<HttpConnector, Full<Bytes>> {
    Client::builder(TokioExecutor::new()).http2_only(true).build_http()
}

/// A whole reply.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.to_vec()).unwrap()
    }
}

pub(crate) async fn send(request: Request<Full<Bytes>>) -> Reply {
    collect(client().request(request).await.unwrap()).await
}

pub(crate) async fn collect(response: Response<Incoming>) -> Reply {
    let (head, body) = response.into_parts();
    Reply { status: head.status, headers: head.headers, body: body.collect().await.unwrap().to_bytes() }
}

pub(crate) fn post(url: String, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request<Full<Bytes>> {
    let mut request = Request::post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Full::new(body.into())).unwrap()
}

pub(crate) fn get(url: String, headers: &[(&str, &str)]) -> Request<Full<Bytes>> {
    let mut request = post(url, headers, "");
    *request.method_mut() = http::Method::GET;
    request
}

/// The SHA-256 of a credential in hex.
pub(crate) fn hash(credential: &str) -> String {
    Sha256::digest(credential).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// Waits until something is true, for at most ten seconds.
pub(crate) async fn eventually(mut condition: impl FnMut() -> bool) {
    for _ in 0..1000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("it did not become true");
}
