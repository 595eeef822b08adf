//! Realtime sessions through the proxy: the bytes of both sides stay as they are, and each response has its record.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::time::Duration;

use flate2::{Compress, Compression, FlushCompress};
use futures_util::{SinkExt, StreamExt};
use rustix::process::Signal;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::frame::Frame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::{Data, OpCode};
use tokio_tungstenite::tungstenite::{Bytes, Message};
use tokio_tungstenite::{accept_hdr_async, client_async};
use tower_genai_tests::call_log::Line;
use tower_genai_tests::exposition::Exposition;
use tower_genai_tests::proxy::{Child, Config, Proxy};
use tower_genai_tests::websocket::{Passed, Raw, Recorded, frame};

const BINARY: &str = env!("CARGO_BIN_EXE_genai-proxy-under-test");
const REALTIME: &str = "/openai/v1/realtime?model=gpt-realtime";
const TEXT: u8 = 0x81;
const COMPRESSED: u8 = 0xc1;
const MASK: Option<[u8; 4]> = Some([0x37, 0xfa, 0x21, 0x3d]);

const SESSION: &str = r#"{"type":"session.created","session":{"id":"sess_1","model":"gpt-realtime"}}"#;

fn created(id: &str) -> String {
    format!(r#"{{"type":"response.created","response":{{"id":"{id}","status":"in_progress","usage":null}}}}"#)
}

fn delta(id: &str, audio: &str) -> String {
    format!(r#"{{"type":"response.output_audio.delta","response_id":"{id}","delta":"{audio}"}}"#)
}

fn done(id: &str, input: u64, output: u64) -> String {
    format!(
        r#"{{"type":"response.done","response":{{"id":"{id}","status":"completed","status_details":null,"output":[],
        "usage":{{"total_tokens":{},"input_tokens":{input},"output_tokens":{output},
        "input_token_details":{{"text_tokens":{},"audio_tokens":10,"cached_tokens":8,
        "cached_tokens_details":{{"text_tokens":5,"audio_tokens":3}}}},
        "output_token_details":{{"text_tokens":{},"audio_tokens":20}}}}}}}}"#,
        input + output,
        input - 10,
        output - 20,
    )
}

async fn proxy(upstream: &TcpListener) -> Proxy {
    Proxy::start(&config(upstream, Config::new())).await
}

fn config(upstream: &TcpListener, config: Config) -> Config {
    let url = format!("http://{}", upstream.local_addr().unwrap());
    config.upstream("openai", &url, "provider = \"openai\"")
}

async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// A session of a client and a server that speak in bytes, through the proxy.
async fn session(proxy: &Proxy, upstream: &TcpListener, path: &str, lines: &str) -> (Raw, Raw) {
    tokio::join!(Raw::ask(proxy.address(), path, lines), Raw::grant(upstream, lines))
}

async fn say(from: &mut Raw, to: &mut Raw, bytes: &[u8]) {
    let ((), received) = tokio::join!(from.send(bytes), to.receive(bytes.len()));
    assert!(received == bytes, "the bytes have changed");
}

/// Waits for the end of the session.
async fn nothing_is_open(proxy: &Proxy, records: i64) -> Exposition {
    let mut metrics = proxy.settled().await;
    for _ in 0..500 {
        if metrics.count("http_client_active_requests", &[]) == 0 {
            break;
        }
        sleep(Duration::from_millis(10)).await;
        metrics = proxy.metrics().await;
    }
    assert_eq!(metrics.unaccounted(), 0, "{}", metrics.text);
    assert_eq!(metrics.count("tower_genai_calls_recorded_total", &[]), records, "{}", metrics.text);
    for gauge in ["http_server_active_requests", "http_client_active_requests"] {
        let scrape = i64::from(gauge == "http_server_active_requests");
        assert_eq!(
            metrics.count(gauge, &[("http_request_method", "GET")]),
            scrape,
            "{gauge}:\n{}",
            metrics.text
        );
    }
    metrics
}

fn sessions(lines: &[Line]) -> BTreeSet<&str> {
    lines.iter().filter_map(|line| line.text("session_id")).collect()
}

/// A server that answers whoever asks for a response, and repeats what is binary.
async fn answer(upstream: TcpListener) -> Passed {
    let (stream, passed) = Recorded::new(upstream.accept().await.unwrap().0);
    #[allow(clippy::result_large_err, reason = "the library's type")]
    let choose = |_: &Request, mut reply: Response| -> Result<Response, ErrorResponse> {
        reply.headers_mut().insert("sec-websocket-protocol", "realtime".parse().unwrap());
        Ok(reply)
    };
    let mut socket = accept_hdr_async(stream, choose).await.unwrap();
    let text = |text: String| Message::text(text);
    socket.send(text(SESSION.to_owned())).await.unwrap();
    let mut responses = 0;
    while let Some(Ok(message)) = socket.next().await {
        match message {
            Message::Text(event) if event.contains("response.create") => {
                responses += 1;
                let id = format!("resp_{responses}");
                socket.send(text(created(&id))).await.unwrap();
                socket.send(text(delta(&id, &"QUJD".repeat(20_000)))).await.unwrap();
                // In fragments, with a ping between them.
                let done = done(&id, 100 * responses, 50).into_bytes();
                let (first, second) = done.split_at(40);
                let part = |bytes: &[u8], opcode, last| {
                    Message::Frame(Frame::message(Bytes::copy_from_slice(bytes), opcode, last))
                };
                socket.send(part(first, OpCode::Data(Data::Text), false)).await.unwrap();
                socket.send(Message::Ping("are you there?".into())).await.unwrap();
                socket.send(part(second, OpCode::Data(Data::Continue), true)).await.unwrap();
            }
            Message::Binary(bytes) => socket.send(Message::Binary(bytes)).await.unwrap(),
            _ => {}
        }
    }
    passed
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_client_and_a_real_server() {
    let upstream = listener().await;
    let config = config(&upstream, Config::new().client("sk-team", "voice-prod", "voice"));
    let proxy = Proxy::start(&config).await;

    let server = tokio::spawn(answer(upstream));
    let mut request = format!("ws://{}{REALTIME}", proxy.address()).into_client_request().unwrap();
    let protocols = "realtime, openai-insecure-api-key.sk-team";
    request.headers_mut().insert("sec-websocket-protocol", protocols.parse().unwrap());
    let (stream, passed) = Recorded::new(TcpStream::connect(proxy.address()).await.unwrap());
    let (mut socket, reply) = client_async(request, stream).await.unwrap();
    assert_eq!(
        (reply.status().as_u16(), &reply.headers()["sec-websocket-protocol"]),
        (101, &"realtime".parse().unwrap())
    );
    let metrics = proxy.metrics().await;
    assert_eq!(metrics.count("http_client_active_requests", &[]), 1, "the session is under way");
    let binary = Message::binary(vec![7; 70_000]);
    for _ in 0..2 {
        socket.send(Message::text(r#"{"type":"response.create"}"#)).await.unwrap();
        socket.send(binary.clone()).await.unwrap();
        while socket.next().await.unwrap().unwrap() != binary {}
    }
    socket.close(None).await.unwrap();
    while socket.next().await.is_some() {}
    drop(socket);

    let server = server.await.unwrap();
    assert!(passed.written() == server.read() && passed.read() == server.written(), "the bytes have changed");
    assert!(passed.read().len() > 300_000);
    assert!(!server.head().contains("sk-team"), "{}", server.head());
    assert!(server.head().contains("sec-websocket-protocol: realtime\r\n"), "{}", server.head());

    let metrics = nothing_is_open(&proxy, 2).await;
    let count = |name, labels: &[_]| metrics.count(name, labels);
    let model = ("gen_ai_response_model", "gpt-realtime");
    let chat = ("gen_ai_operation_name", "chat");
    assert_eq!(
        count(
            "gen_ai_client_calls_total",
            &[model, chat, ("outcome", "complete"), ("key_alias", "voice-prod")]
        ),
        2
    );
    for (kind, tokens) in
        [("input", 300), ("output", 100), ("cache_read", 16), ("audio_input", 20), ("audio_output", 40)]
    {
        assert_eq!(
            count("gen_ai_client_tokens_total", &[model, ("token_type", kind)]),
            tokens,
            "{}",
            metrics.text
        );
    }
    assert_eq!(count("gen_ai_client_operation_duration_seconds_count", &[model]), 2);
    assert_eq!(count("gen_ai_client_operation_time_to_first_chunk_seconds_count", &[model]), 2);
    assert_eq!(
        count("http_client_request_duration_seconds_count", &[("http_response_status_code", "101")]),
        1
    );

    let lines = proxy.finish().await;
    assert_eq!((lines.len(), sessions(&lines).len()), (2, 1), "{lines:#?}");
    for (number, line) in (1..).zip(&lines) {
        assert_eq!(line.verdict(), (Some("complete"), None, None), "{line:?}");
        assert_eq!(line.text("gen_ai.response.id"), Some(&*format!("resp_{number}")));
        assert_eq!(line.text("gen_ai.request.model"), Some("gpt-realtime"));
        assert_eq!(line.text("key_alias"), Some("voice-prod"));
        assert_eq!(line.number("gen_ai.usage.input_tokens"), Some(100 * number));
        assert_eq!(line.number("gen_ai.usage.cache_read.input_tokens"), Some(8));
        assert_eq!(line["gen_ai.response.finish_reasons"][0], "completed");
        assert_eq!(line.text("usage_source"), Some("reported"));
        assert_eq!(line.text("cost_status"), Some("priced"), "{line:?}");
        assert!(
            line.number("response_bytes") > Some(80_000) && line.contains_key("time_to_first_chunk_s"),
            "{line:?}"
        );
    }
}

/// A sender that compresses.
struct Sender {
    stream: Compress,
    keeps_window: bool,
}

impl Sender {
    fn new(keeps_window: bool) -> Self {
        Self { stream: Compress::new(Compression::default(), false), keeps_window }
    }

    fn frame(&mut self, mask: Option<[u8; 4]>, text: &str) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(text.len() + 1024);
        self.stream.compress_vec(text.as_bytes(), &mut bytes, FlushCompress::Sync).unwrap();
        if !self.keeps_window {
            self.stream.reset();
        }
        frame(COMPRESSED, mask, bytes.strip_suffix(&[0, 0, 0xff, 0xff]).unwrap())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn compressed_frames() {
    for extensions in [
        "permessage-deflate; client_max_window_bits=15",
        "permessage-deflate; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=15",
    ] {
        let upstream = listener().await;
        let proxy = proxy(&upstream).await;
        let lines = format!("sec-websocket-extensions: {extensions}\r\n");
        let (mut client, mut server) = session(&proxy, &upstream, "/openai/v1/responses", &lines).await;
        assert!(server.head.contains(&lines) && client.head.contains(&lines), "{}", client.head);

        let keeps_window = !extensions.contains("no_context_takeover");
        let (mut asking, mut answering) = (Sender::new(keeps_window), Sender::new(keeps_window));
        for number in 1..=2 {
            let ask = format!(r#"{{"type":"response.create","model":"gpt-4o-mini","input":"{number}"}}"#);
            say(&mut client, &mut server, &asking.frame(MASK, &ask)).await;
            let begun = format!(r#"{{"id":"resp_{number}","status":"in_progress","usage":null}}"#);
            let ended = format!(
                r#"{{"id":"resp_{number}","model":"gpt-4o-mini-2024-07-18","status":"completed",
                "usage":{{"input_tokens":12,"output_tokens":{number},"total_tokens":13}}}}"#
            );
            for (kind, response) in [("created", &begun), ("in_progress", &begun), ("completed", &ended)] {
                let event = format!(r#"{{"type":"response.{kind}","response":{response}}}"#);
                say(&mut server, &mut client, &answering.frame(None, &event)).await;
            }
        }
        drop(client);
        assert!(server.rest().await.is_empty());
        nothing_is_open(&proxy, 2).await;
        let lines = proxy.finish().await;
        assert_eq!(sessions(&lines).len(), 1);
        for (number, line) in (1..).zip(&lines) {
            assert_eq!(line.verdict(), (Some("complete"), None, None), "{extensions} {line:?}");
            assert_eq!(line.number("gen_ai.usage.output_tokens"), Some(number), "{extensions} {line:?}");
            assert_eq!(line.text("gen_ai.request.model"), Some("gpt-4o-mini"));
            assert_eq!(line.text("gen_ai.response.model"), Some("gpt-4o-mini-2024-07-18"));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_message_passes() {
    let upstream = listener().await;
    let proxy = proxy(&upstream).await;
    let (mut client, mut server) = session(&proxy, &upstream, REALTIME, "").await;
    let text = |event: String| frame(TEXT, None, event.as_bytes());
    say(&mut client, &mut server, &frame(TEXT, MASK, &vec![b'A'; 10 << 20])).await;
    for event in [created("resp_1"), delta("resp_1", &"QUJD".repeat(10 << 18)), done("resp_1", 30, 30)] {
        say(&mut server, &mut client, &text(event)).await;
    }
    // Frames that make no sense pass as well.
    say(&mut server, &mut client, &[0xff; 1000]).await;
    say(&mut client, &mut server, &[0xff; 1000]).await;
    drop(server);
    assert!(client.rest().await.is_empty());
    let lines = proxy.finish().await;
    assert_eq!(lines[0].verdict(), (Some("complete"), None, None));
    assert_eq!(lines.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_goes_in_the_middle_of_a_response() {
    for (goes, verdict) in [
        ("client", (Some("dropped"), None, None)),
        ("server", (Some("failed"), Some("truncated"), Some("upstream"))),
    ] {
        let upstream = listener().await;
        let proxy = proxy(&upstream).await;
        let (mut client, mut server) = session(&proxy, &upstream, REALTIME, "").await;
        let text = |event: String| frame(TEXT, None, event.as_bytes());
        let events = [created("resp_1"), done("resp_1", 30, 30), created("resp_2"), delta("resp_2", "QUJD")];
        for event in events {
            say(&mut server, &mut client, &text(event)).await;
        }
        if goes == "client" {
            drop(client);
            server.rest().await;
        } else {
            drop(server);
            client.rest().await;
        }
        nothing_is_open(&proxy, 2).await;
        let lines = proxy.finish().await;
        assert_eq!(lines[0].verdict(), (Some("complete"), None, None), "{goes}");
        assert_eq!(lines[1].verdict(), verdict, "{goes}");
        assert_eq!(lines[1].text("usage_source"), Some("missing"));
        assert_eq!((lines.len(), sessions(&lines).len()), (2, 1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_passes_and_is_a_failed_call() {
    let upstream = listener().await;
    let proxy = proxy(&upstream).await;
    let refuse = async {
        let (mut stream, _) = upstream.accept().await.unwrap();
        let mut head = vec![0; 4096];
        let length = stream.read(&mut head).await.unwrap();
        assert!(head[..length].ends_with(b"\r\n\r\n"));
        let body = r#"{"error":{"message":"slow down","code":"rate_limit_exceeded"}}"#;
        let reply = format!(
            "HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(reply.as_bytes()).await.unwrap();
        body
    };
    let (mut client, body) = tokio::join!(Raw::ask(proxy.address(), REALTIME, ""), refuse);
    assert!(
        client.head.starts_with("HTTP/1.1 429") && client.head.contains("retry-after: 7\r\n"),
        "{}",
        client.head
    );
    assert_eq!(client.receive(body.len()).await, body.as_bytes());
    nothing_is_open(&proxy, 1).await;

    // Nobody there.
    drop(upstream);
    let client = Raw::ask(proxy.address(), REALTIME, "").await;
    assert!(client.head.starts_with("HTTP/1.1 502"), "{}", client.head);
    let lines = proxy.finish().await;
    let upstream = Some("upstream");
    assert_eq!(lines[0].verdict(), (Some("failed"), Some("rate_limit_exceeded"), upstream));
    assert_eq!(lines[1].verdict(), (Some("failed"), Some("connect"), upstream));
    assert_eq!(lines[0].text("gen_ai.request.model"), Some("gpt-realtime"));
    assert!(sessions(&lines).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn any_other_session_passes_and_is_no_call() {
    let upstream = listener().await;
    let proxy = proxy(&upstream).await;
    let path = "/openai/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";
    let (mut client, mut server) = session(&proxy, &upstream, path, "").await;
    say(&mut client, &mut server, b"anything").await;
    say(&mut server, &mut client, b"at all").await;
    // Who has nothing more to say may still listen.
    drop(server);
    client.rest().await;
    nothing_is_open(&proxy, 0).await;
    assert!(proxy.finish().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_in_which_nothing_is_said_is_cut() {
    let upstream = listener().await;
    let url = format!("http://{}", upstream.local_addr().unwrap());
    let config = Config::new().upstream("openai", &url, "timeouts = { idle = \"200ms\" }");
    let proxy = Proxy::start(&config).await;
    let (mut client, mut server) = session(&proxy, &upstream, REALTIME, "").await;
    say(&mut server, &mut client, &frame(TEXT, None, created("resp_1").as_bytes())).await;
    tokio::join!(client.rest(), server.rest());
    let lines = proxy.finish().await;
    assert_eq!(lines[0].verdict(), (Some("failed"), Some("timeout"), Some("upstream")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_the_proxy() {
    // One finishes in time, the other does not.
    for (delay, verdict) in [("20s", "complete"), ("300ms", "dropped")] {
        let upstream = listener().await;
        let mut proxy = Child::start(BINARY, &config(&upstream, Config::draining("0s", delay)), &[]).await;
        let (mut client, mut server) =
            tokio::join!(Raw::ask(proxy.address(), REALTIME, ""), Raw::grant(&upstream, ""));
        let text = |event: String| frame(TEXT, None, event.as_bytes());
        say(&mut server, &mut client, &text(created("resp_1"))).await;
        proxy.signal(Signal::TERM);
        proxy.wait_for_output("draining").await;
        if verdict == "complete" {
            say(&mut server, &mut client, &text(done("resp_1", 30, 30))).await;
            say(&mut client, &mut server, &frame(0x88, MASK, &[])).await;
            say(&mut server, &mut client, &frame(0x88, None, &[])).await;
            drop(server);
            client.rest().await;
        } else {
            tokio::join!(client.rest(), server.rest());
        }
        assert!(proxy.ended(Duration::from_secs(10)).await.success(), "{}", proxy.output());
        let lines = proxy.lines();
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].verdict(), (Some(verdict), None, None), "{}", proxy.output());
    }
}
