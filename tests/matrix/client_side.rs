//! The layers around a real client, which talks to a server that is told what to do.

use std::io;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Method, Request, Version};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as HyperClient;
use hyper_util::rt::TokioExecutor;
use tokio::time::timeout;
use tower::util::BoxCloneSyncService;
use tower::{ServiceExt, service_fn};
use tower_genai_tests::replay::{Replay, Script};

use crate::cases::{Answer, Case, Client};
use crate::instruments::{Body, Stack};
use crate::{CHAT, REQUEST};

pub(crate) fn service(answer: Answer, version: Version) -> Stack {
    if answer == Answer::Panics {
        let panics = |_: Request<Body>| async { panic!("as scripted") };
        return BoxCloneSyncService::new(service_fn(panics));
    }
    let mut builder = HyperClient::builder(TokioExecutor::new());
    builder.http2_only(version == Version::HTTP_2);
    let client = builder.build_http::<Body>().map_err(io::Error::other);
    BoxCloneSyncService::new(
        client.map_response(|response| response.map(|body| body.map_err(io::Error::other).boxed())),
    )
}

/// Does what the case says, as the one who uses the client; returns the bytes it got.
pub(crate) async fn drive(case: Case, stack: Stack, replay: &Replay) -> usize {
    let script = match case.service {
        Answer::Scripted(script) => script,
        Answer::Panics => Script::Json,
    };
    let (method, body) = match case.client {
        Client::SendsHead => (Method::HEAD, ""),
        Client::Stays | Client::Leaves => (Method::POST, REQUEST),
    };
    let request = Request::builder()
        .method(method)
        .uri(format!("{}{CHAT}", replay.url()))
        .header("x-replay-script", script.to_string())
        .body(Full::from(body).map_err(|never| match never {}).boxed())
        .unwrap();
    let reply = AssertUnwindSafe(stack.oneshot(request)).catch_unwind();
    if script == Script::Hang {
        // Long enough for the request to arrive.
        assert!(timeout(Duration::from_millis(200), reply).await.is_err(), "nothing can come");
        return 0;
    }
    let Ok(Ok(response)) = reply.await else { return 0 };
    let mut body = response.into_body();
    let leaves_at = if case.client == Client::Leaves { script.body(CHAT).len() } else { usize::MAX };
    let mut bytes = 0;
    while bytes < leaves_at {
        let frame = timeout(Duration::from_secs(20), body.frame()).await.expect("what was sent comes");
        let Some(Ok(frame)) = frame else { break };
        bytes += frame.data_ref().map_or(0, Bytes::len);
    }
    bytes
}
