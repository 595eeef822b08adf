//! Bytes and headers pass as they are.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode, Version};
use http_body::Frame;
use http_body_util::{BodyExt, Full, StreamBody};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{
    client, collect, exchange, get, h2_client, post, proxy, raw, read_head, send, serve, upstream,
};

type Unit = std::convert::Infallible;

#[tokio::test]
async fn a_request_reaches_the_upstream_as_it_was_sent() {
    let seen = Arc::new(Mutex::new(None));
    let at_upstream = Arc::clone(&seen);
    let address = serve(move |request: Request<_>| {
        let seen = Arc::clone(&at_upstream);
        async move {
            let (head, body) = request.into_parts();
            let body = BodyExt::collect(body).await.unwrap().to_bytes();
            *seen.lock().unwrap() = Some((head, body));
            Response::new(Full::<Bytes>::from("ok"))
        }
    })
    .await;
    let running = proxy(&format!(
        "[[upstream]]\nname = \"up\"\nprefix = \"/up\"\nbase_url = \"http://{address}/base\"\n"
    ))
    .await;
    let body: Vec<u8> = (0..=255).cycle().take(100_000).collect();
    let headers = [
        ("authorization", "Bearer sk-theirs"),
        ("x-stainless-lang", "python"),
        ("accept-encoding", "gzip, br"),
        ("te", "trailers"),
        ("connection", "x-hop"),
        ("x-hop", "1"),
        ("expect", "100-continue"),
    ];
    let reply = send(post(running.url("/up/v1/chat%2Fx?a=1&b=%20"), &headers, body.clone())).await;
    assert_eq!((reply.status, reply.text().as_str()), (StatusCode::OK, "ok"));

    let (head, got) = seen.lock().unwrap().take().unwrap();
    assert_eq!(head.uri, "/base/v1/chat%2Fx?a=1&b=%20");
    assert_eq!(got, body);
    let mut names: Vec<_> = head.headers.keys().map(http::HeaderName::as_str).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        ["accept-encoding", "authorization", "content-length", "host", "te", "x-stainless-lang"]
    );
    assert_eq!(head.headers["host"], address.to_string());
    assert_eq!(head.headers["authorization"], "Bearer sk-theirs");
    assert_eq!(head.headers["te"], "trailers");
}

#[tokio::test]
async fn a_reply_reaches_the_client_as_it_was_sent() {
    let address = raw(|_, mut stream: TcpStream| async move {
        read_head(&mut stream).await;
        let reply =
            b"HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\nX-Request-Id: r1\r\nX-Request-Id: r2\r\n\
            Connection: keep-alive, x-hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=5\r\nContent-Encoding: gzip\r\n\
            Transfer-Encoding: chunked\r\n\r\n3\r\n\x1f\x8b\x00\r\n1\r\n\xff\r\n0\r\n\r\n";
        stream.write_all(reply).await.unwrap();
        stream.shutdown().await.unwrap();
    })
    .await;
    let running = proxy(&upstream(address)).await;
    let reply = send(post(running.url("/v1/x"), &[], "{}")).await;
    assert_eq!(reply.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(reply.body, &b"\x1f\x8b\x00\xff"[..]);
    assert_eq!(reply.headers["retry-after"], "7");
    assert_eq!(reply.headers["content-encoding"], "gzip");
    assert_eq!(reply.headers.get_all("x-request-id").iter().count(), 2);
    for hop in ["connection", "keep-alive", "x-hop"] {
        assert!(!reply.headers.contains_key(hop), "{hop}: {:?}", reply.headers);
    }
}

#[tokio::test]
async fn a_stream_arrives_frame_by_frame() {
    let (sender, frames) = tokio::sync::mpsc::channel::<Bytes>(1);
    let frames = Arc::new(tokio::sync::Mutex::new(frames));
    let address = serve(move |_| {
        let frames = Arc::clone(&frames);
        async move {
            let stream = futures_util::stream::unfold(frames, |frames| async move {
                let frame = frames.lock().await.recv().await?;
                Some((Ok::<_, Unit>(Frame::data(frame)), frames))
            });
            Response::new(StreamBody::new(stream))
        }
    })
    .await;
    let running = proxy(&upstream(address)).await;
    let mut reply = client().request(post(running.url("/v1/x"), &[], "{}")).await.unwrap();
    for frame in ["data: 1\n\n", "data: 2\n\n", "\n"] {
        sender.send(frame.into()).await.unwrap();
        // The next frame is sent only when this one has arrived.
        let got = reply.frame().await.unwrap().unwrap().into_data().unwrap();
        assert_eq!(got, frame);
    }
    drop(sender);
    assert!(reply.frame().await.is_none());
}

#[tokio::test]
async fn an_upload_is_passed_on_while_it_comes() {
    let address = raw(|_, mut stream: TcpStream| async move {
        let mut got = Vec::new();
        while !got.ends_with(b"first") {
            stream.read_buf(&mut got).await.unwrap();
        }
        // The client sends the rest only when it has seen this.
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
        let _ = stream.read_to_end(&mut Vec::new()).await;
    })
    .await;
    let running = proxy(&upstream(address)).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    stream.write_all(b"POST /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: 11\r\n\r\nfirst").await.unwrap();
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 200 OK\r\n"));
}

#[tokio::test]
async fn http_2_with_prior_knowledge_and_replies_without_a_body_are_served() {
    let address = serve(|request: Request<_>| async move {
        let status = match request.uri().path() {
            "/204" => StatusCode::NO_CONTENT,
            "/304" => StatusCode::NOT_MODIFIED,
            _ => StatusCode::OK,
        };
        let body = if status == StatusCode::OK { "body" } else { "" };
        let mut response = Response::new(Full::<Bytes>::from(body));
        *response.status_mut() = status;
        response
    })
    .await;
    let running = proxy(&upstream(address)).await;
    for (path, status, body) in [("/204", 204, ""), ("/304", 304, ""), ("/", 200, "body")] {
        let response = h2_client().request(get(running.url(path), &[])).await.unwrap();
        assert_eq!(response.version(), Version::HTTP_2);
        let reply = collect(response).await;
        assert_eq!((reply.status.as_u16(), reply.text().as_str()), (status, body));
    }
    let mut head = get(running.url("/"), &[]);
    *head.method_mut() = http::Method::HEAD;
    let reply = send(head).await;
    assert_eq!((reply.headers["content-length"].to_str().unwrap(), reply.text().as_str()), ("4", ""));
}

#[tokio::test]
async fn cookies_cut_by_http_2_are_joined_for_http_1() {
    let seen = Arc::new(Mutex::new(String::new()));
    let at_upstream = Arc::clone(&seen);
    let address = raw(move |_, mut stream: TcpStream| {
        let seen = Arc::clone(&at_upstream);
        async move {
            *seen.lock().unwrap() = read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let running = proxy(&upstream(address)).await;
    let request = get(running.url("/"), &[("cookie", "a=1"), ("cookie", "b=2")]);
    h2_client().request(request).await.unwrap();
    assert!(seen.lock().unwrap().contains("\r\ncookie: a=1; b=2\r\n"), "{seen:?}");
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_gets_it() {
    let address = serve(|request: Request<hyper::body::Incoming>| async move {
        Response::new(Full::new(request.into_body().collect().await.unwrap().to_bytes()))
    })
    .await;
    let running = proxy(&upstream(address)).await;
    let mut stream = TcpStream::connect(running.address).await.unwrap();
    let head = b"POST /v1/x HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 4\r\nconnection: close\r\n\r\n";
    stream.write_all(head).await.unwrap();
    assert_eq!(read_head(&mut stream).await, "HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"body").await.unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.unwrap();
    assert!(reply.starts_with("HTTP/1.1 200 OK\r\n") && reply.ends_with("\r\n\r\nbody"), "{reply}");
}

/// An upstream closes its idle connections without a word; the next request must not notice.
#[tokio::test]
async fn a_stale_pooled_connection_is_replaced() {
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    let address = raw(move |number, mut stream: TcpStream| {
        counted.store(number + 1, Ordering::SeqCst);
        async move {
            read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await.unwrap();
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await;
    let running = proxy(&upstream(address)).await;
    for n in 1..=30 {
        let reply = send(post(running.url("/v1/x"), &[], "{}")).await;
        assert_eq!(reply.status, StatusCode::OK, "request {n}: {}", reply.text());
        tokio::time::sleep(Duration::from_millis(n % 8)).await;
    }
    assert_eq!(connections.load(Ordering::SeqCst), 30);
}

#[tokio::test]
async fn the_users_in_a_requests_url_are_not_passed_on() {
    let seen = Arc::new(Mutex::new(String::new()));
    let at_upstream = Arc::clone(&seen);
    let address = raw(move |_, mut stream: TcpStream| {
        let seen = Arc::clone(&at_upstream);
        async move {
            *seen.lock().unwrap() = read_head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").await.unwrap();
        }
    })
    .await;
    let running = proxy(&upstream(address)).await;
    let request =
        b"GET http://user:hunter2@example.com/v1 HTTP/1.1\r\nhost: example.com\r\nconnection: close\r\n\r\n";
    let reply = exchange(running.address, request).await;
    assert!(reply.starts_with(b"HTTP/1.1 204"), "{}", String::from_utf8_lossy(&reply));
    let seen = seen.lock().unwrap();
    assert!(seen.starts_with("GET /v1 HTTP/1.1\r\n") && !seen.contains("hunter2"), "{seen}");
}

#[tokio::test]
async fn tunnels_are_refused_politely() {
    let running = proxy(&upstream(crate::support::nobody().await)).await;
    let reply = exchange(
        running.address,
        b"CONNECT example.com:443 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n",
    )
    .await;
    assert!(reply.starts_with(b"HTTP/1.1 405"), "{}", String::from_utf8_lossy(&reply));
}
