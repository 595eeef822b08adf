//! The layers around a service that answers, behind a real server.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, Version};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::time::timeout;
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};
use tower_genai_tests::client::{Connection, Reply, full};
use tower_genai_tests::replay::Script;

use crate::cases::{Answer, Case, Client};
use crate::instruments::{Body, Stack};
use crate::{CHAT, REQUEST};

pub(crate) fn service(answer: Answer) -> Stack {
    BoxCloneSyncService::new(service_fn(move |request: Request<Body>| async move {
        let (head, body) = request.into_parts();
        body.collect().await?;
        match answer {
            Answer::Panics => panic!("as scripted"),
            Answer::Scripted(Script::Hang) => std::future::pending().await,
            // Over HTTP/1.1 hyper leaves the body out itself.
            Answer::Scripted(_) if head.method == Method::HEAD && head.version == Version::HTTP_2 => {
                Ok(Response::new(full("").map_err(|never| match never {}).boxed()))
            }
            Answer::Scripted(script) => script
                .answer(head.uri.path(), &head.headers)
                .map(|response| response.map(BodyExt::boxed))
                .ok_or_else(|| io::ErrorKind::ConnectionAborted.into()),
        }
    }))
}

/// Serves one connection.
pub(crate) async fn serve(stack: Stack) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let stack = stack
        .map_request(|request: Request<Incoming>| request.map(|body| body.map_err(io::Error::other).boxed()));
    tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let builder = auto::Builder::new(TokioExecutor::new());
        drop(builder.serve_connection(TokioIo::new(stream), TowerToHyperService::new(stack)).await);
    });
    address
}

/// Does what the case says, as a client; returns the bytes it got.
pub(crate) async fn drive(case: Case, address: SocketAddr, version: Version) -> usize {
    let mut connection = Connection::open(address, version).await.unwrap();
    let method = if case.client == Client::SendsHead { Method::HEAD } else { Method::POST };
    let body = if case.client == Client::SendsHead { "" } else { REQUEST };
    let request = Request::builder().method(method).uri(CHAT).body(full(body)).unwrap();
    if case.client != Client::Leaves {
        return match connection.send(request).await {
            Ok(response) => Reply::read(response).await.body.len(),
            Err(_) => 0,
        };
    }
    let Answer::Scripted(script) = case.service else { return 0 };
    let sent = script.body(CHAT).len();
    if sent == 0 {
        // Long enough for the request to arrive.
        let head = timeout(Duration::from_millis(200), connection.send(request)).await;
        assert!(head.is_err(), "nothing can come");
        return 0;
    }
    let mut body = connection.send(request).await.unwrap().into_body();
    let mut bytes = 0;
    while bytes < sent {
        let frame = timeout(Duration::from_secs(20), body.frame()).await.expect("what was sent comes");
        bytes += frame.unwrap().unwrap().data_ref().map_or(0, Bytes::len);
    }
    bytes
}
