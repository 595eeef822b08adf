//! After all recorded exchanges have gone through the proxy, what LiteLLM's dashboards ask for has the value that the
//! exchanges imply.
//!
//! Requests, failures, tokens, images and limits are computed here from the recorded bytes and from what an independent
//! program read out of them. Durations and money are in no recording: they are compared with the call log, and the money
//! of calls whose price needs two rates only is computed from a price file (`$GENAI_COST`) as well.
//!
//! Reads `$GENAI_CORPUS`; without it the test says so and passes.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "tests")]

mod call;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use call::{Call, calls};
use http::{Request, Version};
use serde_json::Value;
use tower_genai_tests::call_log::Line;
use tower_genai_tests::client::{Connection, RequestBody, fetch, full, post, with};
use tower_genai_tests::corpus::{Corpus, Exchange};
use tower_genai_tests::exposition::Exposition;
use tower_genai_tests::promql::{Vector, evaluate};
use tower_genai_tests::proxy::{Config, Proxy};
use tower_genai_tests::replay::{Replay, Script, Settings};

const KEY: &str = "sk-search";

/// What a call adds to a metric.
type Adds = fn(&Call) -> Option<f64>;

const ONE: Adds = |_| Some(1.0);
const STATE: Adds = |call| call.failure().or(Some(0.0));

/// The panels of LiteLLM's dashboards that ask for sums of what was counted: the expression, and what each call adds.
/// `$__rate_interval` is as good a range as any here.
#[rustfmt::skip]
const COUNTED: &[(&str, Adds)] = &[
    ("sum(rate(litellm_proxy_total_requests_metric_total[2m]))", ONE),
    ("sum(rate(litellm_proxy_total_requests_metric_total[2m])) by (api_key_alias)\n", ONE),
    ("sum(rate(litellm_proxy_total_requests_metric_total[2m])) by (team_alias)\n", ONE),
    ("sum(rate(litellm_proxy_total_requests_metric_total[$__rate_interval])) by (status_code)", ONE),
    ("sum(rate(litellm_proxy_failed_requests_metric_total[2m])) by (exception_class)", Call::failure),
    ("sum(increase(litellm_llm_api_failed_requests_metric_total[1h]))", Call::failure),
    ("sum(rate(litellm_llm_api_failed_requests_metric_total[$__rate_interval])) by (model)", Call::failure),
    ("sum by (model) (increase(litellm_requests_metric_total[5m]))", Call::success),
    ("sum(increase(litellm_spend_metric_total[30d])) by (hashed_api_key)", Call::cost),
    ("sum(increase(litellm_spend_metric_total[30d])) by (model)", Call::cost),
    ("sum(rate(litellm_total_tokens_metric_total[$__rate_interval])) by (model)", Call::total),
    ("sum(rate(litellm_input_tokens_metric_total[$__rate_interval])) by (model)", |call| call.tokens(|e| e.input)),
    ("sum(rate(litellm_output_tokens_metric_total[$__rate_interval])) by (model)", |call| call.tokens(|e| e.output)),
    ("sum(rate(litellm_input_cached_tokens_metric_total[$__rate_interval])) by (model)", |call| call.tokens(|e| e.cache_read)),
    ("sum(rate(litellm_input_cache_creation_tokens_metric_total[$__rate_interval])) by (model)", |call| call.tokens(|e| e.cache_write)),
    ("sum(rate(litellm_output_reasoning_tokens_metric_total[$__rate_interval])) by (model)", |call| call.tokens(|e| e.reasoning)),
    ("sum(rate(litellm_provider_cache_read_input_tokens_metric_total[$__rate_interval])) by (model)", |call| call.tokens(|e| e.cache_read)),
    ("sum(rate(litellm_provider_cache_creation_input_tokens_metric_total[$__rate_interval])) by (model)", |call| call.tokens(|e| e.cache_write)),
    ("sum(rate(litellm_images_generated_metric_total[$__rate_interval])) by (model)", Call::images),
    ("sum(rate(litellm_zero_cost_requests_total[$__rate_interval])) by (reason)", Call::zero_cost),
    ("sum(rate(litellm_deployment_total_requests_total[$__rate_interval])) by (requested_model)", ONE),
    ("sum(rate(litellm_deployment_success_responses_total[$__rate_interval])) by (requested_model)", Call::success),
    ("sum(rate(litellm_deployment_failure_responses_total[$__rate_interval])) by (litellm_model_name, exception_class)", Call::failure),
];

/// Those that ask for the last value.
const LAST: &[(&str, Adds)] = &[
    ("max by (litellm_model_name, api_base) (litellm_deployment_state)", STATE),
    ("min by (model_group, api_provider) (litellm_remaining_requests_metric)", Call::remaining_requests),
    ("min by (model_group, api_provider) (litellm_remaining_tokens_metric)", Call::remaining_tokens),
];

/// Histograms, with what each call shows them; `None` where nobody but the metric knows the time.
const TIMED: &[(&str, Option<Adds>)] = &[
    ("litellm_llm_api_latency_metric", Some(Call::duration)),
    ("litellm_llm_api_time_to_first_token_metric", Some(Call::first_token)),
    ("litellm_deployment_latency_per_output_token", Some(Call::per_output_token)),
    ("litellm_request_total_latency_metric", None),
    ("litellm_overhead_latency_metric", None),
];

#[allow(clippy::disallowed_methods, reason = "a test may read where its data is")]
fn folder(variable: &str) -> Option<PathBuf> {
    Some(Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(std::env::var(variable).ok()?))
}

#[tokio::test(flavor = "multi_thread")]
async fn dashboards_show_what_the_exchanges_imply() {
    let Some(corpus) = folder("GENAI_CORPUS") else {
        println!("SKIPPED: GENAI_CORPUS is not set");
        return;
    };
    let corpus = Arc::new(Corpus::load(&corpus).unwrap());
    let replay = Replay::start(Settings { corpus: corpus.clone(), ..Settings::default() }).await;
    let proxy = Proxy::start(&config(&corpus, &replay.url())).await;

    // One after the other, so that there is a last one.
    let mut connection = Connection::open(proxy.address(), Version::HTTP_11).await.unwrap();
    for (at, exchange) in corpus.exchanges.iter().enumerate() {
        if connection.is_closed() {
            connection = Connection::open(proxy.address(), Version::HTTP_11).await.unwrap();
        }
        let reply = connection.fetch(request(exchange, is_known(at))).await;
        assert_eq!((reply.status.as_u16(), reply.whole), (exchange.response.status, true), "{}", exchange.id);
    }
    let page = proxy.settled().await;
    let lines = proxy.finish().await;
    let lines: HashMap<&str, &Line> = lines.iter().map(|line| (line.text("echo").unwrap(), line)).collect();
    let calls = calls(&corpus, &lines, &replay.url());
    assert!(calls.len() > 1000, "{} calls", calls.len());

    let mut faults = Vec::new();
    for (expression, of) in COUNTED {
        compare(
            &mut faults,
            expression,
            &evaluate(&page, expression),
            &sums(&calls, &labels(expression), *of),
        );
    }
    for (expression, of) in LAST {
        compare(&mut faults, expression, &evaluate(&page, expression), &last(&calls, expression, *of));
    }
    for (metric, of) in TIMED {
        about_times(&mut faults, &page, &calls, metric, *of);
    }
    compare(
        &mut faults,
        "litellm_in_flight_requests",
        &evaluate(&page, "litellm_in_flight_requests"),
        &Vector::new(),
    );
    faults.extend(folder("GENAI_COST").and_then(|folder| about_prices(&calls, &folder)));
    figures(&page, &calls);
    faults.truncate(30);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn config(corpus: &Corpus, url: &str) -> Config {
    let hosts: BTreeSet<&str> = corpus.exchanges.iter().map(|exchange| exchange.host.as_str()).collect();
    let config = Config::new().table("[metrics]\nnaming = \"litellm\"").client(KEY, "search-prod", "search");
    hosts.into_iter().fold(config, |config, host| {
        let provider = tower_genai_wire::provider_of_host(host);
        let provider = provider.map(|provider| format!("provider = \"{provider}\"\n")).unwrap_or_default();
        config.upstream(&upstream_of(host), url, &format!("{provider}stream_usage = false"))
    })
}

fn upstream_of(host: &str) -> String {
    host.replace(['.', ':'], "-")
}

/// Whether the exchange with this number is sent by the client that the proxy knows. The others send no credential.
const fn is_known(at: usize) -> bool {
    at.is_multiple_of(2)
}

fn request(exchange: &Exchange, known: bool) -> Request<RequestBody> {
    let query = if exchange.query.is_empty() { String::new() } else { format!("?{}", exchange.query) };
    let uri = format!("/{}{}{query}", upstream_of(&exchange.host), exchange.path);
    let mut request = Request::builder().method(&*exchange.method).uri(uri);
    let credentials = ["authorization", "x-api-key", "api-key", "x-goog-api-key"];
    for (name, value) in &exchange.request.headers {
        if !credentials.contains(&name.as_str()) {
            request = request.header(name, value);
        }
    }
    if known {
        request = request.header("authorization", format!("Bearer {KEY}"));
    }
    request.header("x-replay-id", &exchange.id).body(full(exchange.request.body.clone())).unwrap()
}

/// The labels that an expression groups by.
fn labels(expression: &str) -> Vec<&str> {
    let Some((_, rest)) = expression.split_once("by (") else { return Vec::new() };
    rest.split(')').next().unwrap().split(',').map(str::trim).collect()
}

fn key(call: &Call, labels: &[&str]) -> BTreeMap<String, String> {
    labels.iter().map(|label| ((*label).to_owned(), call.label(label))).collect()
}

fn sums(calls: &[Call], labels: &[&str], of: Adds) -> Vector {
    let mut sums = Vector::new();
    for call in calls {
        if let Some(value) = of(call) {
            *sums.entry(key(call, labels)).or_default() += value;
        }
    }
    sums
}

/// The last value of each series, and of these the smallest or the largest.
fn last(calls: &[Call], expression: &str, of: Adds) -> Vector {
    let of_key =
        ["model_group", "api_provider", "litellm_model_name", "hashed_api_key", "api_key_alias", "model_id"];
    let series: &[&str] = if expression.contains("_state") {
        &["litellm_model_name", "api_provider", "model_id"]
    } else {
        &of_key
    };
    let mut latest = BTreeMap::new();
    for call in calls {
        if let Some(value) = of(call) {
            latest.insert(key(call, series), (key(call, &labels(expression)), value));
        }
    }
    let pick = if expression.starts_with("max") { f64::max } else { f64::min };
    latest.into_values().fold(Vector::new(), |mut all, (labels, value)| {
        all.entry(labels).and_modify(|known| *known = pick(*known, value)).or_insert(value);
        all
    })
}

/// Says where two results differ; what is not there is 0.
fn compare(faults: &mut Vec<String>, expression: &str, actual: &Vector, expected: &Vector) {
    let expression = expression.trim();
    for labels in actual.keys().chain(expected.keys()).collect::<BTreeSet<_>>() {
        let [actual, expected] = [actual, expected].map(|vector| vector.get(labels).copied().unwrap_or(0.0));
        if (actual - expected).abs() > 1e-9 * expected.abs() {
            faults.push(format!("{expression}: {labels:?} is {actual} instead of {expected}"));
        }
    }
}

/// A histogram holds what the calls show it: how many, their sum, and each in its bucket.
fn about_times(faults: &mut Vec<String>, page: &Exposition, calls: &[Call], metric: &str, of: Option<Adds>) {
    let values: Vec<f64> = calls.iter().filter_map(of.unwrap_or(Call::success)).collect();
    let one = |name: &str| evaluate(page, &format!("sum(rate({metric}_{name}[5m]))"))[&BTreeMap::new()];
    let buckets = evaluate(page, &format!("sum(rate({metric}_bucket[5m])) by (le)"));
    let bounds = if metric.ends_with("_per_output_token") { 15 } else { 18 };
    let mut check = |what: &str, actual: f64, expected: f64, tolerance: f64| {
        if (actual - expected).abs() > tolerance {
            faults.push(format!("{metric}: {what} is {actual} instead of {expected}"));
        }
    };
    check("the number of buckets", buckets.len() as f64, f64::from(bounds), 0.0);
    check("the count", one("count"), values.len() as f64, 0.0);
    for (labels, count) in &buckets {
        let bound: f64 = labels["le"].parse().unwrap();
        if of.is_some() || bound.is_infinite() {
            let within = values.iter().filter(|value| **value <= bound).count();
            check(&format!("the bucket {bound}"), *count, within as f64, 0.0);
        }
    }
    if of.is_some() {
        // Each is rounded to nanoseconds.
        check("the sum", one("sum"), values.iter().sum(), 1e-9 * values.len() as f64);
    } else {
        assert!(one("sum") > 0.0, "{metric}: the sum is {}", one("sum"));
    }
    let quantile = format!("histogram_quantile(0.95, sum(rate({metric}_bucket[$__rate_interval])) by (le))");
    let quantile = evaluate(page, &quantile)[&BTreeMap::new()];
    assert!(quantile > 0.0 && quantile < 600.0, "{metric}: {quantile}");
    let average = format!("sum(rate({metric}_sum[2m]))/sum(rate({metric}_count[2m]))");
    let average = evaluate(page, &average)[&BTreeMap::new()];
    assert!((average - one("sum") / one("count")).abs() < 1e-12, "{metric}: {average}");
}

/// The money of OpenAI's calls that have nothing but input and output, from a price file. Amounts are whole numbers of
/// 10^-12 dollars.
fn about_prices(calls: &[Call], folder: &Path) -> Option<String> {
    let prices = std::fs::read_to_string(folder.join("litellm_prices.json")).unwrap();
    let prices: Value = serde_json::from_str(&prices).unwrap();
    let rate = |model: &str, key: &str| -> Option<f64> {
        let rate = &prices[model][key];
        rate.as_f64().or_else(|| rate.as_str()?.parse().ok()).map(|rate| (rate * 1e12).round())
    };
    let (mut ours, mut theirs, mut count) = (0.0, 0.0, 0);
    for call in calls.iter().filter(|call| call.exchange().host == "api.openai.com") {
        let Some(row) = call.expected.as_ref().filter(|row| row.has_usage && row.dialect.contains("openai"))
        else {
            continue;
        };
        let plain = row.cache_read.unwrap_or(0) == 0 && row.cache_write.unwrap_or(0) == 0;
        let standard = matches!(call.reply["service_tier"].as_str(), None | Some("default"));
        let asks = call.exchange().path.ends_with("/chat/completions") && !call.is_stream();
        let body = String::from_utf8_lossy(&call.exchange().request.body);
        let special = body.contains("audio") || body.contains("web_search");
        let Some(model) = row.response_model.as_deref().filter(|_| plain && standard && asks && !special)
        else {
            continue;
        };
        let (Some(input), Some(output)) =
            (rate(model, "input_cost_per_token"), rate(model, "output_cost_per_token"))
        else {
            continue;
        };
        theirs += input * row.input.unwrap_or(0) as f64 + output * row.output.unwrap_or(0) as f64;
        ours += call.cost().unwrap_or_else(|| panic!("{}: {model} has no price", row.id)) * 1e12;
        count += 1;
    }
    println!("{count} calls priced from the price file: {} USD", theirs / 1e12);
    ((ours - theirs).abs() > 1e-6 * theirs || count == 0)
        .then(|| format!("{count} calls cost {ours} instead of {theirs}"))
}

fn figures(page: &Exposition, calls: &[Call]) {
    for expression in [
        "sum(litellm_proxy_total_requests_metric_total)",
        "sum(litellm_proxy_failed_requests_metric_total) by (exception_class)",
        "sum(litellm_spend_metric_total)",
        "sum(litellm_total_tokens_metric_total)",
        "sum(litellm_llm_api_latency_metric_count)",
        "sum(litellm_llm_api_time_to_first_token_metric_count)",
        "sum(litellm_zero_cost_requests_total)",
    ] {
        println!("{expression}: {:?}", evaluate(page, expression));
    }
    let headers = |of: Adds| calls.iter().filter_map(of).count();
    println!("limits: {} and {}", headers(Call::remaining_requests), headers(Call::remaining_tokens));
}

/// What comes of faults that are no provider's words: ours, and those on the way to it.
#[tokio::test(flavor = "multi_thread")]
async fn faults_without_words_have_a_class_too() {
    let replay = Replay::scripted().await;
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let provider = "provider = \"openai\"";
    let impatient = format!("{provider}\ntimeouts = {{ response_head = \"400ms\", idle = \"400ms\" }}");
    let config = Config::new()
        .top("require_client = true")
        .table("[metrics]\nnaming = \"litellm\"")
        .client(KEY, "search-prod", "search")
        .upstream("closed", &format!("http://{closed}"), provider)
        .upstream("impatient", &replay.url(), &impatient);
    let proxy = Proxy::start(&config).await;
    let stream = r#"{"model":"gpt-4o","stream":true}"#;
    for (upstream, key, script) in [
        ("closed", KEY, Script::Json),
        ("impatient", KEY, Script::Hang),
        ("impatient", KEY, Script::Stall(3)),
        ("impatient", KEY, Script::Cut(3)),
        ("impatient", KEY, Script::Status(429)),
        ("impatient", "sk-stranger", Script::Json),
    ] {
        let headers =
            [("authorization", &*format!("Bearer {key}")), ("x-replay-script", &*script.to_string())];
        let request = with(post(&format!("/{upstream}/v1/chat/completions"), stream), &headers);
        fetch(proxy.address(), request).await;
    }
    let page = proxy.settled().await;
    let by = |metric: &str, labels: &str| -> Vec<(String, f64)> {
        let sums = evaluate(&page, &format!("sum({metric}) by ({labels})"));
        let named = sums.into_iter().map(|(labels, sum)| {
            let values: Vec<_> = labels.into_values().collect();
            (values.join(" "), sum)
        });
        named.collect()
    };
    let pairs = |pairs: &[(&str, f64)]| -> Vec<(String, f64)> {
        pairs.iter().map(|(name, sum)| ((*name).to_owned(), *sum)).collect()
    };
    assert_eq!(
        by("litellm_proxy_failed_requests_metric_total", "exception_class, exception_status"),
        pairs(&[
            ("AuthenticationError 401", 1.0),
            ("Openai.APIConnectionError 500", 1.0),
            ("Openai.APIConnectionError 502", 1.0),
            ("Openai.RateLimitError 429", 1.0),
            ("Openai.Timeout 408", 1.0),
            ("Openai.Timeout 504", 1.0),
        ]),
        "{}",
        page.text
    );
    // Who was refused did not get to the provider.
    assert_eq!(by("litellm_deployment_failure_responses_total", "api_provider"), pairs(&[("openai", 5.0)]));
    assert_eq!(
        by("litellm_proxy_total_requests_metric_total", "route"),
        pairs(&[("/v1/chat/completions", 6.0)])
    );
}
