//! Which metrics there are and which labels they have, as configured.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

mod support;

use std::net::IpAddr;

use http::Request;
use support::{Bench, Reply, chat, get};
use tower_genai_core::{Caller, ClientAddress, Role};
use tower_genai_metrics::scrape::Format;
use tower_genai_metrics::{Metrics, MetricsBuilder, Naming};

const URI: &str = "https://api.openai.com/v1/chat/completions";
const ASK: &str = r#"{"model":"gpt-4o"}"#;
const OK: &str = r#"{"model":"gpt-4o","usage":{"prompt_tokens":3,"completion_tokens":1}}"#;

/// A call of `alias` in `team`, with what a client may say about itself.
fn call(alias: &str, team: &str, app: &'static str) -> Request<&'static str> {
    let mut request = chat(URI, ASK);
    request.headers_mut().insert("x-app", app.parse().unwrap());
    request.headers_mut().insert("user-agent", "openai-python/3.57".parse().unwrap());
    let caller =
        Caller::new().with_key_alias(alias).with_team(team).with_end_user("ann").with_tags(["night run"]);
    request.extensions_mut().insert(caller);
    request.extensions_mut().insert(ClientAddress("::ffff:192.0.2.7".parse::<IpAddr>().unwrap()));
    request
}

async fn calls(builder: MetricsBuilder, requests: impl IntoIterator<Item = Request<&'static str>>) -> Bench {
    let bench = Bench::with(builder.build().unwrap());
    let layer = bench.layer(Role::Client);
    for request in requests {
        bench.send(&layer, request, Reply::json(200, OK)).await;
    }
    bench
}

#[tokio::test]
async fn labels_that_are_left_out_are_summed_over() {
    let metrics = Metrics::builder()
        .exclude_labels(["key_alias", "user"])
        .labels_of("gen_ai_client_cost_usd_total", ["team", "gen_ai_request_model"]);
    let bench = calls(metrics, [call("a", "x", "1"), call("b", "x", "1"), call("b", "y", "1")]).await;
    assert_eq!(
        bench.samples("gen_ai_client_cost_usd_total"),
        [
            r#"gen_ai_client_cost_usd_total{gen_ai_request_model="gpt-4o",team="x"} 0.0000012"#,
            r#"gen_ai_client_cost_usd_total{gen_ai_request_model="gpt-4o",team="y"} 0.0000006"#,
        ]
    );
    assert_eq!(
        bench.samples("gen_ai_client_calls_total"),
        [
            r#"gen_ai_client_calls_total{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o",gen_ai_response_model="gpt-4o",team="x",outcome="complete",error_type="",role="client"} 2"#,
            r#"gen_ai_client_calls_total{gen_ai_operation_name="chat",gen_ai_provider_name="openai",gen_ai_request_model="gpt-4o",gen_ai_response_model="gpt-4o",team="y",outcome="complete",error_type="",role="client"} 1"#,
        ]
    );
}

#[tokio::test]
async fn headers_tags_and_who_stands_behind_a_caller_become_labels_where_they_are_asked_for() {
    let metrics = Metrics::builder()
        .labels_of(
            "gen_ai_client_calls_total",
            ["app", "tag_night_run", "tag_day", "end_user", "client_address", "user_agent"],
        )
        .label_from_header("app", "X-App")
        .label_from_tag("night run")
        .label_from_tag("day")
        .include_labels(["end_user", "client_ip", "user_agent"]);
    let bench = calls(
        metrics,
        [call("a", "x", "shop"), call("b", "y", "shop"), call("b", "y", "lab"), chat(URI, ASK)],
    )
    .await;
    let mut samples = bench.samples("gen_ai_client_calls_total");
    for sample in &mut samples {
        *sample = sample.replace("gen_ai_client_calls_total", "");
    }
    assert_eq!(
        samples,
        [
            r#"{end_user="ann",client_address="192.0.2.7",user_agent="openai-python/3.57",app="shop",tag_night_run="true",tag_day="false"} 2"#,
            r#"{end_user="ann",client_address="192.0.2.7",user_agent="openai-python/3.57",app="lab",tag_night_run="true",tag_day="false"} 1"#,
            r#"{end_user="",client_address="",user_agent="",app="",tag_night_run="false",tag_day="false"} 1"#,
        ]
    );
    // Histograms keep to labels of few values.
    assert!(!bench.samples("gen_ai_client_operation_duration_seconds")[0].contains("app="));
}

#[tokio::test]
async fn values_that_are_not_allowed_are_other_and_are_counted() {
    let metrics = Metrics::builder()
        .labels_of("gen_ai_client_calls_total", ["team", "app"])
        .label_from_header("app", "x-app")
        .allow_values("app", ["shop"]);
    let bench = calls(metrics, [call("a", "x", "shop"), call("a", "x", "lab"), call("a", "x", "lab")]).await;
    assert_eq!(
        bench.samples("gen_ai_client_calls_total"),
        [
            r#"gen_ai_client_calls_total{team="x",app="shop"} 1"#,
            r#"gen_ai_client_calls_total{team="x",app="other"} 2"#,
        ]
    );
    let folded = r#"tower_genai_label_values_folded_total{metric="gen_ai_client_calls_total",label="app"} 2"#;
    assert!(bench.page(Format::Text).contains(folded));
}

#[tokio::test]
async fn litellm_shows_what_is_off_where_it_is_asked_for() {
    let metrics = Metrics::builder()
        .naming(Naming::LiteLlm)
        .include_labels(["client_ip", "user_agent", "end_user", "team"])
        .labels_of("litellm_spend_metric", ["end_user", "client_ip", "user_agent"])
        .labels_of("litellm_request_total_latency_metric", ["team", "end_user"]);
    let bench = calls(metrics, [call("a", "x", "shop")]).await;
    assert_eq!(
        bench.samples("litellm_spend_metric_total"),
        [
            r#"litellm_spend_metric_total{end_user="ann",client_ip="192.0.2.7",user_agent="openai-python/3.57"} 0.0000006"#
        ]
    );
    let latency = bench.samples("litellm_request_total_latency_metric_count");
    assert_eq!(latency, [r#"litellm_request_total_latency_metric_count{end_user="ann",team="x"} 1"#]);
}

#[tokio::test]
async fn metrics_that_are_left_out_are_not_shown() {
    let metrics = Metrics::builder()
        .only_metrics(["gen_ai_client_*", "http_client_*"])
        .exclude_metrics(["gen_ai_client_token_usage", "http_client_active_requests"]);
    let bench = calls(metrics, [call("a", "x", "1"), get("https://api.openai.com/v1/models")]).await;
    let page = bench.page(Format::Text);
    let mut names: Vec<_> =
        page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    names.retain(|name| !name.starts_with("tower_genai_"));
    assert_eq!(
        names,
        [
            "http_client_request_duration_seconds",
            "gen_ai_client_operation_duration_seconds",
            "gen_ai_client_calls_total",
            "gen_ai_client_tokens_total",
            "gen_ai_client_cost_usd_total",
        ]
    );
    // Those that were left out have no budget either.
    assert!(!page.contains("token_usage"));
}

#[tokio::test]
async fn what_is_counted_beside_calls_can_be_left_out_too() {
    let others = [
        "litellm_in_flight_requests",
        "litellm_callback_logging_failures_metric_total",
        "tower_genai_overhead_seconds",
        "tower_genai_drains_total",
    ];
    let metrics = || Metrics::builder().naming(Naming::LiteLlm).overhead(true).callback_failures("log", || 1);
    let page = |metrics: MetricsBuilder| Bench::with(metrics.build().unwrap()).page(Format::Text);
    let (all, none) = (page(metrics()), page(metrics().exclude_metrics(others)));
    for name in others.iter().filter(|name| !name.contains("overhead")) {
        assert!(all.contains(&format!("\n{name}")), "{name}");
    }
    for name in others {
        assert!(!none.contains(name), "{name}");
    }
}

#[tokio::test]
async fn budgets_and_buckets_of_one_metric() {
    let metrics = Metrics::builder()
        .series_budget_of("gen_ai_client_calls_total", 1)
        .buckets_of("gen_ai_client_operation_duration_seconds", [0.015, 0.5]);
    let bench = calls(metrics, [call("a", "x", "1"), call("b", "x", "1")]).await;
    assert_eq!(bench.samples("gen_ai_client_calls_total").len(), 2, "the second is folded");
    assert_eq!(bench.samples("gen_ai_client_cost_usd_total").len(), 2);
    let page = bench.page(Format::Text);
    assert!(page.contains(r#"tower_genai_series_budget{metric="gen_ai_client_calls_total"} 1"#));
    let buckets: Vec<_> = page
        .lines()
        .filter(|line| line.starts_with("gen_ai_client_operation_duration_seconds_bucket"))
        .map(|line| line.rsplit_once("le=").unwrap().1)
        .collect();
    assert_eq!(buckets, [r#""0.015"} 0"#, r#""0.5"} 2"#, r#""+Inf"} 2"#]);
}

#[test]
fn start_up_is_refused_with_all_faults_in_one_message() {
    let error = Metrics::builder()
        .series_budget(0)
        .http_duration_buckets([1.0, 0.5])
        .only_metrics(["gen_ai_*", "gen_a1_client_calls_total"])
        .exclude_metrics(["litellm_*"])
        .labels_of("gen_ai_client_calls_total", ["team", "team", "tema"])
        .labels_of("gen_ai_client_tokens_total", ["team"])
        .exclude_labels(["colour"])
        .include_labels(["password"])
        .allow_values("shape", ["round"])
        .allow_values("team", Vec::<&str>::new())
        .label_from_header("9lives", "x-lives")
        .label_from_header("role", "x-role")
        .label_from_header("key", "Authorization")
        .label_from_header("key", "Sec-WebSocket-Protocol")
        .label_from_header("name", "not a header")
        .series_budget_of("gen_ai_client_calls_total", 0)
        .buckets_of("gen_ai_client_calls_total", [1.0])
        .buckets_of("gen_ai_client_operation_duration_seconds", [f64::INFINITY])
        .build()
        .unwrap_err();
    let faults: Vec<_> = error.faults().iter().map(ToString::to_string).collect();
    assert_eq!(
        faults,
        [
            "series_budget: a budget of 0 leaves no series; at least 1",
            "http_duration_buckets: bucket bounds must ascend, but 0.5 follows 1",
            "label_from_header: `authorization` carries a credential, which is never shown",
            "label_from_header: `sec-websocket-protocol` carries a credential, which is never shown",
            "label_from_header: `not a header` is no name of a header",
            "include_labels: no metric has a label `password` that is off; there are end_user, hashed_api_key, \
             client_address, user_agent, and in LiteLLM's histograms api_key_alias, team, team_alias and user",
            "label_from_header, label_from_tag: `9lives` is no name of a label: letters, digits and `_`, not beginning \
             with a digit or `__`",
            "label_from_header, label_from_tag: gen_ai_client_calls_total has a label `role` already",
            "only_metrics: there is no metric `gen_a1_client_calls_total` in this naming",
            "exclude_metrics: there is no metric `litellm_*` in this naming",
            "labels_of: `team` is there twice for `gen_ai_client_calls_total`",
            "labels_of: gen_ai_client_calls_total has no label `tema`",
            "labels_of: gen_ai_client_tokens_total needs `token_type`, which tells its numbers apart",
            "exclude_labels: no metric has a label `colour`",
            "allow_values: no metric has a label `shape`",
            "allow_values: no value is allowed for `team`: to be rid of it, exclude it",
            "series_budget_of: a budget of 0 leaves `gen_ai_client_calls_total` no series; to be rid of it, exclude it",
            "buckets_of: gen_ai_client_calls_total is no histogram",
            "buckets_of: `gen_ai_client_operation_duration_seconds`: the bucket bound inf is not finite; the bucket up to \
             +Inf is implied, leave it out",
        ]
    );
    for fault in &faults {
        assert!(error.to_string().contains(fault.as_str()));
    }
}
