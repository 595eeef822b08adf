//! Stopping and reloading.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use genai_proxy::Command;
use http::StatusCode;
use http_body_util::BodyExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::observed::Log;
use crate::support::{
    self, client, configuration, eventually, get, h2_client, post, raw, read_head, send, start, upstream,
};

const STREAMS: usize = 100;

/// Streams one event, and the rest when it is let go.
async fn streams(gate: Arc<Semaphore>) -> std::net::SocketAddr {
    raw(move |_, mut stream: TcpStream| {
        let gate = Arc::clone(&gate);
        async move {
            read_head(&mut stream).await;
            let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {\"id\":\"1\"}\n\n";
            stream.write_all(head).await.unwrap();
            let _permit = gate.acquire().await.unwrap();
            stream.write_all(b"data: [DONE]\n\n").await.unwrap();
        }
    })
    .await
}

#[tokio::test]
async fn streams_finish_and_everything_is_recorded() {
    let gate = Arc::new(Semaphore::new(0));
    let log = Log::new();
    let mut config = configuration(&format!(
        "[admin]\nlisten = \"127.0.0.1:0\"\n{}{}",
        log.table(),
        upstream(streams(Arc::clone(&gate)).await)
    ));
    config.drain_delay = Duration::from_millis(300);
    let running = start(config, &[], None).await;
    let mut replies = Vec::new();
    for n in 0..STREAMS {
        let request = post(running.url("/v1/chat/completions"), &[], r#"{"stream":true}"#);
        let client = if n % 2 == 0 { client() } else { h2_client() };
        let mut reply = client.request(request).await.unwrap();
        reply.frame().await.unwrap().unwrap();
        replies.push((client, reply));
    }
    running.commands.send(Command::Terminate).await.unwrap();

    // First readiness turns; new requests are still served.
    let ready = format!("http://{}/health/readiness", running.admin);
    while send(get(ready.clone(), &[])).await.status == StatusCode::OK {}
    let reply = send(get(ready.clone(), &[])).await;
    assert_eq!(
        (reply.status, reply.json()["status"].as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, Some("draining"))
    );
    TcpStream::connect(running.address).await.unwrap();

    // Then nobody is let in any more, but the pages are still there.
    let closed = Arc::new(AtomicBool::new(false));
    for _ in 0..500 {
        if TcpStream::connect(running.address).await.is_err() {
            closed.store(true, Ordering::SeqCst);
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert!(closed.load(Ordering::SeqCst));
    assert_eq!(send(get(ready, &[])).await.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(!running.ended.is_finished());

    gate.add_permits(STREAMS);
    for (_, reply) in replies {
        assert_eq!(reply.into_body().collect().await.unwrap().to_bytes(), "data: [DONE]\n\n");
    }
    tokio::time::timeout(Duration::from_secs(10), running.ended).await.unwrap().unwrap();
    let lines = log.lines();
    assert_eq!(lines.len(), STREAMS);
    assert!(lines.iter().all(|line| line["outcome"] == "complete"));
}

#[tokio::test]
async fn a_second_signal_ends_it_at_once_and_the_calls_are_recorded() {
    let log = Log::new();
    let gate = Arc::new(Semaphore::new(0));
    let running = support::proxy(&format!("{}{}", log.table(), upstream(streams(gate).await))).await;
    let mut replies = Vec::new();
    for n in 0..10 {
        let request = post(running.url("/v1/chat/completions"), &[], r#"{"stream":true}"#);
        let client = if n % 2 == 0 { client() } else { h2_client() };
        let mut reply = client.request(request).await.unwrap();
        reply.frame().await.unwrap().unwrap();
        replies.push((client, reply));
    }
    running.commands.send(Command::Terminate).await.unwrap();
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!running.ended.is_finished());
    running.commands.send(Command::Terminate).await.unwrap();
    tokio::time::timeout(Duration::from_secs(2), running.ended).await.unwrap().unwrap();
    let lines = log.lines();
    assert_eq!(lines.len(), 10);
    assert!(lines.iter().all(|line| line["outcome"] == "dropped"), "{lines:?}");
}

#[tokio::test]
async fn calls_that_take_too_long_are_cut() {
    let log = Log::new();
    let gate = Arc::new(Semaphore::new(0));
    let mut config = configuration(&format!("{}{}", log.table(), upstream(streams(gate).await)));
    config.drain_timeout = Duration::from_millis(200);
    let running = start(config, &[], None).await;
    let request = post(running.url("/v1/chat/completions"), &[], "{}");
    let mut reply = client().request(request).await.unwrap();
    reply.frame().await.unwrap().unwrap();
    running.commands.send(Command::Interrupt).await.unwrap();
    tokio::time::timeout(Duration::from_secs(5), running.ended).await.unwrap().unwrap();
    assert_eq!(log.lines()[0]["outcome"], "dropped");
}

#[tokio::test]
async fn a_reload_adds_a_client_and_reopens_the_log_without_dropping_a_stream() {
    let gate = Arc::new(Semaphore::new(0));
    let address = streams(Arc::clone(&gate)).await;
    let log = Log::new();
    let text = format!("require_client = true\n{}{}", log.table(), upstream(address));
    let table = |key: &str, alias: &str| {
        format!("[[client]]\nkey_sha256 = \"{}\"\nalias = \"{alias}\"\n", support::hash(key))
    };
    let before = format!("{text}{}", table("sk-a", "alpha"));
    let after = format!("{before}{}", table("sk-b", "beta"));
    let faulty = Arc::new(AtomicBool::new(true));
    let says = Arc::clone(&faulty);
    let reread: genai_proxy::Reread = Box::new(move || {
        let text = if says.load(Ordering::SeqCst) { "nonsense = 1" } else { after.as_str() };
        genai_proxy::config::parse("test.toml", text, std::path::Path::new("/"), &[("", ""); 0])
    });
    let running = start(configuration(&before), &[], Some(reread)).await;

    let ask = |key: &'static str| post(running.url("/v1/chat/completions"), &[("x-api-key", key)], "{}");
    let mut reply = client().request(ask("sk-a")).await.unwrap();
    reply.frame().await.unwrap().unwrap();
    assert_eq!(send(ask("sk-b")).await.status, StatusCode::UNAUTHORIZED);
    eventually(|| log.lines().len() == 1).await;

    // A faulty file changes nothing.
    let moved = log.path().with_extension("1");
    std::fs::rename(log.path(), &moved).unwrap();
    running.commands.send(Command::Reload).await.unwrap();
    eventually(|| log.path().exists()).await;
    assert_eq!(send(ask("sk-b")).await.status, StatusCode::UNAUTHORIZED);

    faulty.store(false, Ordering::SeqCst);
    running.commands.send(Command::Reload).await.unwrap();
    gate.add_permits(10);
    let mut status = StatusCode::UNAUTHORIZED;
    for _ in 0..500 {
        status = send(ask("sk-b")).await.status;
        if status == StatusCode::OK {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(status, StatusCode::OK);
    assert_eq!(reply.into_body().collect().await.unwrap().to_bytes(), "data: [DONE]\n\n");
    eventually(|| {
        log.text().contains("\"key_alias\":\"beta\"") && log.text().contains("\"key_alias\":\"alpha\"")
    })
    .await;
    assert_eq!(std::fs::read_to_string(moved).unwrap().lines().count(), 1);
}
