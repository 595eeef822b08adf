//! {metrics, trace and cost, each alone, stacked in every order, composed in one layer} x {every way an exchange can
//! end} over sockets, on the server's side and on the client's, with HTTP/1.1 and HTTP/2: one record, with the right
//! outcome, in everything that is shown.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod cases;
mod client_side;
mod instruments;
mod server_side;

use std::time::Duration;

use http::Version;
use opentelemetry_sdk::trace::SpanData;
use tokio::task::JoinSet;
use tokio::time::sleep;
use tower_genai_core::{Outcome, Role};
use tower_genai_cost::Pricing;
use tower_genai_tests::replay::Replay;

use cases::{CASES, Case, Client, Kind, STACKS};
use instruments::Instruments;

const CHAT: &str = "/v1/chat/completions";
const REQUEST: &str = r#"{"model":"gpt-4o-mini","stream":true}"#;

#[tokio::test(flavor = "multi_thread")]
async fn servers_over_http1() {
    every_stack_and_case(Role::Server, Version::HTTP_11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_over_http2() {
    every_stack_and_case(Role::Server, Version::HTTP_2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_over_http1() {
    every_stack_and_case(Role::Client, Version::HTTP_11).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn clients_over_http2() {
    every_stack_and_case(Role::Client, Version::HTTP_2).await;
}

async fn every_stack_and_case(role: Role, version: Version) {
    std::panic::set_hook(Box::new(|panic| {
        if panic.payload().downcast_ref() != Some(&"as scripted") {
            println!("{panic}");
        }
    }));
    let pricing = Pricing::embedded();
    let mut found = Vec::new();
    for case in CASES {
        let mut runs = JoinSet::new();
        for order in STACKS.into_iter().map(Some).chain([None]) {
            let instruments = Instruments::new(role, &pricing);
            runs.spawn(async move { run(case, order, instruments, version).await });
        }
        found.extend(runs.join_all().await.into_iter().flatten());
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

async fn run(case: Case, order: Option<&[Kind]>, instruments: Instruments, version: Version) -> Vec<String> {
    let bytes = if instruments.role == Role::Server {
        let stack = instruments.around(order, server_side::service(case.service));
        server_side::drive(case, server_side::serve(stack).await, version).await
    } else {
        let replay = Replay::scripted().await;
        let stack = instruments.around(order, client_side::service(case.service, version));
        client_side::drive(case, stack, &replay).await
    };
    let name = format!("{version:?}, {}", order.map_or("composed".to_owned(), |order| format!("{order:?}")));
    let kinds = order.unwrap_or(&[Kind::Metrics, Kind::Trace, Kind::Cost]);
    check(&name, case, kinds, &instruments, bytes).await
}

/// What must hold when everything has ended.
fn faults(name: &str, case: Case, kinds: &[Kind], instruments: &Instruments, bytes: usize) -> Vec<String> {
    let mut faults = Vec::new();
    let mut same = |what: &str, actual: String, expected: String| {
        if actual != expected {
            faults.push(format!("{name}, {case:?}: {what}: {actual} instead of {expected}"));
        }
    };
    let calls = u64::from(case.client != Client::SendsHead);
    let (check, role) = (instruments.self_check(), instruments.role);
    same("opened", check.opened(role).to_string(), calls.to_string());
    same("in flight", check.in_flight(role).to_string(), "0".to_owned());
    same("observers that panicked", format!("{:?}", check.panics()), "[]".to_owned());
    for outcome in [Outcome::Complete, Outcome::Failed, Outcome::Dropped] {
        let expected = if outcome == case.outcome { calls } else { 0 };
        same(outcome.as_str(), check.recorded(role, outcome).to_string(), expected.to_string());
    }
    let priced = case.usage && kinds.contains(&Kind::Cost);
    if kinds.contains(&Kind::Metrics) {
        let shown = instruments.exposition();
        let count = |name: &str, labels: &[(&str, &str)]| shown.count(name, labels).to_string();
        let outcome = ("outcome", case.outcome.as_str());
        let http = if role == Role::Server { "http_server" } else { "http_client" };
        let requests = format!("{http}_request_duration_seconds_count");
        same("requests", count(&requests, &[]), "1".to_owned());
        same("active requests", count(&format!("{http}_active_requests"), &[]), "0".to_owned());
        if role == Role::Server {
            same("size", count("http_server_response_body_size_bytes_sum", &[]), bytes.to_string());
        }
        same("calls", count("gen_ai_client_calls_total", &[]), calls.to_string());
        same("their outcome", count("gen_ai_client_calls_total", &[outcome]), calls.to_string());
        same("durations", count("gen_ai_client_operation_duration_seconds_count", &[]), calls.to_string());
        let tokens = [("token_type", "input")];
        same(
            "tokens",
            count("gen_ai_client_tokens_total", &tokens),
            if case.usage { "7" } else { "0" }.to_owned(),
        );
        let cost = shown.sum("gen_ai_client_cost_usd_total", &[]);
        same("a cost", (cost > 0.0).to_string(), priced.to_string());
    }
    if kinds.contains(&Kind::Trace) {
        let spans = instruments.spans.get_finished_spans().unwrap();
        same("spans", spans.len().to_string(), "1".to_owned());
        for span in &spans {
            let outcome = attribute(span, "tower_genai.outcome");
            let expected = (calls == 1).then(|| case.outcome.as_str().to_owned());
            same("the span's outcome", format!("{outcome:?}"), format!("{expected:?}"));
            same(
                "the span's cost",
                attribute(span, "gen_ai.usage.cost").is_some().to_string(),
                priced.to_string(),
            );
        }
    }
    faults
}

fn attribute(span: &SpanData, key: &str) -> Option<String> {
    let attribute = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
    attribute.map(|attribute| attribute.value.to_string())
}

async fn check(
    name: &str,
    case: Case,
    kinds: &[Kind],
    instruments: &Instruments,
    bytes: usize,
) -> Vec<String> {
    // A server notices a little later that its client has gone.
    for _ in 0..500 {
        if faults(name, case, kinds, instruments, bytes).is_empty() {
            return Vec::new();
        }
        sleep(Duration::from_millis(10)).await;
    }
    faults(name, case, kinds, instruments, bytes)
}
