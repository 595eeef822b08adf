//! What a store does when it is asked to.
#![allow(clippy::unwrap_used, reason = "a test panics to fail, in its helpers too")]

mod support;

use std::time::Duration;

use futures_util::StreamExt;
use support::{Bench, Reply, chat, ms};
use tower::Layer;
use tower_genai_core::clock::Clock;
use tower_genai_core::{CallLayer, Caller, Head, Observer, Profile, Role, SpanRef, Upstream, Watch};
use tower_genai_metrics::scrape::{Format, Histograms, MetricsService};
use tower_genai_metrics::{Metrics, MetricsBuilder};

const URI: &str = "https://api.openai.com/v1/chat/completions";
const ASK: &str = r#"{"model":"m"}"#;
const OK: &str = r#"{"model":"m","usage":{"prompt_tokens":3,"completion_tokens":1}}"#;

fn bench(options: impl FnOnce(MetricsBuilder) -> MetricsBuilder) -> Bench {
    let builder = Metrics::builder()
        .operation_duration_buckets([0.05, 0.5])
        .time_to_first_chunk_buckets([0.05])
        .time_per_output_chunk_buckets([0.05, 0.2]);
    Bench::with(options(builder).build().unwrap())
}

/// Puts spans on calls: the n-th has the number n, and those with an even number are sampled.
#[derive(Default)]
struct Spans(std::sync::atomic::AtomicU8);

impl Observer for Spans {
    fn name(&self) -> &'static str {
        "spans"
    }

    fn begin(&self, head: &mut Head<'_>) -> Option<Box<dyn Watch>> {
        let number = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let span =
            SpanRef { trace_id: [number; 16], span_id: [number; 8], sampled: number.is_multiple_of(2) };
        head.call().unwrap().set_span(span);
        None
    }
}

fn event(text: &str) -> String {
    format!("data: {text}\n\n")
}

fn output() -> String {
    event(r#"{"id":"c","model":"m","choices":[{"index":0,"delta":{"content":"x"}}]}"#)
}

#[tokio::test]
async fn sampled_calls_are_exemplars_of_durations_and_cost() {
    let bench = bench(|builder| builder.exemplars(true));
    let layer = bench.layer(Role::Client).with(Spans::default());
    // The calls 0 and 2 are in the first bucket, 1 and 3 are not sampled, 4 is in the second.
    for wait in [0, 0, 10, 100, 100] {
        bench.send(&layer, chat(URI, ASK), Reply::json(200, OK).data(ms(wait), " ")).await;
    }
    let page = bench.page(Format::OpenMetrics);
    let shown: Vec<_> = page.lines().filter(|line| line.contains(" # {")).collect();
    let exemplar = |line: &str| {
        let (sample, exemplar) = line.split_once(" # ").unwrap();
        let (labels, value) = exemplar.split_once("} ").unwrap();
        let le = sample.split_once(",le=\"").map_or("", |(_, le)| le.split('"').next().unwrap());
        (sample.split('{').next().unwrap().to_owned(), le.to_owned(), labels.to_owned(), value.to_owned())
    };
    let labels =
        |number: &str| format!("{{trace_id=\"{}\",span_id=\"{}\"", number.repeat(16), number.repeat(8));
    let found: Vec<_> = shown.into_iter().map(exemplar).collect();
    let expected = [
        ("gen_ai_client_operation_duration_seconds_bucket", "0.05", labels("02"), "0.03"),
        ("gen_ai_client_operation_duration_seconds_bucket", "0.5", labels("04"), "0.12"),
        ("gen_ai_client_cost_usd_total", "", labels("04"), "0.0000006"),
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((name, le, labels, value), expected) in found.iter().zip(&expected) {
        assert_eq!((name.as_str(), le.as_str(), labels), (expected.0, expected.1, &expected.2));
        let (value, at) = value.split_once(' ').unwrap();
        assert_eq!(value.parse::<f64>().unwrap().to_bits(), expected.3.parse::<f64>().unwrap().to_bits());
        assert!(at.parse::<f64>().unwrap() > 1.7e9, "{at}");
    }
    // The older format has no place for them.
    assert!(!bench.page(Format::Text).contains(" # {"));
}

#[tokio::test]
async fn without_being_asked_there_are_no_exemplars() {
    let bench = bench(|builder| builder);
    let layer = bench.layer(Role::Client).with(Spans::default());
    bench.send(&layer, chat(URI, ASK), Reply::json(200, OK)).await;
    assert!(!bench.page(Format::OpenMetrics).contains(" # {"));
}

#[tokio::test]
async fn series_know_when_they_began() {
    let bench = bench(|builder| builder);
    bench.send(&bench.layer(Role::Client), chat(URI, ASK), Reply::json(200, OK)).await;
    let service =
        MetricsService::builder().source(bench.metrics.clone()).created_samples(true).build().unwrap();
    let page = service.render(Format::OpenMetrics);
    for name in ["gen_ai_client_operation_duration_seconds", "gen_ai_client_calls", "gen_ai_client_cost_usd"]
    {
        let prefix = format!("{name}_created{{");
        let line = page.lines().find(|line| line.starts_with(&prefix)).unwrap_or_else(|| panic!("{name}"));
        assert!(line.rsplit_once(' ').unwrap().1.parse::<f64>().unwrap() > 1.7e9, "{line}");
    }
}

#[tokio::test]
async fn native_histograms_are_kept_when_asked_for() {
    let native = |asked: bool| async move {
        let bench = bench(|builder| builder.native_histograms(asked));
        bench.send(&bench.layer(Role::Client), chat(URI, ASK), Reply::json(200, OK)).await;
        let service = MetricsService::builder()
            .source(bench.metrics.clone())
            .histograms(Histograms::Both)
            .build()
            .unwrap();
        service.render_bytes(Format::Protobuf).len()
    };
    assert!(native(true).await > native(false).await);
}

#[tokio::test]
async fn chunks_are_timed_when_asked_for() {
    for profile in [Profile::V1_41, Profile::V2026_10] {
        let bench = bench(|builder| builder.chunk_timing(true).profile(profile));
        let usage =
            event(r#"{"id":"c","model":"m","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":5}}"#);
        // The first chunk has no chunk before it; the two that come together are two; what is no output is no chunk.
        let reply = Reply::events()
            .data(ms(80), &output())
            .data(ms(30), &output())
            .data(ms(100), &format!("{}{}", output(), output()))
            .data(ms(300), &output())
            .data(ms(500), &usage)
            .data(ms(0), &event("[DONE]"));
        bench.send(&bench.layer(Role::Client), chat(URI, ASK), reply).await;
        bench.send(&bench.layer(Role::Client), chat(URI, ASK), Reply::json(200, OK)).await;
        let name = match profile {
            Profile::V1_41 => "gen_ai_client_operation_time_per_output_chunk_seconds",
            _ => "gen_ai_client_inference_time_per_output_chunk_seconds",
        };
        let page = bench.page(Format::Text);
        let behind = |line: &str| line.split_once(r#"response_model="m""#).unwrap().1.to_owned();
        let rows: Vec<_> = page.lines().filter(|line| line.starts_with(name)).map(behind).collect();
        assert_eq!(
            rows,
            [r#",le="0.05"} 2"#, r#",le="0.2"} 3"#, r#",le="+Inf"} 4"#, "} 0.43", "} 4"],
            "{name}"
        );
    }
    let bench = bench(|builder| builder);
    let reply = Reply::events().data(ms(80), &output()).data(ms(30), &output());
    bench.send(&bench.layer(Role::Client), chat(URI, ASK), reply).await;
    assert!(!bench.page(Format::Text).contains("time_per_output_chunk"));
}

#[tokio::test]
async fn a_layer_that_joins_has_its_chunks_timed_too() {
    let bench = bench(|builder| builder.chunk_timing(true));
    let outer = CallLayer::client().clock(bench.clock());
    let mock = bench.mock();
    let upstream = tower::service_fn(move |_| {
        let mock = mock.clone();
        async move {
            let frames = futures_util::stream::iter([0, 30, 30]).map(move |wait| {
                mock.increment(ms(wait));
                Ok::<_, std::convert::Infallible>(http_body::Frame::data(bytes::Bytes::from(output())))
            });
            Ok::<_, std::convert::Infallible>(
                http::Response::builder()
                    .header("content-type", "text/event-stream")
                    .body(http_body_util::StreamBody::new(frames))
                    .unwrap(),
            )
        }
    });
    let service = outer.layer(bench.layer(Role::Client).layer(upstream));
    let request =
        chat(URI, ASK).map(|body| http_body_util::Full::new(bytes::Bytes::from_static(body.as_bytes())));
    let reply = tower::ServiceExt::oneshot(service, request).await.unwrap();
    http_body_util::BodyExt::collect(reply.into_body()).await.unwrap();
    let samples = bench.samples("gen_ai_client_operation_time_per_output_chunk_seconds_count");
    assert!(samples[0].ends_with(" 2"), "{samples:?}");
}

#[tokio::test]
async fn what_is_left_of_limits_is_a_gauge_and_nothing_is_something() {
    let bench = bench(|builder| builder);
    let layer = bench.layer(Role::Client);
    for remaining in ["7", "0"] {
        let mut request = chat(URI, ASK);
        request.extensions_mut().insert(Upstream::new().with_name("main"));
        let reply = Reply::json(200, OK)
            .header("x-ratelimit-remaining-requests", remaining)
            .header("x-ratelimit-remaining-tokens", "900");
        bench.send(&layer, request, reply).await;
    }
    bench.send(&layer, chat(URI, ASK), Reply::json(200, OK)).await;
    let name = "tower_genai_upstream_ratelimit_remaining";
    assert_eq!(
        bench.samples(name),
        [
            format!(r#"{name}{{upstream="main",gen_ai_request_model="m",kind="requests"}} 0"#),
            format!(r#"{name}{{upstream="main",gen_ai_request_model="m",kind="tokens"}} 900"#),
        ]
    );
}

#[tokio::test]
async fn idle_series_go_and_come_back_from_nothing() {
    let (clock, mock) = Clock::mock();
    let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
    let metrics = Metrics::builder().idle_expiry(minutes(10)).series_budget(1).clock(clock).build().unwrap();
    let bench = Bench::with(metrics);
    let layer = bench.layer(Role::Client);
    let call = |alias: &'static str| {
        let mut request = chat(URI, ASK);
        request.extensions_mut().insert(Caller::new().with_key_alias(alias));
        bench.send(&layer, request, Reply::json(200, OK))
    };
    let aliases = || -> Vec<String> {
        let alias = |sample: &String| {
            let (_, rest) = sample.split_once("key_alias=\"").unwrap();
            format!("{} {}", rest.split('"').next().unwrap(), sample.rsplit_once(' ').unwrap().1)
        };
        bench.samples("gen_ai_client_calls_total").iter().map(alias).collect()
    };
    call("first").await;
    call("first").await;
    call("second").await;
    assert_eq!(aliases(), ["first 2", "other 1"]);
    mock.increment(minutes(6));
    call("first").await;
    assert_eq!(aliases(), ["first 3", "other 1"]);
    mock.increment(minutes(6));
    assert_eq!(aliases(), ["first 3"]);
    mock.increment(minutes(6));
    assert_eq!(aliases(), Vec::<String>::new());
    let used = bench.samples(r#"tower_genai_series{metric="gen_ai_client_calls_total"}"#);
    assert!(used[0].ends_with(" 0"), "{used:?}");
    // The place is free for another, and who comes back begins anew.
    call("second").await;
    call("first").await;
    assert_eq!(aliases(), ["second 1", "other 1"]);
}
