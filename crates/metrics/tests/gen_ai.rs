//! Series of calls to models.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

mod support;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use support::{Bench, Reply, chat, ms};
use tower::Layer;
use tower_genai_core::{Caller, ErrorOrigin, Fault, Gate, Role};
use tower_genai_metrics::Metrics;
use tower_genai_metrics::scrape::Format;

const URI: &str = "https://api.openai.com/v1/chat/completions";
const OK: &str = r#"{"model":"gpt-4o","usage":{"prompt_tokens":3,"completion_tokens":1}}"#;

fn value<'s>(sample: &'s str, label: &str) -> &'s str {
    let start = sample.find(&format!("{label}=\"")).unwrap() + label.len() + 2;
    sample[start..].split('"').next().unwrap()
}

fn number(sample: &str) -> &str {
    sample.rsplit_once(' ').unwrap().1
}

/// Each sample as the values of some labels and its number.
fn rows(samples: &[String], labels: &[&str]) -> Vec<String> {
    let row = |sample: &String| {
        let mut row: Vec<_> = labels.iter().map(|label| value(sample, label)).collect();
        row.push(number(sample));
        row.join(" ")
    };
    samples.iter().map(row).collect()
}

#[tokio::test]
async fn a_model_has_a_name_once_an_upstream_has_answered_for_it() {
    let bench = Bench::with(Metrics::builder().reserve_model("reserved").build().unwrap());
    let layer = bench.layer(Role::Client);
    let refused = || Reply::json(404, r#"{"error":{"code":"model_not_found"}}"#);
    for body in
        [r#"{"model":"junk-1"}"#, r#"{"model":"junk-2"}"#, r#"{"model":"reserved"}"#, r#"{"model":"real"}"#]
    {
        bench.send(&layer, chat(URI, body), refused()).await;
    }
    bench.send(&layer, chat(URI, r#"{"model":"real"}"#), Reply::json(200, OK)).await;
    bench.send(&layer, chat(URI, r#"{"model":"real"}"#), refused()).await;

    assert_eq!(
        rows(&bench.samples("gen_ai_client_calls_total"), &["gen_ai_request_model", "outcome", "error_type"]),
        [
            "other failed model_not_found 3",
            "reserved failed model_not_found 1",
            "real complete  1",
            "real failed model_not_found 1"
        ]
    );
    assert!(!bench.page(Format::Text).contains("junk"));
    assert_eq!(
        bench.samples("tower_genai_label_values_folded_total"),
        [
            r#"tower_genai_label_values_folded_total{metric="gen_ai_client_calls_total",label="gen_ai_request_model"} 3"#
        ]
    );
}

#[tokio::test]
async fn over_the_budget_only_reserved_callers_and_models_keep_their_names() {
    let caller = |alias: &str| Caller::new().with_key_alias(alias).with_team("search");
    let metrics =
        Metrics::builder().series_budget(1).reserve_caller(&caller("vip")).reserve_model("gpt-4o").build();
    let bench = Bench::with(metrics.unwrap());
    let layer = bench.layer(Role::Client);
    for alias in ["first", "second", "third", "vip", "first"] {
        let mut request = chat(URI, r#"{"model":"gpt-4o"}"#);
        request.extensions_mut().insert(caller(alias));
        bench.send(&layer, request, Reply::json(200, OK)).await;
    }
    let labels = ["gen_ai_request_model", "key_alias", "team", "gen_ai_provider_name"];
    assert_eq!(
        rows(&bench.samples("gen_ai_client_calls_total"), &labels),
        ["gpt-4o first search openai 2", "gpt-4o other search other 2", "gpt-4o vip search other 1"]
    );
    assert_eq!(
        rows(&bench.samples("gen_ai_client_cost_usd_total"), &labels[..2]),
        ["gpt-4o first 0.0000012", "gpt-4o other 0.0000012", "gpt-4o vip 0.0000006"]
    );
}

#[tokio::test]
async fn a_folded_call_is_not_counted_under_any_model() {
    // Two errors of one model use the budget of durations up, and leave room among the models.
    let bench = Bench::with(Metrics::builder().series_budget(2).build().unwrap());
    let layer = bench.layer(Role::Client);
    let reply = |model: &str| {
        Reply::json(
            200,
            &format!(r#"{{"model":"{model}","usage":{{"prompt_tokens":3,"completion_tokens":1}}}}"#),
        )
    };
    let ask = || chat(URI, r#"{"model":"m"}"#);
    bench.send(&layer, ask(), reply("a")).await;
    bench.send(&layer, ask(), reply("a").cut()).await;
    bench.send(&layer, ask(), reply("b")).await;
    bench.send(&layer, ask(), reply("c")).await;
    assert_eq!(
        rows(
            &bench.samples("gen_ai_client_token_usage_count"),
            &["gen_ai_response_model", "gen_ai_token_type"]
        ),
        ["a input 2", "a output 2", "other input 2", "other output 2"]
    );
}

#[tokio::test]
async fn hostile_values_neither_break_the_page_nor_become_labels() {
    let bench = Bench::new();
    let layer = bench.layer(Role::Client);
    let reply =
        Reply::json(200, r#"{"model":"a\"} 1\n\\b{","usage":{"prompt_tokens":3,"completion_tokens":1}}"#);
    bench.send(&layer, chat(URI, r#"{"model":"quote\" brace} back\\slash"}"#), reply).await;
    let message = r#"{"error":{"code":"Incorrect key: sk-secret, see https://example.com"}}"#;
    bench.send(&layer, chat(URI, r#"{"model":"m"}"#), Reply::json(401, message)).await;

    let calls = bench.samples("gen_ai_client_calls_total");
    assert_eq!(calls.len(), 2);
    assert!(
        calls[0]
            .contains(r#"gen_ai_request_model="quote\" brace} back\\slash",gen_ai_response_model="other","#),
        "{}",
        calls[0]
    );
    assert_eq!(value(&calls[1], "error_type"), "_OTHER");
    assert!(!bench.page(Format::Text).contains("sk-secret"));
}

#[tokio::test]
async fn many_error_types_fold() {
    let bench = Bench::new();
    let layer = bench.layer(Role::Client);
    for number in 0..150 {
        let reply = Reply::json(400, &format!(r#"{{"error":{{"code":"code_{number}"}}}}"#));
        bench.send(&layer, chat(URI, r#"{"model":"m"}"#), reply).await;
    }
    let calls = bench.samples("gen_ai_client_calls_total");
    assert_eq!(calls.len(), 101);
    assert_eq!(rows(&calls, &["error_type"])[100], "other 50");
}

#[tokio::test]
async fn tokens_of_every_type_and_money_to_the_last_digit() {
    let bench = Bench::new();
    let layer = bench.layer(Role::Server);
    let reply = Reply::json(
        200,
        r#"{"model":"gpt-4o","usage":{"prompt_tokens":100,"completion_tokens":20,
            "prompt_tokens_details":{"cached_tokens":40,"audio_tokens":5},
            "completion_tokens_details":{"reasoning_tokens":7,"audio_tokens":2}}}"#,
    );
    for _ in 0..3 {
        bench.send(&layer, chat("/v1/chat/completions", r#"{"model":"gpt-4o"}"#), reply.clone()).await;
    }
    assert_eq!(
        rows(&bench.samples("gen_ai_client_tokens_total"), &["token_type", "usage_source", "role"]),
        [
            "input reported server 300",
            "output reported server 60",
            "cache_read reported server 120",
            "reasoning reported server 21",
            "audio_input reported server 15",
            "audio_output reported server 6",
        ]
    );
    assert_eq!(rows(&bench.samples("gen_ai_client_cost_usd_total"), &["role"]), ["server 0.000054"]);
}

#[tokio::test]
async fn what_is_free_costs_nothing_and_what_is_unknown_has_no_cost() {
    let bench = Bench::new();
    let layer = bench.layer(Role::Client).gate(Gate::every_post());
    let free = r#"{"model":"free","usage":{"prompt_tokens":3,"completion_tokens":1}}"#;
    bench.send(&layer, chat(URI, r#"{"model":"free"}"#), Reply::json(200, free)).await;
    bench.send(&layer, chat(URI, r#"{"model":"m"}"#), Reply::json(200, r#"{"model":"m"}"#)).await;
    // Nobody knows what this path does, so nobody misses its usage.
    bench.send(&layer, chat("https://api.openai.com/v1/rerun", "{}"), Reply::json(200, "{}")).await;
    assert_eq!(rows(&bench.samples("gen_ai_client_cost_usd_total"), &["gen_ai_response_model"]), ["free 0"]);
    assert_eq!(
        rows(&bench.samples("tower_genai_cost_calls_total"), &["cost_status", "gen_ai_response_model"]),
        ["priced free 1", "no_usage m 1"]
    );
    // Without usage there is no row of tokens at all: absent is not zero.
    assert!(
        bench
            .samples("gen_ai_client_tokens_total")
            .iter()
            .all(|row| value(row, "gen_ai_response_model") == "free")
    );
}

#[tokio::test]
async fn a_stream_has_a_time_to_its_first_chunk_and_per_token() {
    let bench = Bench::new();
    let event = |text: &str| format!("data: {text}\n\n");
    let output = event(r#"{"model":"m","choices":[{"index":0,"delta":{"content":"x"}}]}"#);
    let usage = event(r#"{"model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":5}}"#);
    let reply = Reply::events().data(ms(80), &output).data(ms(400), &usage).data(ms(0), &event("[DONE]"));
    let layer = bench.layer(Role::Client);
    bench.send(&layer, chat(URI, r#"{"model":"m"}"#), reply.clone()).await;
    let sum = |name: &str| number(&bench.samples(name)[0]).to_owned();
    assert_eq!(sum("gen_ai_client_operation_duration_seconds_sum"), "0.5");
    assert_eq!(sum("gen_ai_client_operation_time_to_first_chunk_seconds_sum"), "0.1");
    assert_eq!(sum("gen_ai_server_time_per_output_token_seconds_sum"), "0.1");

    // A stream that was cut has a first chunk, but its pace is not that of a whole reply.
    bench.send(&layer, chat(URI, r#"{"model":"m"}"#), Reply::events().data(ms(80), &output).cut()).await;
    assert_eq!(sum("gen_ai_client_operation_time_to_first_chunk_seconds_count"), "2");
    assert_eq!(sum("gen_ai_server_time_per_output_token_seconds_count"), "1");
}

#[tokio::test]
async fn every_opened_call_is_recorded() {
    let bench = Bench::new();
    let layer = bench.layer(Role::Client);
    bench.send(&layer, chat(URI, r#"{"model":"m"}"#), Reply::json(200, OK)).await;
    bench.send(&layer, chat(URI, r#"{"model":"m"}"#), Reply::json(500, "{}")).await;
    drop(
        bench.head(&layer, chat(URI, r#"{"model":"m"}"#), Reply::events().data(ms(0), "data: {}\n\n")).await,
    );
    let held = bench.head(&layer, chat(URI, r#"{"model":"m"}"#), Reply::events().data(ms(0), "x")).await;
    assert_eq!(
        bench.samples("tower_genai_calls"),
        [
            r#"tower_genai_calls_opened_total{role="server"} 0"#,
            r#"tower_genai_calls_opened_total{role="client"} 4"#,
            r#"tower_genai_calls_in_flight{role="server"} 0"#,
            r#"tower_genai_calls_in_flight{role="client"} 1"#,
            r#"tower_genai_calls_recorded_total{role="server",outcome="complete"} 0"#,
            r#"tower_genai_calls_recorded_total{role="server",outcome="failed"} 0"#,
            r#"tower_genai_calls_recorded_total{role="server",outcome="dropped"} 0"#,
            r#"tower_genai_calls_recorded_total{role="client",outcome="complete"} 1"#,
            r#"tower_genai_calls_recorded_total{role="client",outcome="failed"} 1"#,
            r#"tower_genai_calls_recorded_total{role="client",outcome="dropped"} 1"#,
        ]
    );
    drop(held);
}

#[tokio::test]
async fn a_refusal_opened_by_hand_is_a_failed_call() {
    let bench = Bench::new();
    let (mut head, ()) = Request::post(URI).body(()).unwrap().into_parts();
    let guard = bench.layer(Role::Client).open(&mut head);
    guard.handle().unwrap().fail(Fault::new("connect", ErrorOrigin::Upstream));
    guard.end(tower_genai_core::End::Failed(tower_genai_core::Failure::BeforeHead));
    assert_eq!(
        rows(&bench.samples("gen_ai_client_calls_total"), &["outcome", "error_type"]),
        ["failed connect 1"]
    );
}

#[tokio::test]
async fn below_a_layer_that_opened_the_call_attempts_are_exchanges_and_the_call_is_one() {
    let bench = Bench::new();
    let outer = bench.layer(Role::Client);
    let inner = bench.layer(Role::Client);
    let upstream = tower::service_fn(async |_| {
        Ok::<_, std::convert::Infallible>(http::Response::new(Full::new(Bytes::from_static(OK.as_bytes()))))
    });
    let service = outer.layer(inner.layer(upstream));
    let request = chat(URI, r#"{"model":"m"}"#).map(|body| Full::new(Bytes::from_static(body.as_bytes())));
    let reply = tower::ServiceExt::oneshot(service, request).await.unwrap();
    http_body_util::BodyExt::collect(reply.into_body()).await.unwrap();

    let exchanges = bench.samples("http_client_request_duration_seconds_count");
    assert_eq!(number(&exchanges[0]), "2");
    assert!(bench.samples("http_client_active_requests")[0].ends_with(" 0"));
}

#[test]
fn threads_lose_nothing() {
    let bench = Bench::new();
    let layer = bench.layer(Role::Client);
    let metrics = &bench.metrics;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let layer = layer.clone();
            scope.spawn(move || {
                for _ in 0..1_000 {
                    let (mut head, ()) = Request::post(URI).body(()).unwrap().into_parts();
                    let guard = layer.open(&mut head);
                    let handle = guard.handle().unwrap();
                    handle.set_usage(tower_genai_core::Usage::new(1, 2));
                    handle.set_response_model("m");
                    guard.end(tower_genai_core::End::Complete);
                }
            });
        }
        // Scrapes meanwhile see whole pages.
        for _ in 0..20 {
            let page = Bench::with(metrics.clone()).page(Format::OpenMetrics);
            assert!(page.ends_with("# EOF\n"));
        }
    });
    assert_eq!(number(&bench.samples("gen_ai_client_calls_total")[0]), "4000");
    assert_eq!(number(&bench.samples("gen_ai_client_cost_usd_total")[0]), "0.0018");
    assert_eq!(number(&bench.samples("gen_ai_client_operation_duration_seconds_count")[0]), "4000");
}

/// Keeps the last record.
#[derive(Clone, Default)]
struct Keep(std::sync::Arc<std::sync::Mutex<Option<tower_genai_core::CallRecord>>>);

impl tower_genai_core::Observer for Keep {
    fn name(&self) -> &'static str {
        "keep"
    }

    fn on_end(&self, record: &tower_genai_core::CallRecord) {
        *self.0.lock().unwrap() = Some(record.clone());
    }
}

#[tokio::test]
async fn a_million_calls_of_a_fraction_of_a_micro_dollar_are_exact_on_the_page() {
    let bench = Bench::new();
    let kept = Keep::default();
    let layer = bench.layer(Role::Client).with(kept.clone());
    let reply = r#"{"model":"gpt-4o","usage":{"prompt_tokens":1,"completion_tokens":0}}"#;
    bench.send(&layer, chat(URI, r#"{"model":"gpt-4o"}"#), Reply::json(200, reply)).await;
    let record = kept.0.lock().unwrap().take().unwrap();
    assert_eq!(record.cost().unwrap().total().to_string(), "0.00000015");

    let observer = bench.metrics.observer();
    for _ in 1..1_000_000 {
        tower_genai_core::Observer::on_end(&observer, &record);
    }
    let cost = bench.samples("gen_ai_client_cost_usd_total");
    assert_eq!(cost.iter().map(|sample| number(sample)).collect::<Vec<_>>(), ["0.15"]);
    let calls = bench.samples("tower_genai_cost_calls_total");
    assert_eq!(
        calls,
        [
            r#"tower_genai_cost_calls_total{cost_status="priced",gen_ai_provider_name="openai",gen_ai_response_model="gpt-4o"} 1000000"#
        ]
    );
}
