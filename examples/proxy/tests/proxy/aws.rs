//! Upstreams that want AWS Signature Version 4.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use genai_proxy::Proxy;
use hmac::{Hmac, KeyInit, Mac};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest, Sha256};

use crate::observed::Log;
use crate::support::{self, Running, hash, post, send, serve, start};

const ID: &str = "AKIDPROXY";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const TOKEN: &str = "session-token-of-the-proxy";
const ENV: [(&str, &str); 3] =
    [("AWS_ACCESS_KEY_ID", ID), ("AWS_SECRET_ACCESS_KEY", SECRET), ("AWS_SESSION_TOKEN", TOKEN)];

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

type Seen = Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>;

/// The signature as AWS's documentation of the signing process describes it, worked out from what arrived.
fn signature(request: &Request<Bytes>, signed: &str, scope: &str) -> String {
    // Every service but S3 encodes the path once more.
    let path =
        request.uri().path().split('/').map(|segment| utf8_percent_encode(segment, UNRESERVED).to_string());
    let mut query: Vec<&str> = request.uri().query().unwrap_or_default().split('&').collect();
    query.sort_unstable();
    let headers = signed.split(';').fold(String::new(), |mut lines, name| {
        let _ = writeln!(lines, "{name}:{}", request.headers()[name].to_str().unwrap().trim());
        lines
    });
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{signed}\n{}",
        request.method(),
        path.collect::<Vec<_>>().join("/"),
        query.join("&"),
        hex(&Sha256::digest(request.body()))
    );
    let date = request.headers()["x-amz-date"].to_str().unwrap();
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", hex(&Sha256::digest(canonical)));
    let key = scope.split('/').fold(format!("AWS4{SECRET}").into_bytes(), |key, part| mac(&key, part));
    hex(&mac(&key, &text))
}

fn mac(key: &[u8], text: &str) -> Vec<u8> {
    Hmac::<Sha256>::new_from_slice(key).unwrap().chain_update(text).finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

/// Judges a request as AWS would.
fn verify(request: &Request<Bytes>) -> Result<(), String> {
    let authorization = request.headers().get("authorization").ok_or("no signature")?.to_str().unwrap();
    let rest = authorization.strip_prefix("AWS4-HMAC-SHA256 ").ok_or("another scheme")?;
    let fields: Vec<&str> = rest.split(", ").collect();
    let [credential, signed, stated] = ["Credential=", "SignedHeaders=", "Signature="]
        .map(|name| fields.iter().find_map(|field| field.strip_prefix(name)).unwrap_or_default());
    let (id, scope) = credential.split_once('/').ok_or("no scope")?;
    if id != ID {
        return Err(format!("signed by {id}"));
    }
    if !["host", "x-amz-date", "x-amz-security-token"]
        .iter()
        .all(|name| signed.split(';').any(|it| it == *name))
    {
        return Err(format!("only {signed} are signed"));
    }
    if signature(request, signed, scope) != stated {
        return Err(format!("the signature does not match, scope {scope}, headers {signed}"));
    }
    Ok(())
}

/// An upstream that takes only what is signed rightly.
async fn bedrock() -> (SocketAddr, Seen) {
    let seen = Seen::default();
    let remembered = Arc::clone(&seen);
    let address = serve(move |request: Request<Incoming>| {
        let remembered = Arc::clone(&remembered);
        async move {
            let (head, body) = request.into_parts();
            let request = Request::from_parts(head, body.collect().await.unwrap().to_bytes());
            let (status, said) = match verify(&request) {
                Ok(()) => (
                    StatusCode::OK,
                    r#"{"usage":{"inputTokens":1,"outputTokens":2,"totalTokens":3}}"#.to_owned(),
                ),
                Err(why) => (StatusCode::FORBIDDEN, why),
            };
            let (head, body) = request.into_parts();
            remembered.lock().unwrap().push((head.uri.to_string(), head.headers, body));
            let mut response = Response::new(Full::<Bytes>::from(said));
            *response.status_mut() = status;
            response
        }
    })
    .await;
    (address, seen)
}

fn table(address: SocketAddr) -> String {
    format!("{}auth = \"aws_sigv4\"\naws_region = \"us-east-1\"\n", support::upstream(address))
}

async fn proxy(extra: &str, tables: &str) -> (Running, Seen, Log) {
    let (address, seen) = bedrock().await;
    let log = Log::new();
    let text = format!("{extra}{}{}{tables}", log.table(), table(address));
    (start(support::configuration_with(&text, &ENV), &ENV, None).await, seen, log)
}

const PATHS: [&str; 4] = [
    "/model/anthropic.claude-3-haiku-20240307-v1%3A0/converse",
    "/model/anthropic.claude-3-haiku-20240307-v1:0/invoke",
    "/model/arn%3Aaws%3Abedrock%3Aus-east-1%3A123%3Ainference-profile%2Fus.amazon.nova-lite-v1%3A0/converse-stream",
    "/model/amazon.titan-text-express-v1/invoke?b=2&a=%20x",
];

#[tokio::test]
async fn requests_are_signed_for_the_upstream() {
    let (running, seen, _) = proxy("", "").await;
    for path in PATHS {
        let request = post(running.url(path), &[("content-type", "application/json")], r#"{"messages":[]}"#);
        let reply = send(request).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
        let (uri, headers, body) = seen.lock().unwrap().pop().unwrap();
        assert_eq!((uri.as_str(), &*body), (path, &br#"{"messages":[]}"#[..]));
        assert_eq!(headers["x-amz-security-token"], TOKEN);
        assert_eq!(headers["content-length"], "15");
    }
}

/// What the client signed was another host and another key.
#[tokio::test]
async fn a_signature_of_the_client_is_replaced() {
    let (running, seen, _) = proxy("", "").await;
    let headers = [
        (
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIDCLIENT/20260101/us-east-1/bedrock/aws4_request, SignedHeaders=host, Signature=00",
        ),
        ("x-amz-date", "20260101T000000Z"),
        ("x-amz-content-sha256", "00"),
        ("x-amz-security-token", "token-of-the-client"),
        ("x-amzn-bedrock-trace", "ENABLED"),
        ("amz-sdk-request", "attempt=1"),
    ];
    let reply = send(post(running.url(PATHS[0]), &headers, "{}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    let (_, headers, _) = seen.lock().unwrap().pop().unwrap();
    assert_eq!(headers["x-amzn-bedrock-trace"], "ENABLED");
    assert_eq!(headers["amz-sdk-request"], "attempt=1");
    assert!(!format!("{headers:?}").contains("client"), "{headers:?}");
    assert!(!headers.contains_key("x-amz-content-sha256"));
}

#[tokio::test]
async fn a_known_client_is_signed_for_and_named() {
    let key = "sk-of-a-client";
    let client = format!("[[client]]\nkey_sha256 = \"{}\"\nalias = \"search\"\n", hash(key));
    let (running, seen, log) = proxy("require_client = true\n", &client).await;
    let reply = send(post(running.url(PATHS[0]), &[("authorization", &format!("Bearer {key}"))], "{}")).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert!(!format!("{:?}", seen.lock().unwrap()).contains(key));
    assert_eq!(log.last().await["key_alias"], "search");

    // A signature cannot be looked up, so whoever sends only that is not known.
    let signed = [("authorization", "AWS4-HMAC-SHA256 Credential=A/b, SignedHeaders=host, Signature=00")];
    assert_eq!(send(post(running.url(PATHS[0]), &signed, "{}")).await.status, StatusCode::UNAUTHORIZED);
}

/// Bedrock also takes bearer tokens: a credential of the client's own that nobody here knows stays what it is.
#[tokio::test]
async fn another_credential_passes_through() {
    let (running, seen, _) = proxy("", "").await;
    let reply =
        send(post(running.url(PATHS[0]), &[("authorization", "Bearer bedrock-api-key-x")], "{}")).await;
    assert_eq!(reply.text(), "another scheme");
    let (_, headers, _) = seen.lock().unwrap().pop().unwrap();
    assert_eq!(headers["authorization"], "Bearer bedrock-api-key-x");
    assert!(!headers.contains_key("x-amz-date"));
}

#[tokio::test]
async fn large_bodies_are_signed_up_to_a_limit() {
    const LIMIT: usize = 32 * 1024 * 1024;
    let (running, seen, log) = proxy("", "").await;
    let reply = send(post(running.url(PATHS[0]), &[], vec![b' '; LIMIT])).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    assert_eq!(seen.lock().unwrap().pop().unwrap().2.len(), LIMIT);

    assert_eq!(log.last().await["outcome"], "complete");

    let reply = send(post(running.url(PATHS[0]), &[], vec![b' '; LIMIT + 1])).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(reply.json()["error"]["type"], "request_too_large");
    assert!(seen.lock().unwrap().is_empty());
    let line = log.last().await;
    assert_eq!((&line["outcome"], &line["error.type"]), (&"failed".into(), &"request_too_large".into()));
}

#[tokio::test]
async fn half_a_key_pair_stops_the_start() {
    let (address, _) = bedrock().await;
    let env = [("AWS_ACCESS_KEY_ID", ID)];
    let config = support::configuration_with(&table(address), &env);
    let error = Proxy::bind(config, &support::variables(&env)).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "environment: AWS_SECRET_ACCESS_KEY: must be set, since AWS_ACCESS_KEY_ID is"
    );
}

#[tokio::test]
async fn without_credentials_the_client_is_told() {
    let (address, seen) = bedrock().await;
    let log = Log::new();
    let text = format!("{}{}aws_profile = \"nobody-has-this-profile\"\n", log.table(), table(address));
    let running = support::proxy(&text).await;
    let reply = send(post(running.url(PATHS[0]), &[], "{}")).await;
    assert_eq!(reply.status, StatusCode::BAD_GATEWAY);
    assert_eq!(reply.json()["error"]["type"], "credentials");
    let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("upstream `up` was not sent the request: no AWS credentials: "), "{message}");
    assert!(seen.lock().unwrap().is_empty());
    let line = log.last().await;
    assert_eq!((&line["error.type"], &line["error_origin"]), (&"credentials".into(), &"proxy".into()));
}
