//! The names of either state of the conventions.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

mod support;

use support::{Bench, Reply, chat, ms};
use tower_genai_core::{Profile, Role};
use tower_genai_metrics::Metrics;

const CHAT: &str = "https://api.openai.com/v1/chat/completions";
const EMBEDDINGS: &str = "https://api.openai.com/v1/embeddings";
const ASK: &str = r#"{"model":"m"}"#;

const DETAILED: &str = r#"{"model":"m","usage":{"prompt_tokens":100,"completion_tokens":20,
    "prompt_tokens_details":{"cached_tokens":40,"audio_tokens":5},
    "completion_tokens_details":{"reasoning_tokens":7,"audio_tokens":0}}}"#;

async fn bench(profile: Profile) -> Bench {
    let bench = Bench::with(Metrics::builder().profile(profile).build().unwrap());
    let layer = bench.layer(Role::Client);
    bench.send(&layer, chat(CHAT, ASK), Reply::json(200, DETAILED)).await;
    let plain = r#"{"model":"m","usage":{"prompt_tokens":8,"completion_tokens":2}}"#;
    bench.send(&layer, chat(CHAT, ASK), Reply::json(200, plain)).await;
    bench.send(&layer, chat(CHAT, ASK), Reply::json(500, "{}")).await;
    let vectors = r#"{"model":"m","usage":{"prompt_tokens":1000,"total_tokens":1000}}"#;
    bench.send(&layer, chat(EMBEDDINGS, ASK), Reply::json(200, vectors)).await;
    let output = "data: {\"model\":\"m\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"x\"}}]}\n\n";
    let reply = Reply::events().data(ms(80), output).data(ms(400), "data: [DONE]\n\n");
    bench.send(&layer, chat(CHAT, ASK), reply).await;
    bench
}

/// The names of the families of calls that have samples.
fn families(bench: &Bench) -> Vec<String> {
    let page = bench.page(tower_genai_metrics::scrape::Format::Text);
    let names = page.lines().filter_map(|line| line.strip_prefix("# TYPE gen_ai_"));
    names.map(|line| line.split(' ').next().unwrap().to_owned()).collect()
}

/// What stands behind the models.
fn rows(bench: &Bench, name: &str) -> Vec<String> {
    let behind = |sample: String| sample.split_once("response_model=").unwrap().1.to_owned();
    bench.samples(name).into_iter().map(behind).collect()
}

const ACCOUNTS: [&str; 3] = ["client_calls_total", "client_tokens_total", "client_cost_usd_total"];

const V1_41: [&str; 3] = [
    "client_operation_duration_seconds",
    "client_operation_time_to_first_chunk_seconds",
    "client_token_usage",
];

const V2026_10: [&str; 8] = [
    "client_inference_duration_seconds",
    "client_inference_time_to_first_chunk_seconds",
    "client_inference_operation_input_tokens",
    "client_inference_operation_output_tokens",
    "client_inference_usage_input_tokens_total",
    "client_inference_usage_output_tokens_total",
    "client_inference_usage_cache_read_input_tokens_total",
    "client_inference_usage_reasoning_output_tokens_total",
];

#[tokio::test]
async fn each_profile_has_its_names_and_both_have_all() {
    let new = &V2026_10[..];
    assert_eq!(families(&bench(Profile::V1_41).await), [&V1_41[..], &ACCOUNTS[..]].concat());
    let kept = &["client_operation_duration_seconds"][..];
    assert_eq!(families(&bench(Profile::V2026_10).await), [kept, new, &ACCOUNTS[..]].concat());
    assert_eq!(families(&bench(Profile::Both).await), [&V1_41[..], new, &ACCOUNTS[..]].concat());
}

#[tokio::test]
async fn inferences_have_durations_of_their_own() {
    let bench = bench(Profile::V2026_10).await;
    let count = |name: &str, operation: &str| -> u64 {
        let of = format!("gen_ai_operation_name=\"{operation}\"");
        let samples = bench.samples(name);
        let counts = samples.iter().filter(|sample| sample.contains(&of));
        counts.map(|sample| sample.rsplit_once(' ').unwrap().1.parse::<u64>().unwrap()).sum()
    };
    assert_eq!(count("gen_ai_client_inference_duration_seconds_count", "chat"), 4);
    assert_eq!(count("gen_ai_client_inference_duration_seconds_count", "embeddings"), 0);
    assert_eq!(count("gen_ai_client_operation_duration_seconds_count", "embeddings"), 1);
    assert_eq!(count("gen_ai_client_operation_duration_seconds_count", "chat"), 0);
    assert_eq!(count("gen_ai_client_inference_time_to_first_chunk_seconds_count", "chat"), 1);
}

#[tokio::test]
async fn tokens_are_counted_by_modality_and_every_inference_is_counted() {
    let bench = bench(Profile::V2026_10).await;
    assert_eq!(
        rows(&bench, "gen_ai_client_inference_usage_input_tokens_total"),
        [
            r#""m",gen_ai_token_modality="text"} 95"#,
            r#""m",gen_ai_token_modality="audio"} 5"#,
            r#""m",gen_ai_token_modality="unknown"} 8"#,
            // The failure has no response model.
            r#""",gen_ai_token_modality="unknown"} 0"#,
        ]
    );
    assert_eq!(
        rows(&bench, "gen_ai_client_inference_usage_output_tokens_total"),
        [
            r#""m",gen_ai_token_modality="text"} 20"#,
            r#""m",gen_ai_token_modality="unknown"} 2"#,
            r#""",gen_ai_token_modality="unknown"} 0"#,
        ]
    );
    assert_eq!(
        rows(&bench, "gen_ai_client_inference_usage_cache_read_input_tokens_total"),
        [r#""m",gen_ai_token_modality="unknown"} 40"#]
    );
    assert_eq!(
        rows(&bench, "gen_ai_client_inference_usage_reasoning_output_tokens_total"),
        [r#""m",gen_ai_token_modality="text"} 7"#]
    );
    // Two that told, the one that failed, and the stream that told nothing.
    assert_eq!(
        rows(&bench, "gen_ai_client_inference_operation_input_tokens_count"),
        [r#""m",error_type=""} 3"#, r#""",error_type="500"} 1"#]
    );
    assert_eq!(
        rows(&bench, "gen_ai_client_inference_operation_input_tokens_sum"),
        [r#""m",error_type=""} 108"#, r#""",error_type="500"} 0"#]
    );
}
