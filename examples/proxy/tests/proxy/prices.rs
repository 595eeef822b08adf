//! The operator's price file, read again while calls are priced.

use std::path::Path;

use genai_proxy::Command;
use http::Response;
use http_body_util::Full;
use tower_genai_core::Usd;

use crate::program::{Program, run, write};
use crate::support::{Running, eventually, get, post, proxy, send, serve, upstream};

fn prices(price: &str) -> String {
    format!(r#"{{"our-model": {{"litellm_provider": "us", "input_cost_per_token": {price}}}}}"#)
}

/// Another file in the place of the one that is there.
fn replace(file: &Path, text: &str) {
    let new = file.with_extension("new");
    std::fs::write(&new, text).unwrap();
    std::fs::rename(new, file).unwrap();
}

async fn page(running: &Running) -> String {
    send(get(running.url("/metrics"), &[])).await.text()
}

fn loads(page: &str, outcome: &str) -> u64 {
    let name = format!("tower_genai_price_file_loads_total{{outcome=\"{outcome}\"}} ");
    page.lines().find_map(|line| line.strip_prefix(&name)).unwrap().parse().unwrap()
}

async fn until_loaded(running: &Running, outcome: &str, times: u64) {
    for _ in 0..1_000 {
        if loads(&page(running).await, outcome) == times {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    panic!("{outcome} {times} times: {}", page(running).await);
}

/// What everything cost so far.
async fn spent(running: &Running) -> Usd {
    let document = send(get(running.url("/spend"), &[])).await.json();
    document["total"]["cost_usd"].as_str().unwrap().parse().unwrap()
}

async fn call(running: &Running, model: &str) -> Usd {
    let before = spent(running).await;
    let request = post(running.url("/v1/chat/completions"), &[], format!(r#"{{"model":"{model}"}}"#));
    send(request).await;
    let after = spent(running).await;
    let parts = |amount: Usd| amount.to_string().parse::<f64>().unwrap();
    assert!(parts(after) >= parts(before));
    after.checked_add(-before).unwrap()
}

#[tokio::test]
async fn a_price_file_is_taken_over_while_running_and_one_with_a_fault_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prices.json");
    std::fs::write(&file, prices("1")).unwrap();
    let address = serve(|request| async move {
        let body = http_body_util::BodyExt::collect(request.into_body()).await.unwrap().to_bytes();
        let asked: serde_json::Value = serde_json::from_slice(&body).unwrap();
        let reply = serde_json::json!({ "model": asked["model"], "usage": { "prompt_tokens": 2, "completion_tokens": 0 } });
        Response::builder()
            .header("content-type", "application/json")
            .body(Full::from(reply.to_string()))
            .unwrap()
    })
    .await;
    let text =
        format!("price_file = {:?}\n{}provider = \"us\"\n", file.display().to_string(), upstream(address));
    let running = proxy(&text).await;
    assert_eq!(call(&running, "our-model").await.to_string(), "2");

    replace(&file, &prices("5"));
    until_loaded(&running, "loaded", 2).await;
    assert_eq!(call(&running, "our-model").await.to_string(), "10");

    // Refused once, however often it is looked at; the prices before it stay.
    replace(&file, &prices("-1"));
    until_loaded(&running, "refused", 1).await;
    assert_eq!(call(&running, "our-model").await.to_string(), "10");

    replace(&file, &prices("7"));
    running.commands.send(Command::Reload).await.unwrap();
    until_loaded(&running, "loaded", 3).await;
    assert_eq!(call(&running, "our-model").await.to_string(), "14");
    assert_eq!(loads(&page(&running).await, "refused"), 1);
}

#[tokio::test]
async fn a_refused_file_is_logged_with_line_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("prices.json");
    std::fs::write(&file, prices("1")).unwrap();
    let config = write(folder.path(), "listen = \"127.0.0.1:0\"\nprice_file = \"prices.json\"\n");
    let mut program = Program::start(&["--config", &config], &[]);
    program.address().await;
    replace(&file, "{\n\"our-model\": {\"input_cost_per_token\": \"much\"}}");
    eventually(|| program.log().contains("the price file is refused")).await;
    let log = program.log();
    assert!(log.contains(r#"line 2: \"our-model\": \"input_cost_per_token\""#), "{log}");
    std::fs::remove_file(&file).unwrap();
    eventually(|| program.log().contains("cannot be read: No such file")).await;
    program.signal("INT");
    assert!(program.end().await);
}

#[test]
fn a_price_file_with_faults_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let config = write(folder.path(), "price_file = \"prices.json\"\n");
    let rubbish = vec![b'x'; (64 << 20) + 1];
    let twice = format!("{{{0},\n{0}}}", r#""our-model": {"input_cost_per_token": 1}"#);
    for (text, expected) in [
        (None, "`prices.json`: cannot be read: No such file or directory (os error 2)"),
        (Some(prices("-1").into_bytes()), "a price cannot be negative, found -1"),
        (Some(prices("\"much\"").into_bytes()), "expected a number of US dollars"),
        (Some(twice.into_bytes()), "`prices.json`: line 2: \"our-model\": the model is there twice"),
        (Some(b"rubbish".to_vec()), "`prices.json`: line 1: not a price file"),
        (Some(rubbish), "`prices.json`: is larger than 64 MiB: no price file"),
    ] {
        if let Some(text) = text {
            std::fs::write(folder.path().join("prices.json"), text).unwrap();
        }
        let output = run(&["--config", &config], &[]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{expected}");
        assert!(said.contains(":1: price_file: ") && said.contains(expected), "{said}");
    }
}
