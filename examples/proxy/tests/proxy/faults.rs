//! What a client gets when an upstream fails.

use std::time::Duration;

use http::StatusCode;
use http_body_util::BodyExt;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{client, exchange, nobody, post, proxy, raw, read_head, send, upstream};

fn with_timeouts(address: std::net::SocketAddr, timeouts: &str) -> String {
    format!("{}timeouts = {{ {timeouts} }}\n", upstream(address))
}

#[tokio::test]
async fn an_unreachable_upstream_is_502() {
    let running = proxy(&upstream(nobody().await)).await;
    let reply = send(post(running.url("/v1/x"), &[], "{}")).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(
        reply.json(),
        serde_json::json!({ "error": {
            "type": "connect",
            "upstream": "up",
            "cause": "tcp connect error: Connection refused (os error 111)",
            "message": "upstream `up` could not be reached: tcp connect error: Connection refused (os error 111)",
        }})
    );
}

#[tokio::test]
async fn a_silent_upstream_is_504() {
    let address = raw(|_, mut stream: TcpStream| async move {
        read_head(&mut stream).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
    })
    .await;
    let running = proxy(&with_timeouts(address, "response_head = \"200ms\"")).await;
    let reply = send(post(running.url("/v1/x"), &[], "{}")).await;
    assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(reply.json()["error"]["type"], "timeout");
    assert_eq!(
        reply.json()["error"]["message"],
        "upstream `up` did not answer in time: no reply within 200ms"
    );
}

/// The head may take its time while the request is still being sent.
#[tokio::test]
async fn a_slow_upload_is_not_a_silent_upstream() {
    let address = raw(|_, mut stream: TcpStream| async move {
        let mut got = read_head(&mut stream).await.into_bytes();
        while !got.ends_with(b"0\r\n\r\n") {
            tokio::io::AsyncReadExt::read_buf(&mut stream, &mut got).await.unwrap();
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").await.unwrap();
    })
    .await;
    let running = proxy(&with_timeouts(address, "response_head = \"300ms\"")).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"POST /v1/x HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n").await.unwrap();
    for _ in 0..5 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        stream.write_all(b"1\r\nx\r\n").await.unwrap();
    }
    stream.write_all(b"0\r\n\r\n").await.unwrap();
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 200 OK\r\n"));

    // A client that stops in the middle is told that it is the one who is late, also where its request is collected.
    for path in ["/v1/x", "/v1/chat/completions"] {
        let request = format!("POST {path} HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nhalf");
        let reply = String::from_utf8(exchange(running.address, request.as_bytes()).await).unwrap();
        assert!(reply.starts_with("HTTP/1.1 408"), "{reply}");
    }
}

#[tokio::test]
async fn a_connection_that_does_not_come_up_is_504() {
    // A listener whose backlog is full drops connection requests.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(0).unwrap();
    let address = listener.local_addr().unwrap();
    let _fills_the_backlog = TcpStream::connect(address).await.unwrap();
    let running = proxy(&with_timeouts(address, "connect = \"200ms\"")).await;
    let reply = send(post(running.url("/v1/x"), &[], "{}")).await;
    assert_eq!(reply.status, StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(reply.json()["error"]["type"], "timeout");
    assert_eq!(
        reply.json()["error"]["message"],
        "upstream `up` could not be reached in time: no connection within 200ms"
    );
}

#[tokio::test]
async fn an_upstream_that_hangs_up_or_talks_nonsense_is_502() {
    let hangs_up = raw(|_, mut stream: TcpStream| async move {
        read_head(&mut stream).await;
    })
    .await;
    let nonsense = raw(|_, mut stream: TcpStream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n").await.unwrap();
    })
    .await;
    for (address, kind) in [(hangs_up, "truncated"), (nonsense, "protocol")] {
        let running = proxy(&upstream(address)).await;
        let reply = send(post(running.url("/v1/x"), &[], "{}")).await;
        assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
        assert_eq!(reply.json()["error"]["type"], kind, "{}", reply.text());
    }
}

#[tokio::test]
async fn a_reply_that_stops_is_cut() {
    let address = raw(|_, mut stream: TcpStream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nsome").await.unwrap();
        tokio::time::sleep(Duration::from_secs(60)).await;
    })
    .await;
    let running = proxy(&with_timeouts(address, "idle = \"200ms\"")).await;
    let mut reply = client().request(post(running.url("/v1/x"), &[], "{}")).await.unwrap();
    assert_eq!(reply.frame().await.unwrap().unwrap().into_data().unwrap(), "some");
    reply.frame().await.unwrap().unwrap_err();
}

#[tokio::test]
async fn a_reply_that_goes_on_is_not_cut() {
    let address = raw(|_, mut stream: TcpStream| async move {
        read_head(&mut stream).await;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n").await.unwrap();
        for _ in 0..5 {
            tokio::time::sleep(Duration::from_millis(150)).await;
            stream.write_all(b"x").await.unwrap();
        }
    })
    .await;
    let running = proxy(&with_timeouts(address, "idle = \"300ms\"")).await;
    assert_eq!(send(post(running.url("/v1/x"), &[], "{}")).await.text(), "xxxxx");
}

#[tokio::test]
async fn a_reply_cut_by_the_upstream_is_cut_for_the_client() {
    let address = raw(|_, mut stream: TcpStream| async move {
        read_head(&mut stream).await;
        let reply = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\nsome\r\n";
        stream.write_all(reply).await.unwrap();
    })
    .await;
    let running = proxy(&upstream(address)).await;
    let request = b"POST /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}";
    let reply = String::from_utf8(exchange(running.address, request).await).unwrap();
    assert!(reply.ends_with("4\r\nsome\r\n"), "the end mark is not made up: {reply}");
}
