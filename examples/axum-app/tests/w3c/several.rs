use std::collections::HashSet;
use std::process::{Child, Command};
use std::time::Duration;

use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use crate::harness::{Harness, Sent};
use crate::{SAMPLED, TRACE};

fn three(harness: &Harness) -> Value {
    (0..3).map(|call| json!({"url": harness.url(&call.to_string()), "arguments": []})).collect()
}

fn parents(sent: &[Sent]) -> usize {
    sent.iter().map(|sent| &sent.parent_id).collect::<HashSet<_>>().len()
}

#[tokio::test]
async fn multiple_requests_with_valid_traceparent() {
    let harness = Harness::new().await;
    let sent = harness.ask(&[("traceparent", SAMPLED)], &three(&harness)).await;
    for sent in &sent {
        sent.continues();
    }
    assert_eq!(parents(&sent), 3);
}

#[tokio::test]
async fn multiple_requests_without_traceparent() {
    let harness = Harness::new().await;
    let sent = harness.ask(&[], &three(&harness)).await;
    assert_eq!(parents(&sent), 3);
    assert!(sent.iter().all(|other| other.trace_id == sent[0].trace_id), "one request, one trace");
}

#[tokio::test]
async fn multiple_requests_with_illegal_traceparent() {
    let harness = Harness::new().await;
    let illegal = "00-00000000000000000000000000000000-1234567890123456-01";
    let sent = harness.ask(&[("traceparent", illegal)], &three(&harness)).await;
    sent.iter().for_each(Sent::restarts);
    assert_eq!(parents(&sent), 3);
}

/// Through the application twice: it posts to itself, and then to the harness.
#[tokio::test]
async fn a_trace_goes_on_through_two_hops() {
    let program = Program::start().await;
    let harness = Harness::of(program.address).await;
    let last = json!([{"url": harness.url("last"), "arguments": {"any": "json"}}]);
    let calls = json!([
        {"url": format!("http://{}/test", program.address), "arguments": last},
        {"url": harness.url("first"), "arguments": []},
    ]);
    let sent = harness.ask(&[("traceparent", SAMPLED), ("tracestate", "foo=1")], &calls).await;
    assert_eq!(sent.iter().map(|sent| sent.path.as_str()).collect::<Vec<_>>(), ["last", "first"]);
    for sent in &sent {
        assert_eq!((sent.continues().trace_id.as_str(), sent.state()), (TRACE, Some("foo=1")));
    }
    assert_eq!(parents(&sent), 2);
}

/// The program with `--w3c-echo`, as the suite needs it.
struct Program {
    child: Child,
    address: std::net::SocketAddr,
}

impl Program {
    async fn start() -> Self {
        // A port that was free a moment ago.
        let address = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        let child = Command::new(env!("CARGO_BIN_EXE_axum-app"))
            .args(["--w3c-echo", "--listen", &address.to_string()])
            .spawn()
            .unwrap();
        let program = Self { child, address };
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        program
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}
