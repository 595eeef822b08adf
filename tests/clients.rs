//! Who calls: clients known by their keys, strangers, and a client that is added while a stream is running.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

use std::time::Duration;

use http_body_util::BodyExt;
use rustix::process::Signal;
use tower_genai_tests::call_log::Line;
use tower_genai_tests::client::{Connection, Reply, fetch, post, with};
use tower_genai_tests::otlp::{Kind, Receiver};
use tower_genai_tests::proxy::{Child, Config, Proxy};
use tower_genai_tests::replay::{Replay, Script};

const REQUEST: &str =
    r#"{"model":"gpt-4o-mini","stream":true,"stream_options":{"include_usage":true},"messages":[]}"#;
const OURS: &str = "sk-the-upstreams-own-key";

fn bearer(key: &str) -> String {
    format!("Bearer {key}")
}

fn config(replay: &Replay) -> Config {
    Config::new()
        .upstream("replay", &replay.url(), "api_key_env = \"UPSTREAM_KEY\"")
        .client("sk-of-alice", "alice", "search")
        .client("sk-of-bob", "bob", "billing")
}

async fn call(address: std::net::SocketAddr, id: &str, headers: &[(&'static str, &str)]) -> Reply {
    let headers = [headers, &[("x-replay-script", "stream=2,0"), ("x-replay-id", id)]].concat();
    fetch(address, with(post("/replay/v1/chat/completions", REQUEST), &headers)).await
}

fn line<'a>(lines: &'a [Line], id: &str) -> &'a Line {
    let mut of_id = lines.iter().filter(|line| line.text("echo") == Some(id));
    let line = of_id.next().unwrap_or_else(|| panic!("no line for {id}: {lines:?}"));
    assert!(of_id.next().is_none(), "two lines for {id}");
    line
}

#[tokio::test(flavor = "multi_thread")]
async fn known_clients_are_named_and_their_keys_stay_here() {
    let (replay, collector) = (Replay::scripted().await, Receiver::start().await);
    let environment = [("UPSTREAM_KEY", OURS), ("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.url())];
    let config = config(&replay).top("require_client = true");
    let proxy = Proxy::start_in(&config, &environment).await;
    let address = proxy.address();
    assert_eq!(call(address, "alice", &[("authorization", &bearer("sk-of-alice"))]).await.status, 200);
    assert_eq!(call(address, "bob", &[("x-api-key", "sk-of-bob")]).await.status, 200);
    let stranger = call(address, "stranger", &[("authorization", &bearer("sk-of-nobody"))]).await;
    let nobody = call(address, "nobody", &[]).await;

    for refused in [&stranger, &nobody] {
        assert_eq!(refused.status, 401, "{}", refused.text());
        assert!(!refused.text().contains("sk-"), "{}", refused.text());
        assert!(refused.json()["error"]["message"].is_string(), "{}", refused.text());
    }
    let received = replay.received();
    assert_eq!(received.len(), 2, "a refused request goes nowhere");
    for request in &received {
        assert_eq!(request.header("authorization"), bearer(OURS));
        assert!(!format!("{request:?}").contains("sk-of-"), "{request:?}");
    }

    let metrics = proxy.settled().await;
    for (alias, team) in [("alice", "search"), ("bob", "billing")] {
        let user = format!("{alias}-user");
        let who = [("key_alias", alias), ("team", team), ("user", &*user)];
        assert_eq!(metrics.count("gen_ai_client_calls_total", &who), 1, "{}", metrics.text);
        let output = [&who[..], &[("token_type", "output")]].concat();
        assert_eq!(metrics.count("gen_ai_client_tokens_total", &output), 2, "{}", metrics.text);
        assert!(metrics.sum("gen_ai_client_cost_usd_total", &who) > 0.0, "{}", metrics.text);
    }
    assert_eq!(metrics.unaccounted(), 0);

    let lines = proxy.finish().await;
    assert_eq!(lines.len(), 4);
    for (alias, team) in [("alice", "search"), ("bob", "billing")] {
        let line = line(&lines, alias);
        assert_eq!((line.text("key_alias"), line.text("team")), (Some(alias), Some(team)));
        assert_eq!(line.text("user"), Some(&*format!("{alias}-user")));
        assert_eq!(line.text("hashed_api_key").map(str::len), Some(64));
        assert_eq!(line.text("outcome"), Some("complete"));
    }
    for id in ["stranger", "nobody"] {
        let line = line(&lines, id);
        assert_eq!(line.number("http.response.status_code"), Some(401), "{line:?}");
        assert_eq!(
            (line.text("outcome"), line.text("error_origin")),
            (Some("failed"), Some("proxy")),
            "{line:?}"
        );
        assert_eq!(line.text("key_alias"), None);
    }

    let spans = collector.spans();
    for (alias, team) in [("alice", "search"), ("bob", "billing")] {
        let of_alias = |span: &&_| attribute(span, "tower_genai.key_alias") == Some(alias);
        let span = spans.iter().filter(|span| span.kind == Kind::Client).find(of_alias);
        let span = span.unwrap_or_else(|| panic!("no span of {alias}: {spans:#?}"));
        assert_eq!(attribute(span, "tower_genai.team"), Some(team));
        assert_eq!(attribute(span, "user.id"), Some(&*format!("{alias}-user")));
    }
}

fn attribute<'a>(span: &'a tower_genai_tests::otlp::Span, key: &str) -> Option<&'a str> {
    span.attributes.get(key).map(String::as_str)
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_pass_where_no_client_is_required() {
    let replay = Replay::scripted().await;
    let proxy = Proxy::start_in(&config(&replay), &[("UPSTREAM_KEY", OURS)]).await;
    let reply = call(proxy.address(), "stranger", &[("authorization", &bearer("sk-of-nobody"))]).await;
    assert_eq!(reply.status, 200);
    let received = replay.received();
    assert_eq!(received[0].header("authorization"), bearer("sk-of-nobody"), "the provider judges it");
    let lines = proxy.finish().await;
    assert_eq!(lines[0].text("key_alias"), None);
    assert_eq!(lines[0].text("hashed_api_key").map(str::len), Some(64));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_is_added_without_dropping_a_stream() {
    let replay = Replay::scripted().await;
    let config = config(&replay).top("require_client = true");
    let environment = [("UPSTREAM_KEY", OURS)];
    let mut proxy = Child::start(env!("CARGO_BIN_EXE_genai-proxy-under-test"), &config, &environment).await;
    let address = proxy.address();

    let carol = [("authorization", &*bearer("sk-of-carol"))];
    assert_eq!(call(address, "too-early", &carol).await.status, 401);
    let script = Script::Stream(20, Duration::from_millis(50));
    let alice = bearer("sk-of-alice");
    let headers =
        [("authorization", &*alice), ("x-replay-script", &*script.to_string()), ("x-replay-id", "stream")];
    let mut connection = Connection::http1(address).await;
    let request = with(post("/replay/v1/chat/completions", REQUEST), &headers);
    let mut response = connection.send(request).await.unwrap();
    let first = response.body_mut().frame().await.unwrap().unwrap().into_data().unwrap();

    proxy.reload(&config.clone().client("sk-of-carol", "carol", "research")).await;
    assert_eq!(call(address, "carol", &carol).await.status, 200);
    assert_eq!(call(address, "bob", &[("x-api-key", "sk-of-bob")]).await.status, 200);
    let rest = Reply::read(response).await;
    assert!(rest.whole);
    assert_eq!([&*first, &*rest.body].concat(), script.body("/v1/chat/completions"));

    // What cannot be read changes nothing.
    proxy.rewrite(&config.clone().top("lisen = 1"));
    proxy.signal(Signal::HUP);
    proxy.wait_for_output("lisen").await;
    assert_eq!(call(address, "carol-again", &carol).await.status, 200);

    proxy.signal(Signal::INT);
    assert!(proxy.ended(Duration::from_secs(20)).await.success());
    let lines = proxy.lines();
    assert_eq!(lines.len(), 5, "{lines:#?}");
    assert_eq!(line(&lines, "too-early").text("key_alias"), None);
    assert_eq!(line(&lines, "stream").text("outcome"), Some("complete"));
    assert_eq!(line(&lines, "stream").text("key_alias"), Some("alice"));
    let carol = line(&lines, "carol");
    assert_eq!((carol.text("key_alias"), carol.text("team")), (Some("carol"), Some("research")));
}
