//! `/spend`: who spent what.

use http::{Response, StatusCode};
use http_body_util::Full;
use serde_json::{Value, json};

use crate::support::{Running, get, hash, post, proxy, send, serve, upstream};

const KEYS: [(&str, &str); 2] = [("sk-search", "search"), ("sk-chat", "chat")];

/// A proxy with two clients of two teams, whose calls cost $0.00021 each.
async fn with_clients() -> Running {
    let address = serve(|_| async {
        let body = r#"{"model": "gpt-4o-mini", "usage": {"prompt_tokens": 1000, "completion_tokens": 100}}"#;
        Response::builder().header("content-type", "application/json").body(Full::from(body)).unwrap()
    })
    .await;
    let clients = KEYS.map(|(key, team)| {
        format!("[[client]]\nkey_sha256 = \"{}\"\nalias = \"{team}-prod\"\nteam = \"{team}\"\n", hash(key))
    });
    proxy(&format!("{}provider = \"openai\"\n{}", upstream(address), clients.concat())).await
}

async fn call(running: &Running, key: &str) {
    let authorization = format!("Bearer {key}");
    let request = post(
        running.url("/v1/chat/completions"),
        &[("authorization", &authorization)],
        r#"{"model":"gpt-4o-mini"}"#,
    );
    assert_eq!(send(request).await.status, StatusCode::OK);
}

async fn spend(running: &Running, query: &str) -> Value {
    let reply = send(get(running.url(&format!("/spend{query}")), &[])).await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.text());
    reply.json()
}

#[tokio::test]
async fn teams_and_models_are_told_apart_with_exact_money() {
    let running = with_clients().await;
    for key in ["sk-search", "sk-search", "sk-chat"] {
        call(&running, key).await;
    }
    let page = spend(&running, "?group_by=team&since=24h").await;
    let row =
        |group: &Value| json!([group["team"], group["calls"], group["cost_usd"], group["tokens"]["input"]]);
    let rows: Vec<_> = page["groups"].as_array().unwrap().iter().map(row).collect();
    assert_eq!(rows, [json!(["search", 2, "0.00042", 2_000]), json!(["chat", 1, "0.00021", 1_000])]);
    assert_eq!((&page["total"]["cost_usd"], &page["total"]["priced_calls"]), (&json!("0.00063"), &json!(3)));
    assert_eq!(page["total"]["estimated_cost_usd"], "0");
    assert_eq!(page["since"], page["covers_since"], "the process is younger than the window");
    assert_eq!(page["group_by"], json!(["team"]));
    assert_eq!(page["folded"]["user"], 0);
    let instance = page["instance"].as_str().unwrap();
    assert!(instance.ends_with(&format!(":{}", running.admin.port())), "{instance}");

    let page = spend(&running, "?group_by=provider,model").await;
    let group = &page["groups"][0];
    assert_eq!(
        (&group["provider"], &group["model"], &group["calls"]),
        (&json!("openai"), &json!("gpt-4o-mini"), &json!(3))
    );
    assert_eq!(spend(&running, "").await["groups"], json!([]));
}

#[tokio::test]
async fn a_question_that_cannot_be_answered_says_what_can() {
    let running = with_clients().await;
    for (query, words) in
        [("group_by=colour", "model, provider, key_alias, team, user, tag"), ("since=soon", "24h")]
    {
        let reply = send(get(running.url(&format!("/spend?{query}")), &[])).await;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        let message = reply.json()["error"]["message"].as_str().unwrap().to_owned();
        assert!(message.contains(words), "{message}");
    }
}
