//! The whole page of a small store, to the letter.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

mod support;

use support::{Bench, Reply, chat, get, ms};
use tower_genai_core::{Caller, Role};
use tower_genai_metrics::Metrics;
use tower_genai_metrics::scrape::{Format, MetricsService};

async fn small_store() -> Bench {
    let metrics = Metrics::builder()
        .http_duration_buckets([0.01, 1.0])
        .response_size_buckets([100.0])
        .operation_duration_buckets([0.05])
        .time_to_first_chunk_buckets([0.05])
        .time_per_output_token_buckets([0.01])
        .token_usage_buckets([16.0])
        .series_budget(50)
        .revision("abc123")
        .build()
        .unwrap();
    let bench = Bench::with(metrics);
    let server =
        bench.layer(Role::Server).route(|head| (head.uri.path() == "/users/7").then_some("/users/{id}"));
    bench.send(&server, get("/users/7"), Reply::new(200).data(ms(5), "hello")).await;

    let mut request =
        chat("https://api.openai.com/v1/chat/completions", r#"{"model":"gpt-4o-mini","stream":true}"#);
    request
        .extensions_mut()
        .insert(Caller::new().with_key_alias("prod").with_team("search").with_user("svc"));
    let reply = Reply::events()
        .data(ms(20), "data: {\"model\":\"gpt-4o-mini-2024\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n")
        .data(
            ms(60),
            "data: {\"model\":\"gpt-4o-mini-2024\",\"choices\":[],\"usage\":{\"prompt_tokens\":12,\
             \"completion_tokens\":3,\"prompt_tokens_details\":{\"cached_tokens\":4}}}\n\n",
        )
        .data(ms(0), "data: [DONE]\n\n");
    bench.send(&bench.layer(Role::Client), request, reply).await;
    bench
}

const OPEN_METRICS: &str = include_str!("exposition/small.openmetrics");
const TEXT: &str = include_str!("exposition/small.txt");

#[tokio::test]
async fn open_metrics() {
    assert_eq!(small_store().await.page(Format::OpenMetrics), OPEN_METRICS);
}

#[tokio::test]
async fn text() {
    assert_eq!(small_store().await.page(Format::Text), TEXT);
}

#[test]
fn two_stores_are_refused_on_one_page_and_a_store_agrees_with_itself() {
    assert!(MetricsService::builder().source(Metrics::new()).build().is_ok());
    let error = MetricsService::builder().source(Metrics::new()).source(Metrics::new()).build().unwrap_err();
    assert_eq!(error.faults().len(), 25);
}
