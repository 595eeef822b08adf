//! No credential a client can send appears in anything we write.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::Response;
use http_body_util::{BodyExt, Full};

use crate::observed::Log;
use crate::program::{Program, write};
use crate::support::{eventually, exchange, get, nobody, send, serve, upstream};

/// A part of every secret, so that a search finds each of them.
const MARK: &str = "s3cr3t";

fn requests(address: std::net::SocketAddr) -> Vec<String> {
    let request = |target: &str, headers: &str, body: &str| {
        format!(
            "POST {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
            body.len()
        )
    };
    let path = "/v1/chat/completions";
    let model = r#"{"model":"gpt-4o-mini"}"#;
    let mut all: Vec<String> = [
        "authorization: Bearer sk-s3cr3t-1\r\n",
        "authorization: Basic s3cr3tczNjcjN0\r\n",
        "x-api-key: sk-s3cr3t-2\r\n",
        "api-key: sk-s3cr3t-3\r\n",
        "x-goog-api-key: sk-s3cr3t-4\r\n",
        "sec-websocket-protocol: realtime, openai-insecure-api-key.sk-s3cr3t-5\r\n",
        "cookie: session=s3cr3t-6\r\n",
        "proxy-authorization: Basic s3cr3t-7\r\n",
        "x-custom: s3cr3t-8\r\n",
    ]
    .iter()
    .map(|header| request(path, header, model))
    .collect();
    all.push(request(&format!("{path}?key=sk-s3cr3t-9"), "", model));
    all.push(request(&format!("{path}?api_key=sk-s3cr3t-10"), "", model));
    all.push(request(&format!("http://user:s3cr3t-11@{address}{path}"), "", model));
    all.push(request(
        path,
        "",
        r#"{"model":"gpt-4o-mini","messages":[{"content":"s3cr3t-12"}],"api_key":"s3cr3t-13"}"#,
    ));
    all.push(request(path, "", "not json s3cr3t-14"));
    all.push(request(path, "upgrade: websocket\r\nauthorization: Bearer sk-s3cr3t-15\r\n", model));
    all
}

#[tokio::test]
async fn secrets_are_nowhere() {
    let spans = Arc::new(Mutex::new(Vec::<u8>::new()));
    let collected = Arc::clone(&spans);
    let collector = serve(move |request: http::Request<hyper::body::Incoming>| {
        let collected = Arc::clone(&collected);
        async move {
            let body = request.into_body().collect().await.unwrap().to_bytes();
            collected.lock().unwrap().extend_from_slice(&body);
            Response::new(Full::<Bytes>::default())
        }
    })
    .await;
    let answers = serve(|request: http::Request<hyper::body::Incoming>| async move {
        let _ = request.into_body().collect().await;
        let reply = r#"{"model":"gpt-4o-mini","usage":{"prompt_tokens":1,"completion_tokens":1}}"#;
        Response::builder()
            .header("content-type", "application/json")
            .body(Full::<Bytes>::from(reply))
            .unwrap()
    })
    .await;
    let endpoint = format!("http://{collector}");
    let env = [
        ("RUST_LOG", "trace"),
        ("DEBUG_OTEL", "true"),
        ("OTEL_HEADERS", "x-api-key=s3cr3t-collector"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()),
        ("UP", "sk-s3cr3t-upstream"),
    ];
    for (target, require) in [(answers, false), (nobody().await, false), (answers, true)] {
        let log = Log::new();
        let folder = tempfile::tempdir().unwrap();
        let text = format!(
            "listen = \"127.0.0.1:0\"\ndrain_delay = \"0s\"\nrequire_client = {require}\n{}{}api_key_env = \"UP\"\n",
            log.table(),
            upstream(target)
        );
        let mut program = Program::start(&["--config", &write(folder.path(), &text)], &env);
        let address = program.address().await;
        let requests = requests(address);
        let refused = requests.iter().filter(|request| request.contains("websocket\r\n")).count();
        assert_eq!(refused, 1);
        for request in &requests {
            let reply = exchange(address, request.as_bytes()).await;
            let reply = String::from_utf8_lossy(&reply);
            assert!(!reply.contains(MARK), "{request}\n\n{reply}");
        }
        eventually(|| log.lines().len() == requests.len()).await;
        let page = send(get(format!("http://{address}/metrics"), &[])).await.text();
        assert!(page.contains("gen_ai_client_calls_total{"));
        program.signal("TERM");
        assert!(program.end().await);
        for (what, text) in [
            ("metrics", page),
            ("call log", log.text()),
            ("process log", program.log()),
            ("output", program.rest()),
        ] {
            let line = text.lines().find(|line| line.contains(MARK));
            assert_eq!(line, None, "{what}");
        }
    }
    let spans = spans.lock().unwrap();
    assert!(spans.windows(11).any(|window| window == b"gpt-4o-mini"), "spans were exported");
    assert!(!spans.windows(MARK.len()).any(|window| window == MARK.as_bytes()), "spans");
}
