//! Ten thousand clients that leave at random points while a scraper comes by: every call is recorded once, and nothing
//! stays behind.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::{HashMap, VecDeque};
use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, Version};
use http_body::{Body, Frame};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Sleep, sleep, timeout};
use tower_genai_tests::client::{Connection, post, with};
use tower_genai_tests::exposition::Exposition;
use tower_genai_tests::proxy::{Config, Proxy};
use tower_genai_tests::replay::Script;

const CHAT: &str = "/v1/chat/completions";
const REQUEST: &str =
    r#"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#;
const CLIENTS: usize = 10_000;
// Each takes four sockets of this process.
const AT_ONCE: usize = 200;
const EVENTS: u32 = 6;
const SCRAPES_EVERY: Duration = Duration::from_millis(100);

/// Where a client leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Leaves {
    /// When the upstream has its request, and before it answers.
    BeforeTheHead,
    /// When it has at least so many bytes.
    Within(usize),
    /// When everything has come.
    Never,
}

impl Leaves {
    fn at_random(whole: usize) -> Self {
        match fastrand::u8(0..10) {
            0 => Self::BeforeTheHead,
            1 => Self::Never,
            _ => Self::Within(fastrand::usize(0..whole)),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_equal_the_clients_own_count() {
    let upstream = Upstream::start().await;
    let proxy = Proxy::start(&Config::new().upstream("storm", &upstream.url(), "")).await;
    let scraper = Scraper::start(proxy.address());

    let whole = Script::Stream(EVENTS, Duration::ZERO).body(CHAT).len();
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (address, next, work) = (proxy.address(), next.clone(), upstream.work.clone());
        workers.spawn(async move {
            let mut calls = Vec::new();
            loop {
                let number = next.fetch_add(1, Relaxed);
                if number >= CLIENTS {
                    return calls;
                }
                let leaves = Leaves::at_random(whole);
                client(address, number, leaves, &work).await;
                calls.push((number, leaves));
            }
        });
    }
    let calls: HashMap<_, _> = workers.join_all().await.into_iter().flatten().collect();
    assert_eq!(calls.len(), CLIENTS);
    let scrapes = scraper.finish().await;
    assert!(scrapes > 10, "the scraper came by {scrapes} times");

    let metrics = proxy.settled().await;
    let all = i64::try_from(CLIENTS).unwrap();
    assert_eq!(metrics.count("tower_genai_calls_recorded_total", &[]), all, "{}", metrics.text);
    assert_eq!(metrics.count("tower_genai_calls_opened_total", &[]), all, "{}", metrics.text);
    assert_eq!(metrics.count("gen_ai_client_calls_total", &[]), all, "{}", metrics.text);
    upstream.at_rest().await;
    for gauge in ["http_server_active_requests", "http_client_active_requests"] {
        assert_eq!(metrics.count(gauge, &[("http_request_method", "POST")]), 0, "{}", metrics.text);
    }

    let lines = proxy.finish().await;
    assert_eq!(lines.len(), CLIENTS);
    let lines: HashMap<usize, _> =
        lines.iter().map(|line| (line.text("echo").unwrap().parse().unwrap(), line)).collect();
    assert_eq!(lines.len(), CLIENTS, "each client has a line of its own");
    let mut dropped = 0;
    for (number, leaves) in calls {
        let line = lines[&number];
        let outcome = line.text("outcome").unwrap();
        dropped += i64::from(outcome == "dropped");
        match leaves {
            Leaves::BeforeTheHead => assert_eq!(outcome, "dropped", "{line:?}"),
            Leaves::Never => assert_eq!(outcome, "complete", "{line:?}"),
            // What the client has not taken may have been on its way.
            Leaves::Within(bytes) => {
                assert!(["dropped", "complete"].contains(&outcome), "{line:?}");
                assert!(line.number("response_bytes").unwrap() >= bytes as u64, "{bytes} bytes: {line:?}");
            }
        }
    }
    assert_eq!(metrics.count("tower_genai_calls_recorded_total", &[("outcome", "dropped")]), dropped);
    assert!(dropped > all / 4, "of {CLIENTS} only {dropped} are dropped");
}

async fn client(address: SocketAddr, number: usize, leaves: Leaves, work: &Work) {
    let version = if number.is_multiple_of(2) { Version::HTTP_11 } else { Version::HTTP_2 };
    let mut connection = Connection::open(address, version).await.unwrap();
    let silent = if leaves == Leaves::BeforeTheHead { "yes" } else { "no" };
    let headers = [("x-replay-id", &*number.to_string()), ("x-silent", silent)];
    let reply = connection.send(with(post(&format!("/storm{CHAT}"), REQUEST), &headers));
    let talk = async {
        let bytes = match leaves {
            Leaves::BeforeTheHead => {
                tokio::select! {
                    reply = reply => panic!("nothing can come: {reply:?}"),
                    () = work.arrived[number].notified() => return,
                }
            }
            Leaves::Within(bytes) => bytes,
            Leaves::Never => usize::MAX,
        };
        let (mut body, mut got) = (reply.await.unwrap().into_body(), 0);
        while got < bytes {
            let Some(frame) = body.frame().await else {
                return assert_eq!(leaves, Leaves::Never, "it ends after {got} bytes");
            };
            got += frame.unwrap().data_ref().unwrap().len();
        }
    };
    timeout(Duration::from_secs(60), talk)
        .await
        .unwrap_or_else(|_| panic!("client {number} hangs: {leaves:?}"));
}

/// Scrapes until it is told to stop.
struct Scraper {
    over: Arc<AtomicBool>,
    running: JoinHandle<usize>,
}

impl Scraper {
    fn start(address: SocketAddr) -> Self {
        let over = Arc::<AtomicBool>::default();
        let stop = over.clone();
        let running = tokio::spawn(async move {
            let mut scrapes = 0;
            while !stop.load(Relaxed) {
                let metrics = Exposition::scrape(address).await;
                let recorded = metrics.count("tower_genai_calls_recorded_total", &[]);
                let opened = metrics.count("tower_genai_calls_opened_total", &[]);
                assert!(recorded <= opened, "{}", metrics.text);
                scrapes += 1;
                sleep(SCRAPES_EVERY).await;
            }
            scrapes
        });
        Self { over, running }
    }

    /// How often it came by.
    async fn finish(self) -> usize {
        self.over.store(true, Relaxed);
        self.running.await.unwrap()
    }
}

/// A provider that takes its time, and knows how many requests it is at work on.
struct Upstream {
    address: SocketAddr,
    work: Arc<Work>,
    accepting: JoinHandle<()>,
}

struct Work {
    in_flight: AtomicUsize,
    /// By the number of the client.
    arrived: Vec<Notify>,
    events: Vec<Bytes>,
}

impl Upstream {
    async fn start() -> Self {
        let body = Script::Stream(EVENTS, Duration::ZERO).body(CHAT);
        let body = String::from_utf8(body).unwrap();
        let events = body.split_inclusive("\n\n").map(|event| Bytes::from(event.to_owned())).collect();
        let arrived = (0..CLIENTS).map(|_| Notify::new()).collect();
        let work = Arc::new(Work { in_flight: AtomicUsize::new(0), arrived, events });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let accepting = tokio::spawn(accept(listener, work.clone()));
        Self { address, work, accepting }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits until it is at work on nothing: that a connection was closed is noticed a little later.
    async fn at_rest(&self) {
        for _ in 0..1000 {
            if self.work.in_flight.load(Relaxed) == 0 {
                return;
            }
            sleep(Duration::from_millis(10)).await;
        }
        panic!(
            "the upstream is at work on {} requests that nobody waits for",
            self.work.in_flight.load(Relaxed)
        );
    }
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, work: Arc<Work>) {
    let mut connections = JoinSet::new();
    loop {
        while connections.try_join_next().is_some() {}
        let (stream, _) = listener.accept().await.unwrap();
        stream.set_nodelay(true).unwrap();
        let work = work.clone();
        connections.spawn(async move {
            let service = service_fn(move |request| answer(request, InFlight::begin(work.clone())));
            let builder = auto::Builder::new(TokioExecutor::new());
            // One that leaves is what this is about.
            let _ = builder.serve_connection(TokioIo::new(stream), service).await;
        });
    }
}

async fn answer(request: Request<Incoming>, in_flight: InFlight) -> Result<Response<Events>, Infallible> {
    let (head, body) = request.into_parts();
    let _ = body.collect().await;
    let number: usize = head.headers["x-replay-id"].to_str().unwrap().parse().unwrap();
    in_flight.0.arrived[number].notify_one();
    if head.headers["x-silent"] == "yes" {
        std::future::pending::<()>().await;
    }
    let left = in_flight.0.events.clone().into();
    let reply = Response::builder().header("content-type", "text/event-stream");
    Ok(reply.body(Events { left, pause: pause(), _in_flight: in_flight }).unwrap())
}

/// One request that the upstream is at work on.
struct InFlight(Arc<Work>);

impl InFlight {
    fn begin(work: Arc<Work>) -> Self {
        work.in_flight.fetch_add(1, Relaxed);
        Self(work)
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Relaxed);
    }
}

/// Events with pauses of random length between them.
struct Events {
    left: VecDeque<Bytes>,
    pause: Pin<Box<Sleep>>,
    _in_flight: InFlight,
}

fn pause() -> Pin<Box<Sleep>> {
    Box::pin(sleep(Duration::from_millis(fastrand::u64(0..20))))
}

impl Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        std::task::ready!(self.pause.as_mut().poll(cx));
        self.pause = pause();
        Poll::Ready(self.left.pop_front().map(|event| Ok(Frame::data(event))))
    }
}
