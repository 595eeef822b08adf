//! What stands in for the suite: it asks the application for requests, to the byte, and looks at those that come.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::{PARENT, TRACE};

type Received = Arc<Mutex<Vec<(String, HeaderMap)>>>;

pub(crate) struct Harness {
    service: SocketAddr,
    callback: SocketAddr,
    received: Received,
}

impl Harness {
    /// With the application on a port of its own.
    pub(crate) async fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let service = listener.local_addr().unwrap();
        tokio::spawn(async move { axum::serve(listener, axum_app::w3c_echo::app()).await });
        Self::of(service).await
    }

    /// With an application that is served already.
    pub(crate) async fn of(service: SocketAddr) -> Self {
        let received = Received::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let callback = listener.local_addr().unwrap();
        let receiver = Router::new().fallback(receive).with_state(received.clone());
        tokio::spawn(async move { axum::serve(listener, receiver).await });
        Self { service, callback, received }
    }

    /// Where the application is to post to.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.callback)
    }

    /// The context that goes out when these headers came in.
    pub(crate) async fn send(&self, headers: &[(&str, &str)]) -> Sent {
        let calls = json!([{"url": self.url("0"), "arguments": []}]);
        let mut sent = self.ask(headers, &calls).await;
        assert_eq!(sent.len(), 1);
        sent.remove(0)
    }

    /// The contexts of all requests that come of these.
    pub(crate) async fn ask(&self, headers: &[(&str, &str)], calls: &Value) -> Vec<Sent> {
        let body = calls.to_string();
        let mut head = format!(
            "POST /test HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n",
            self.service,
            body.len()
        );
        for (name, value) in headers {
            // No space is added: those that the value has are the case.
            head.extend([name, ":", value, "\r\n"]);
        }
        let mut stream = TcpStream::connect(self.service).await.unwrap();
        stream.write_all(format!("{head}\r\n{body}").as_bytes()).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        assert!(reply.starts_with("HTTP/1.1 200 "), "{reply}");
        self.received.lock().unwrap().drain(..).map(|(path, headers)| Sent::of(path, &headers)).collect()
    }
}

async fn receive(State(received): State<Received>, request: Request) {
    let path = request.uri().path().trim_start_matches('/').to_owned();
    received.lock().unwrap().push((path, request.headers().clone()));
}

/// The context of a request that came out of the application.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) path: String,
    pub(crate) trace_id: String,
    pub(crate) parent_id: String,
    pub(crate) flags: String,
    /// All headers, as they were.
    pub(crate) states: Vec<String>,
}

impl Sent {
    /// Whatever comes in, what goes out is one valid `traceparent` of version 00.
    fn of(path: String, headers: &HeaderMap) -> Self {
        let all = |name| {
            let values = headers.get_all(name).iter();
            values.map(|value| value.to_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let parents = all("traceparent");
        assert_eq!(parents.len(), 1, "{parents:?}");
        let fields: Vec<_> = parents[0].split('-').collect();
        let [version, trace_id, parent_id, flags] = fields[..] else { panic!("{parents:?}") };
        assert_eq!((version, trace_id.len(), parent_id.len(), flags.len()), ("00", 32, 16, 2), "{parents:?}");
        let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        assert!(hex(trace_id) && hex(parent_id) && hex(flags), "{parents:?}");
        assert!(trace_id.contains(|digit| digit != '0') && parent_id.contains(|digit| digit != '0'));
        Self {
            path,
            trace_id: trace_id.to_owned(),
            parent_id: parent_id.to_owned(),
            flags: flags.to_owned(),
            states: all("tracestate"),
        }
    }

    /// Our span in the trace that came in.
    #[track_caller]
    pub(crate) fn continues(&self) -> &Self {
        assert_eq!(self.trace_id, TRACE);
        assert_ne!(self.parent_id, PARENT);
        self
    }

    /// A trace of our own, without what came with the other.
    #[track_caller]
    pub(crate) fn restarts(&self) {
        assert!(!self.trace_id.contains(&TRACE[1..31]), "{self:?}");
        assert_eq!(self.states, Vec::<String>::new());
    }

    /// The one `tracestate`, or none.
    #[track_caller]
    pub(crate) fn state(&self) -> Option<&str> {
        assert!(self.states.len() <= 1, "{self:?}");
        self.states.first().map(String::as_str)
    }
}
