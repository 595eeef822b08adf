//! Series with LiteLLM's names.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

mod support;

use std::collections::BTreeMap;

use http::Request;
use support::{Bench, Reply, chat, ms};
use tower_genai_core::{CallRecord, Caller, Observer, Role, Upstream, Usage, UsageSource};
use tower_genai_metrics::scrape::{Format, Source};
use tower_genai_metrics::{Metrics, Naming};

const URI: &str = "https://api.openai.com/v1/chat/completions";
const ASK: &str = r#"{"model":"gpt-4o"}"#;

fn bench() -> Bench {
    Bench::with(Metrics::builder().naming(Naming::LiteLlm).build().unwrap())
}

/// A call of someone at a known upstream.
fn call(body: &'static str) -> Request<&'static str> {
    let mut request = chat(URI, body);
    let caller = Caller::new().with_key_alias("search-prod").with_team("search").with_user("svc");
    request.extensions_mut().insert(caller.with_hashed_key("88dc").with_end_user("ada"));
    request.extensions_mut().insert(
        Upstream::new()
            .with_name("main")
            .with_provider("openai")
            .with_api_base("https://k@api.openai.com/?k=1"),
    );
    request
}

/// A stream of 3 tokens whose first comes after 100 ms and whose last comes after 300 ms.
fn stream() -> Reply {
    let event = |text: &str| {
        format!(
            "data: {{\"model\":\"gpt-4o-2024\",\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}}}}]}}\n\n"
        )
    };
    let usage = r#"{"prompt_tokens":10,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}"#;
    Reply::events()
        .header("x-ratelimit-remaining-requests", "99")
        .header("x-ratelimit-remaining-tokens", "0")
        .data(ms(80), &event("a"))
        .data(ms(100), &event("b"))
        .data(ms(100), &event("c"))
        .data(ms(0), &format!("data: {{\"choices\":[],\"usage\":{usage}}}\n\n"))
        .data(ms(0), "data: [DONE]\n\n")
}

#[tokio::test]
async fn a_stream_that_was_delivered() {
    let bench = bench();
    let layer = bench.layer(Role::Client);
    let request = bench.held(call(r#"{"model":"gpt-4o","stream":true,"service_tier":"flex"}"#), ms(2));
    bench.send(&layer, request, stream()).await;

    let page = bench.samples("litellm_");
    let identity = r#"hashed_api_key="88dc",api_key_alias="search-prod""#;
    let team = r#"team="search",team_alias="search""#;
    let deployment = r#"model_id="main",api_base="https://api.openai.com",api_provider="openai""#;
    let tokens = format!(
        "end_user=\"None\",{identity},model=\"gpt-4o\",{team},user=\"svc\",user_email=\"None\",\
         requested_model=\"gpt-4o\",model_id=\"main\",api_provider=\"openai\""
    );
    let nobody = r#"hashed_api_key="None",api_key_alias="None""#;
    let api = format!(
        "model_group=\"gpt-4o\",model=\"gpt-4o\",{nobody},team=\"None\",team_alias=\"None\",requested_model=\"gpt-4o\",\
         end_user=\"None\",user=\"None\",model_id=\"main\",api_provider=\"openai\",service_tier=\"flex\",\
         org_id=\"None\",org_alias=\"None\""
    );
    let cache = format!(
        "model=\"gpt-4o\",{identity},{team},end_user=\"None\",user=\"svc\",model_id=\"main\",api_provider=\"openai\""
    );
    let of_key = |identity: &str| {
        format!(
            "model_group=\"gpt-4o\",api_provider=\"openai\",api_base=\"https://api.openai.com\",\
             litellm_model_name=\"gpt-4o\",{identity},model_id=\"main\""
        )
    };
    let org = r#"org_id="None",org_alias="None""#;
    let client = r#"client_ip="None",user_agent="None""#;
    let answered = format!(
        "model_group=\"gpt-4o\",requested_model=\"gpt-4o\",litellm_model_name=\"gpt-4o\",{deployment},{identity},{team},{client}"
    );
    let expected = [
        format!(
            "litellm_proxy_total_requests_metric_total{{end_user=\"None\",{identity},requested_model=\"gpt-4o\",{team},\
             user=\"svc\",status_code=\"200\",user_email=\"None\",route=\"/v1/chat/completions\",{client},\
             model_id=\"main\",api_provider=\"openai\",{org}}} 1"
        ),
        format!(
            "litellm_requests_metric_total{{end_user=\"None\",{identity},model=\"gpt-4o\",{team},user=\"svc\",\
             user_email=\"None\",{client},requested_model=\"gpt-4o\",model_id=\"main\",api_provider=\"openai\",{org}}} 1"
        ),
        format!(
            "litellm_request_total_latency_metric_sum{{model_group=\"gpt-4o\",end_user=\"None\",{nobody},\
             requested_model=\"gpt-4o\",team=\"None\",team_alias=\"None\",user=\"None\",model=\"gpt-4o\",\
             model_id=\"main\",api_provider=\"openai\",service_tier=\"flex\",{org}}} 0.302"
        ),
        format!("litellm_llm_api_latency_metric_sum{{{api}}} 0.3"),
        format!("litellm_llm_api_latency_metric_count{{{api}}} 1"),
        format!("litellm_llm_api_time_to_first_token_metric_sum{{{api}}} 0.1"),
        format!("litellm_overhead_latency_metric_sum{{{}}} 0.002", of_key(nobody)),
        format!(
            "litellm_spend_metric_total{{end_user=\"None\",{identity},model=\"gpt-4o\",{team},user=\"svc\",\
             user_email=\"None\",{client},requested_model=\"gpt-4o\",model_id=\"main\",api_provider=\"openai\",\
             service_tier=\"flex\",{org}}} 0.00000195"
        ),
        format!("litellm_total_tokens_metric_total{{{tokens},{org}}} 13"),
        format!("litellm_input_tokens_metric_total{{{tokens},{org}}} 10"),
        format!("litellm_output_tokens_metric_total{{{tokens},{org}}} 3"),
        format!("litellm_input_cached_tokens_metric_total{{{tokens}}} 4"),
        format!("litellm_provider_cache_read_input_tokens_metric_total{{{cache}}} 4"),
        format!("litellm_deployment_success_responses_total{{{answered}}} 1"),
        format!("litellm_deployment_total_requests_total{{{answered}}} 1"),
        format!(
            "litellm_deployment_latency_per_output_token_sum{{model_group=\"gpt-4o\",litellm_model_name=\"gpt-4o\",\
             {deployment},{nobody},team=\"None\",team_alias=\"None\",{org}}} 0.1"
        ),
        format!("litellm_deployment_state{{litellm_model_name=\"gpt-4o\",{deployment}}} 0"),
        format!("litellm_remaining_requests_metric{{{}}} 99", of_key(identity)),
        format!("litellm_remaining_tokens_metric{{{}}} 0", of_key(identity)),
        "litellm_in_flight_requests 0".to_owned(),
    ];
    for sample in &expected {
        assert!(page.contains(sample), "{sample}\n{}", page.join("\n"));
    }
    let counts = |line: &&String| line.contains("_count{") || line.contains("_sum{");
    let alone = page.iter().filter(|line| !counts(line)).count();
    assert_eq!(alone, expected.iter().filter(|line| !counts(line)).count(), "{}", page.join("\n"));
    assert!(!bench.page(Format::Text).contains("gen_ai_client"), "only the series of the naming");
}

/// The samples of a counter by some of its labels.
fn by(bench: &Bench, metric: &str, labels: &[&str]) -> BTreeMap<String, String> {
    let value = |sample: &str, label: &str| {
        let start = sample.find(&format!("{label}=\"")).unwrap() + label.len() + 2;
        sample[start..].split('"').next().unwrap().to_owned()
    };
    let key = |sample: &str| labels.iter().map(|label| value(sample, label)).collect::<Vec<_>>().join(" ");
    let samples = bench.samples(&format!("{metric}{{"));
    samples.iter().map(|sample| (key(sample), sample.rsplit_once(' ').unwrap().1.to_owned())).collect()
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn a_refusal_that_nobody_read_is_a_failure() {
    let bench = bench();
    let layer = bench.layer(Role::Client);
    let limited = Reply::json(429, r#"{"error":{"code":"rate_limit_exceeded"}}"#);
    drop(bench.head(&layer, call(ASK), limited).await);
    let labels = ["exception_class", "exception_status"];
    let failures = map(&[("Openai.RateLimitError 429", "1")]);
    assert_eq!(by(&bench, "litellm_proxy_failed_requests_metric_total", &labels), failures);
    assert_eq!(by(&bench, "litellm_deployment_failure_responses_total", &labels), failures);
    assert_eq!(
        by(&bench, "litellm_deployment_state", &["litellm_model_name"]).into_values().collect::<Vec<_>>(),
        ["1"]
    );
    assert!(bench.samples("litellm_deployment_success_responses_total").is_empty());
}

#[tokio::test]
async fn failures_have_the_class_and_the_status_that_litellm_raises() {
    let bench = bench();
    let layer = bench.layer(Role::Client);
    let limited = Reply::json(429, r#"{"error":{"code":"rate_limit_exceeded"}}"#)
        .header("x-ratelimit-remaining-requests", "0");
    bench.send(&layer, call(ASK), Reply::json(200, "{}")).await;
    bench.send(&layer, call(ASK), limited).await;
    bench.send(&layer, call(ASK), Reply::json(401, r#"{"error":{"code":"invalid_api_key"}}"#)).await;
    bench.send(&layer, call(ASK), Reply::json(200, r#"{"error":{"code":"server_error"}}"#)).await;
    bench.send(&layer, call(ASK), Reply::events().data(ms(1), "data: {").cut()).await;

    let failures = map(&[
        ("Openai.RateLimitError 429 None", "1"),
        ("Openai.AuthenticationError 401 None", "1"),
        ("Openai.InternalServerError 500 88dc", "1"),
        ("Openai.APIConnectionError 500 88dc", "1"),
    ]);
    let labels = ["exception_class", "exception_status", "hashed_api_key"];
    assert_eq!(by(&bench, "litellm_proxy_failed_requests_metric_total", &labels), failures);
    assert_eq!(by(&bench, "litellm_deployment_failure_responses_total", &labels), failures);
    assert_eq!(
        by(&bench, "litellm_proxy_total_requests_metric_total", &["status_code", "hashed_api_key"]),
        map(&[("200 88dc", "1"), ("429 None", "1"), ("401 None", "1"), ("500 88dc", "2")])
    );
    assert_eq!(by(&bench, "litellm_deployment_state", &["litellm_model_name"]), map(&[("gpt-4o", "1")]));
    assert_eq!(by(&bench, "litellm_remaining_requests_metric", &["model_group"]), map(&[("gpt-4o", "0")]));
    // Of those that were delivered whole.
    assert_eq!(by(&bench, "litellm_llm_api_latency_metric_count", &["model"]), map(&[("gpt-4o", "1")]));

    bench.send(&layer, call(ASK), Reply::json(200, "{}")).await;
    assert_eq!(by(&bench, "litellm_deployment_state", &["litellm_model_name"]), map(&[("gpt-4o", "0")]));
}

#[tokio::test]
async fn who_leaves_in_the_middle_is_no_failure() {
    let bench = bench();
    let layer = bench.layer(Role::Client);
    drop(bench.head(&layer, call(ASK), stream()).await);
    assert_eq!(
        by(&bench, "litellm_proxy_total_requests_metric_total", &["status_code"]),
        map(&[("200", "1")])
    );
    assert_eq!(
        by(&bench, "litellm_deployment_success_responses_total", &["model_id"]),
        map(&[("main", "1")])
    );
    for absent in ["litellm_proxy_failed", "litellm_llm_api_latency", "litellm_total_tokens"] {
        assert_eq!(bench.samples(absent), Vec::<String>::new());
    }
}

/// Says that 5 tokens were used.
struct Guess;

impl Observer for Guess {
    fn name(&self) -> &'static str {
        "guess"
    }

    fn complete(&self, record: &mut CallRecord) {
        record.set_usage(Usage::new(3, 2), UsageSource::Estimated);
    }
}

#[tokio::test]
async fn no_estimate_enters() {
    let bench = bench();
    let layer = bench.layer(Role::Client).with(Guess);
    bench.send(&layer, call(ASK), Reply::json(200, r#"{"model":"gpt-4o"}"#)).await;
    assert_eq!(by(&bench, "litellm_requests_metric_total", &["model"]), map(&[("gpt-4o", "1")]));
    for absent in ["litellm_spend", "litellm_total_tokens", "litellm_input", "litellm_output"] {
        assert_eq!(bench.samples(absent), Vec::<String>::new());
    }
    assert_eq!(by(&bench, "litellm_deployment_latency_per_output_token_count", &["model_id"]), map(&[]));
}

#[tokio::test]
async fn values_are_escaped_once() {
    let bench = bench();
    let layer = bench.layer(Role::Client);
    let mut request = chat(URI, ASK);
    request.extensions_mut().insert(Caller::new().with_key_alias("a\"b\\c"));
    bench.send(&layer, request, Reply::json(200, "{}")).await;
    let samples = bench.samples("litellm_requests_metric_total");
    assert!(samples[0].contains(r#"api_key_alias="a\"b\\c","#), "{samples:?}");
}

#[tokio::test]
async fn both_namings_have_their_series_and_ours_are_in_each() {
    let page = |naming| async move {
        let bench = Bench::with(Metrics::builder().naming(naming).build().unwrap());
        bench.send(&bench.layer(Role::Client), call(ASK), Reply::json(200, "{}")).await;
        bench.page(Format::Text)
    };
    let (otel, litellm, both) =
        (page(Naming::Otel).await, page(Naming::LiteLlm).await, page(Naming::Both).await);
    for (name, in_otel, in_litellm) in [
        ("\ngen_ai_client_calls_total{", true, false),
        ("\nhttp_client_request_duration_seconds_count{", true, false),
        ("\nlitellm_requests_metric_total{", false, true),
        ("\nlitellm_in_flight_requests ", false, true),
        ("\ntower_genai_calls_recorded_total{", true, true),
        ("\ntower_genai_cost_calls_total{", true, true),
    ] {
        assert_eq!(otel.contains(name), in_otel, "{name}");
        assert_eq!(litellm.contains(name), in_litellm, "{name}");
        assert!(both.contains(name), "{name}");
    }
}

#[test]
fn failures_of_callbacks_are_told() {
    let metrics = Metrics::builder().naming(Naming::LiteLlm).callback_failures("langfuse", || 3).build();
    let bench = Bench::with(metrics.unwrap());
    assert_eq!(
        bench.samples("litellm_callback_logging_failures_metric_total"),
        [r#"litellm_callback_logging_failures_metric_total{callback_name="langfuse"} 3"#]
    );
}

/// The rows of the documentation: names, types, and whether the metric is shown.
fn documented() -> Vec<(&'static str, &'static str, bool)> {
    let rows = include_str!("../docs/litellm.md").lines().filter(|line| line.starts_with("| `litellm_"));
    let row = |line: &'static str| {
        let mut cells = line.trim_matches('|').split('|').map(str::trim);
        let (name, kind, here) = (cells.next().unwrap(), cells.next().unwrap(), cells.next().unwrap());
        (name.trim_matches('`'), kind, !here.starts_with("no: "))
    };
    rows.filter(|line| line.matches('|').count() == 4).map(row).collect()
}

#[test]
fn the_documentation_lists_what_is_shown() {
    let metrics = Metrics::builder().naming(Naming::LiteLlm).build().unwrap();
    let mut shown: Vec<_> = metrics
        .families()
        .iter()
        .filter(|family| family.name().starts_with("litellm_"))
        .map(|family| {
            (family.name().trim_end_matches("_total"), format!("{:?}", family.kind()).to_lowercase())
        })
        .collect();
    let documented = documented();
    assert_eq!(documented.len(), 83 + 51 + 9, "LiteLLM's metrics, its services' and others");
    let mut listed: Vec<_> = documented
        .iter()
        .filter(|(_, _, shown)| *shown)
        .map(|(name, kind, _)| (*name, (*kind).to_owned()))
        .collect();
    shown.sort_unstable();
    listed.sort_unstable();
    assert_eq!(shown, listed);
    let names: std::collections::HashSet<_> = documented.iter().map(|(name, ..)| name).collect();
    assert_eq!(names.len(), documented.len(), "each once");
}
