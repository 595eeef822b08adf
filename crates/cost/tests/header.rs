//! The cost in a header or a trailer, over sockets.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking, in its helpers too")]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Future, Ready, poll_fn, ready};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body::{Body, Frame, SizeHint};
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use hyper_util::service::TowerToHyperService;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::{Layer, Service};
use tower_genai_core::{CallLayer, CallRecord, Observer, Outcome};
use tower_genai_cost::Pricing;
use tower_genai_cost::header::CostHeaderLayer;

const JSON: &str = r#"{"model": "gpt-4o-mini", "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}"#;
/// 1000 × $0.15 and 100 × $0.60, per million.
const COST: &str = "0.00021";
const EVENTS: [&str; 3] = [
    "data: {\"model\": \"gpt-4o-mini\", \"choices\": [{\"index\": 0, \"delta\": {\"content\": \"hi\"}}]}\n\n",
    "data: {\"model\": \"gpt-4o-mini\", \"choices\": [], \"usage\": {\"prompt_tokens\": 1000, \"completion_tokens\": 100}}\n\n",
    "data: [DONE]\n\n",
];

/// A scripted reply.
#[derive(Clone, Debug, Default)]
struct Reply {
    kind: &'static str,
    frames: VecDeque<Result<Bytes, &'static str>>,
    trailers: Option<HeaderMap>,
    /// Whether the body states its length.
    sized: bool,
}

impl Reply {
    fn new(kind: &'static str, frames: &[&'static str]) -> Self {
        let frames = frames.iter().map(|text| Ok(Bytes::from_static(text.as_bytes()))).collect();
        Self { kind, frames, ..Self::default() }
    }

    fn sized(self) -> Self {
        Self { sized: true, ..self }
    }

    fn left(&self) -> u64 {
        self.frames.iter().flatten().map(|frame| frame.len() as u64).sum()
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        let next = self.frames.pop_front().map(|frame| frame.map(Frame::data));
        Poll::Ready(next.or_else(|| Some(Ok(Frame::trailers(self.trailers.take()?)))))
    }

    fn is_end_stream(&self) -> bool {
        self.sized && self.frames.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        if self.sized { SizeHint::with_exact(self.left()) } else { SizeHint::new() }
    }
}

#[derive(Clone, Debug)]
struct Upstream(Reply);

impl<B> Service<Request<B>> for Upstream {
    type Response = Response<Reply>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Reply>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _: Request<B>) -> Self::Future {
        let reply = Response::builder().header("content-type", self.0.kind).body(self.0.clone());
        ready(Ok(reply.unwrap()))
    }
}

/// What was recorded.
#[derive(Clone, Default)]
struct Records(Arc<Mutex<Vec<CallRecord>>>);

impl Observer for Records {
    fn name(&self) -> &'static str {
        "records"
    }

    fn on_end(&self, record: &CallRecord) {
        self.0.lock().unwrap().push(record.clone());
    }
}

impl Records {
    /// What became of the one call there was.
    fn outcome(&self) -> Outcome {
        let records = self.0.lock().unwrap();
        assert_eq!(records.len(), 1);
        records[0].outcome()
    }
}

async fn serve(max_body: u64, reply: Reply) -> (SocketAddr, Records) {
    let records = Records::default();
    let calls = CallLayer::server().with(records.clone()).with(Pricing::embedded());
    let service = CostHeaderLayer::new().max_body(max_body).layer(calls.layer(Upstream(reply)));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let service = TowerToHyperService::new(service.clone());
            tokio::spawn(async move {
                let _ =
                    Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
            });
        }
    });
    (address, records)
}

/// Everything an HTTP/1.1 server sends.
async fn h1(address: SocketAddr, te: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let request = format!(
        "POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\nconnection: close\r\n{te}\r\n{{}}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut reply = Vec::new();
    // A cut reply is an answer too.
    let _ = stream.read_to_end(&mut reply).await;
    let reply = String::from_utf8(reply).unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

async fn h2(address: SocketAddr, te: bool) -> (HeaderMap, Bytes, Option<HeaderMap>) {
    let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
    let mut request = Request::post(format!("http://{address}/v1/chat/completions"));
    if te {
        request = request.header("te", "trailers");
    }
    let reply = client.request(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
    let (head, body) = reply.into_parts();
    let body = body.collect().await.unwrap();
    let trailers = body.trailers().cloned();
    (head.headers, body.to_bytes(), trailers)
}

const TE: &str = "te: trailers\r\nconnection: te\r\n";

fn chunked(frames: &[&str]) -> String {
    frames.iter().fold(String::new(), |body, frame| format!("{body}{:X}\r\n{frame}\r\n", frame.len()))
}

#[tokio::test]
async fn a_whole_reply_has_the_header_and_keeps_its_length() {
    let (first, second) = JSON.split_at(20);
    let reply = Reply::new("application/json", &[first, second]).sized();
    let (address, records) = serve(JSON.len() as u64, reply.clone()).await;
    let (head, body) = h1(address, TE).await;
    assert!(head.contains(&format!("\r\nx-genai-cost-usd: {COST}\r\n")), "{head}");
    assert!(head.contains(&format!("\r\ncontent-length: {}\r\n", JSON.len())), "{head}");
    assert_eq!(body, JSON);
    assert_eq!(records.outcome(), Outcome::Complete);

    let (address, _) = serve(JSON.len() as u64, reply).await;
    let (head, body, trailers) = h2(address, true).await;
    assert_eq!(head["x-genai-cost-usd"], COST);
    assert_eq!(head["content-length"], JSON.len().to_string());
    assert_eq!((&*body, trailers), (JSON.as_bytes(), None));
}

#[tokio::test]
async fn a_whole_reply_in_chunks_stays_in_the_same_chunks() {
    let (first, second) = JSON.split_at(20);
    let (address, records) = serve(1_000, Reply::new("application/json", &[first, second])).await;
    let (head, body) = h1(address, "").await;
    assert!(head.contains(&format!("\r\nx-genai-cost-usd: {COST}\r\n")), "{head}");
    assert!(head.contains("\r\ntransfer-encoding: chunked"), "{head}");
    assert_eq!(body, format!("{}0\r\n\r\n", chunked(&[first, second])));
    assert_eq!(records.outcome(), Outcome::Complete);
}

#[tokio::test]
async fn a_reply_that_turns_out_too_large_is_passed_on_without_a_header() {
    let (first, second) = JSON.split_at(60);
    for (te, trailer) in [("", ""), (TE, "x-genai-cost-usd: 0.00021\r\n")] {
        let (address, records) = serve(50, Reply::new("application/json", &[first, second])).await;
        let (head, body) = h1(address, te).await;
        assert!(!head.contains("\r\nx-genai-cost-usd"), "{head}");
        assert_eq!(body, format!("{}0\r\n{trailer}\r\n", chunked(&[first, second])));
        assert_eq!(records.outcome(), Outcome::Complete);
    }
}

#[tokio::test]
async fn a_stream_has_the_trailer_where_the_client_takes_trailers() {
    let events = Reply::new("text/event-stream", &EVENTS);
    for (te, trailer) in [("", ""), (TE, "x-genai-cost-usd: 0.00021\r\n")] {
        let (address, records) = serve(1_000_000, events.clone()).await;
        let (head, body) = h1(address, te).await;
        assert!(!head.contains("\r\nx-genai-cost-usd"), "{head}");
        assert_eq!(head.contains("\r\ntrailer: x-genai-cost-usd"), !te.is_empty(), "{head}");
        assert_eq!(body, format!("{}0\r\n{trailer}\r\n", chunked(&EVENTS)));
        assert_eq!(records.outcome(), Outcome::Complete);
    }
    for te in [false, true] {
        let (address, records) = serve(1_000_000, events.clone()).await;
        let (head, body, trailers) = h2(address, te).await;
        assert!(!head.contains_key("x-genai-cost-usd"));
        assert_eq!(body, EVENTS.concat());
        assert_eq!(
            trailers.map(|trailers| trailers["x-genai-cost-usd"].clone()),
            te.then(|| COST.parse().unwrap())
        );
        assert_eq!(records.outcome(), Outcome::Complete);
    }
}

#[tokio::test]
async fn trailers_of_the_upstream_stay() {
    let mut events = Reply::new("text/event-stream", &EVENTS);
    events.trailers = Some(HeaderMap::from_iter([("x-own".parse().unwrap(), "1".parse().unwrap())]));
    let (address, _) = serve(0, events).await;
    let (_, _, trailers) = h2(address, true).await;
    let trailers = trailers.unwrap();
    assert_eq!(
        (trailers.len(), &trailers["x-own"], &trailers["x-genai-cost-usd"]),
        (2, &"1".parse().unwrap(), &COST.parse().unwrap())
    );
}

#[tokio::test]
async fn an_unknown_cost_is_not_told() {
    let json = r#"{"model": "no-such-model", "usage": {"prompt_tokens": 1, "completion_tokens": 1}}"#;
    let (address, _) = serve(1_000, Reply::new("application/json", &[json]).sized()).await;
    let (head, body) = h1(address, "").await;
    assert!(!head.contains("x-genai-cost-usd"), "{head}");
    assert_eq!(body, json);

    let (address, _) = serve(0, Reply::new("text/event-stream", &EVENTS[..1])).await;
    let (_, body) = h1(address, TE).await;
    assert_eq!(body, format!("{}0\r\n\r\n", chunked(&EVENTS[..1])));
}

#[tokio::test]
async fn a_reply_that_breaks_while_it_is_held_breaks_for_the_client_too() {
    let mut reply = Reply::new("application/json", &[&JSON[..20]]);
    reply.frames.push_back(Err("cut"));
    let records = Records::default();
    let calls = CallLayer::server().with(records.clone()).with(Pricing::embedded());
    let mut service = CostHeaderLayer::new().max_body(1_000).layer(calls.layer(Upstream(reply)));
    let request = Request::post("/v1/chat/completions").body(Empty::<Bytes>::new()).unwrap();
    let reply = service.call(request).await.unwrap();
    assert!(!reply.headers().contains_key("x-genai-cost-usd"));
    assert_eq!(records.outcome(), Outcome::Failed);

    let mut body = pin!(reply.into_body());
    let mut frames = Vec::new();
    while let Some(frame) = poll_fn(|cx| body.as_mut().poll_frame(cx)).await {
        frames.push(frame.map(|frame| frame.into_data().unwrap()));
    }
    assert_eq!(frames, [Ok(Bytes::from_static(&JSON.as_bytes()[..20])), Err("cut")]);
}

/// A body that waits in its middle, forever.
#[derive(Debug)]
struct Waiting(Option<Bytes>);

impl Body for Waiting {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.take().map_or(Poll::Pending, |bytes| Poll::Ready(Some(Ok(Frame::data(bytes)))))
    }
}

#[tokio::test]
async fn a_client_that_leaves_while_a_reply_is_held_ends_the_call() {
    let records = Records::default();
    let calls = CallLayer::server().with(records.clone()).with(Pricing::embedded());
    let inner = tower::service_fn(async |_: Request<tower_genai_core::RequestBody<Empty<Bytes>>>| {
        let body = Waiting(Some(Bytes::from_static(b"{")));
        Ok::<_, Infallible>(
            Response::builder().header("content-type", "application/json").body(body).unwrap(),
        )
    });
    let mut service = CostHeaderLayer::new().max_body(100).layer(calls.layer(inner));
    let request = Request::post("/v1/chat/completions").body(Empty::<Bytes>::new()).unwrap();
    {
        let mut future = pin!(service.call(request));
        let polled = poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx).is_pending())).await;
        assert!(polled && records.0.lock().unwrap().is_empty(), "held back");
    }
    assert_eq!(records.outcome(), Outcome::Dropped);
}

#[tokio::test]
async fn a_stream_is_not_delayed() {
    let calls = CallLayer::server().with(Pricing::embedded());
    let inner = tower::service_fn(async |_: Request<tower_genai_core::RequestBody<Empty<Bytes>>>| {
        let body = Waiting(Some(Bytes::from_static(b"data: {}\n\n")));
        Ok::<_, Infallible>(
            Response::builder().header("content-type", "text/event-stream").body(body).unwrap(),
        )
    });
    let mut service = CostHeaderLayer::new().max_body(1 << 20).layer(calls.layer(inner));
    let request = Request::post("/v1/chat/completions").header("te", "trailers");
    let reply = service.call(request.body(Empty::<Bytes>::new()).unwrap()).await.unwrap();
    let mut body = pin!(reply.into_body());
    let frame = poll_fn(|cx| body.as_mut().poll_frame(cx)).await.unwrap().unwrap();
    assert_eq!(frame.into_data().unwrap(), "data: {}\n\n");
}
