//! Who calls, and which credential the upstream sees.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode};
use http_body_util::Full;

use crate::observed::Log;
use crate::support::{self, Running, get, post, send, serve, start};

fn client_table(key: &str, alias: &str, team: &str) -> String {
    let hash = support::hash(key);
    format!(
        "[[client]]\nkey_sha256 = \"{hash}\"\nalias = \"{alias}\"\nteam = \"{team}\"\nuser = \"svc-{alias}\"\n"
    )
}

type Seen = Arc<Mutex<Vec<(String, HeaderMap)>>>;

/// An upstream that remembers what it was sent.
async fn upstream() -> (std::net::SocketAddr, Seen) {
    let seen = Seen::default();
    let remembered = Arc::clone(&seen);
    let address = serve(move |request: http::Request<hyper::body::Incoming>| {
        remembered.lock().unwrap().push((request.uri().to_string(), request.headers().clone()));
        async { Response::new(Full::<Bytes>::from("{}")) }
    })
    .await;
    (address, seen)
}

fn last(seen: &Seen) -> (String, HeaderMap) {
    seen.lock().unwrap().last().cloned().unwrap()
}

async fn proxy(extra: &str, tables: &str) -> (Running, Seen, Log) {
    let (address, seen) = upstream().await;
    let log = Log::new();
    let text = format!("{extra}{}{}api_key_env = \"UP\"\n{tables}", log.table(), support::upstream(address));
    let env = [("UP", "sk-upstream")];
    let running = start(support::configuration_with(&text, &env), &env, None).await;
    (running, seen, log)
}

#[tokio::test]
async fn two_clients_are_told_apart_and_their_keys_stay_here() {
    let tables = client_table("sk-a", "alpha", "search") + &client_table("sk-b", "beta", "ads");
    let (running, seen, log) = proxy("", &tables).await;
    for (headers, path, alias, team) in [
        (&[("authorization", "Bearer sk-a")][..], "/v1/chat/completions?x=1", "alpha", "search"),
        (&[("x-api-key", "sk-b")], "/v1/chat/completions?x=1", "beta", "ads"),
        (&[("x-goog-api-key", "sk-a")], "/v1/chat/completions?x=1", "alpha", "search"),
        (&[], "/v1/chat/completions?key=sk-b&x=1", "beta", "ads"),
    ] {
        send(post(running.url(path), headers, r#"{"model":"gpt-4o-mini"}"#)).await;
        let (uri, got) = last(&seen);
        assert_eq!(uri, "/v1/chat/completions?x=1");
        assert_eq!(got["authorization"], "Bearer sk-upstream");
        assert!(!got.contains_key("x-api-key") && !got.contains_key("x-goog-api-key"));
        let line = log.last().await;
        assert_eq!(line["key_alias"], alias);
        assert_eq!(line["team"], team);
        assert_eq!(line["user"], format!("svc-{alias}"));
    }
    let page = send(get(running.url("/metrics"), &[])).await.text();
    for (alias, team) in [("alpha", "search"), ("beta", "ads")] {
        let labels = format!("key_alias=\"{alias}\",team=\"{team}\",user=\"svc-{alias}\"");
        assert!(
            page.lines().any(|line| line.starts_with("gen_ai_client_calls_total{") && line.contains(&labels)),
            "{page}"
        );
    }
    for secret in ["sk-a", "sk-b", "sk-upstream"] {
        assert!(!page.contains(secret) && !log.text().contains(secret));
    }
}

#[tokio::test]
async fn a_stranger_passes_unchanged_and_nobody_gets_the_key_on_loopback() {
    let (running, seen, log) = proxy("", "").await;
    send(post(running.url("/v1/x?key=k"), &[("authorization", "Bearer sk-theirs")], "{}")).await;
    let (uri, got) = last(&seen);
    assert_eq!((uri.as_str(), got["authorization"].to_str().unwrap()), ("/v1/x?key=k", "Bearer sk-theirs"));
    let line = log.last().await;
    assert!(line.get("key_alias").is_none());
    assert_eq!(line["hashed_api_key"], support::hash("sk-theirs"));

    send(post(running.url("/v1/x"), &[], "{}")).await;
    assert_eq!(last(&seen).1["authorization"], "Bearer sk-upstream");
}

#[tokio::test]
async fn on_an_open_address_nobody_gets_the_key_unless_it_is_said() {
    for (said, key) in [("", false), ("require_client = false\n", true)] {
        let (address, seen) = upstream().await;
        let env = [("UP", "sk-upstream")];
        let text = format!("{said}{}api_key_env = \"UP\"\n", support::upstream(address));
        let mut config = support::configuration_with(&text, &env);
        config.listen = "0.0.0.0:0".parse().unwrap();
        let running = start(config, &env, None).await;
        send(post(format!("http://127.0.0.1:{}/v1/x", running.address.port()), &[], "{}")).await;
        assert_eq!(last(&seen).1.contains_key("authorization"), key);
    }
}

#[tokio::test]
async fn with_require_client_a_stranger_is_401_and_a_record() {
    let (running, seen, log) =
        proxy("require_client = true\n", &client_table("sk-a", "alpha", "search")).await;
    for headers in [&[("authorization", "Bearer sk-unknown")][..], &[]] {
        let reply = send(post(running.url("/v1/chat/completions"), headers, "{}")).await;
        assert_eq!(reply.status, StatusCode::UNAUTHORIZED);
        assert_eq!(reply.json()["error"]["type"], "auth_error");
        let line = log.last().await;
        assert_eq!(
            (line["outcome"].as_str(), line["error.type"].as_str(), line["error_origin"].as_str()),
            (Some("failed"), Some("401"), Some("proxy"))
        );
        assert_eq!(line["http.response.status_code"], 401);
    }
    assert!(seen.lock().unwrap().is_empty(), "nothing reaches the upstream");
    let reply = send(post(running.url("/v1/chat/completions"), &[("x-api-key", "sk-a")], "{}")).await;
    assert_eq!(reply.status, StatusCode::OK);
}

#[tokio::test]
async fn trusted_peers_name_the_end_user_and_the_upstream_is_not_told() {
    let sent = [("x-genai-end-user", "ada"), ("x-litellm-tags", "beta, eu")];
    for (trusted, end_user) in [("trusted_peers = [\"127.0.0.0/8\"]\n", Some("ada")), ("", None)] {
        let (running, seen, log) = proxy(trusted, "").await;
        send(post(running.url("/v1/x"), &sent, "{}")).await;
        let line = log.last().await;
        assert_eq!(line.get("end_user").and_then(|value| value.as_str()), end_user);
        assert_eq!(line.get("tags").is_some(), end_user.is_some());
        let (_, got) = last(&seen);
        assert!(!got.contains_key("x-genai-end-user") && !got.contains_key("x-litellm-tags"));
    }
}
