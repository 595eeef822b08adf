//! Metrics of calls, as an exporter of metrics sees them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::convert::Infallible;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Channel, Full};
use opentelemetry::KeyValue;
use opentelemetry_sdk::metrics::data::{
    AggregatedMetrics, HistogramDataPoint, MetricData, ScopeMetrics, SumDataPoint,
};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use support::{answer, model};
use tower::{Layer, ServiceExt, service_fn};
use tower_genai_core::clock::Clock;
use tower_genai_core::{CallLayer, CallRecord, Cost, Observer, Profile};
use tower_genai_trace::meter::MeterObserver;

struct Measured {
    provider: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
    layer: CallLayer,
}

/// One series: its unit, attributes, and what was measured.
#[derive(Clone, Debug, PartialEq)]
struct Series {
    unit: String,
    attributes: BTreeMap<String, String>,
    count: u64,
    sum: f64,
    bounds: usize,
}

struct Price;

impl Observer for Price {
    fn name(&self) -> &'static str {
        "price"
    }

    fn enrich(&self, record: &mut CallRecord) {
        let mut cost = Cost::default();
        cost.output = "0.25".parse().unwrap();
        record.set_cost(cost);
    }
}

impl Measured {
    fn new(profile: Profile) -> Self {
        let exporter = InMemoryMetricExporter::default();
        let provider = SdkMeterProvider::builder()
            .with_reader(PeriodicReader::builder(exporter.clone()).build())
            .build();
        let layer = CallLayer::client().with(Price).with(MeterObserver::new(&provider, profile));
        Self { provider, exporter, layer }
    }

    async fn call(
        &self,
        path: &str,
        body: &str,
        status: u16,
        content_type: &'static str,
        reply: &'static str,
    ) {
        let (clock, time) = Clock::mock();
        let request =
            Request::post(format!("https://api.openai.com{path}")).body(Full::<Bytes>::from(body.to_owned()));
        let waiting = time.clone();
        let (mut sender, body) = Channel::<Bytes, Infallible>::new(4);
        let mut head = answer(status, content_type, "").map(|_| body);
        head.headers_mut().remove("content-length");
        let mut head = Some(head);
        let upstream = service_fn(move |request: Request<_>| {
            let (time, head) = (waiting.clone(), head.take().unwrap());
            async move {
                model(request).await.unwrap();
                time.increment(Duration::from_millis(100));
                Ok::<_, Infallible>(head)
            }
        });
        let layer = self.layer.clone().clock(clock).layer(upstream);
        let mut body = layer.oneshot(request.unwrap()).await.unwrap().into_body();
        // The first event, and the rest a while later.
        let first = reply.find("\n\n").map_or(reply.len(), |at| at + 2);
        sender.send_data(Bytes::from_static(&reply.as_bytes()[..first])).await.unwrap();
        body.frame().await.unwrap().unwrap();
        time.increment(Duration::from_millis(300));
        sender.send_data(Bytes::from_static(&reply.as_bytes()[first..])).await.unwrap();
        drop(sender);
        body.collect().await.unwrap();
    }

    fn series(&self) -> BTreeMap<String, Vec<Series>> {
        self.provider.force_flush().unwrap();
        let metrics = self.exporter.get_finished_metrics().unwrap();
        let mut series = BTreeMap::<String, Vec<Series>>::new();
        let last = metrics.last().unwrap();
        for metric in last.scope_metrics().flat_map(ScopeMetrics::metrics) {
            let points = match metric.data() {
                AggregatedMetrics::F64(MetricData::Histogram(data)) => {
                    data.data_points().map(|point| histogram(point, point.sum())).collect::<Vec<_>>()
                }
                AggregatedMetrics::U64(MetricData::Histogram(data)) => {
                    data.data_points().map(|point| histogram(point, point.sum() as f64)).collect()
                }
                AggregatedMetrics::U64(MetricData::Sum(data)) => {
                    assert!(data.is_monotonic());
                    data.data_points().map(counter).collect()
                }
                other => panic!("{other:?}"),
            };
            let points = points.into_iter().map(|point| Series { unit: metric.unit().to_owned(), ..point });
            series.entry(metric.name().to_owned()).or_default().extend(points);
        }
        series
    }
}

fn histogram<T>(point: &HistogramDataPoint<T>, sum: f64) -> Series {
    Series {
        unit: String::new(),
        attributes: shown(point.attributes()),
        count: point.count(),
        sum,
        bounds: point.bounds().count(),
    }
}

fn counter(point: &SumDataPoint<u64>) -> Series {
    Series {
        unit: String::new(),
        attributes: shown(point.attributes()),
        count: 1,
        sum: point.value() as f64,
        bounds: 0,
    }
}

fn shown<'a>(attributes: impl Iterator<Item = &'a KeyValue>) -> BTreeMap<String, String> {
    attributes.map(|kv| (kv.key.to_string(), kv.value.as_str().into_owned())).collect()
}

const STREAM: &str = "data: {\"model\":\"gpt-4o-mini-2024\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"hi\"}}]}\n\n\
    data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n\
    data: {\"choices\":[],\"usage\":{\"prompt_tokens\":12,\"completion_tokens\":4,\"prompt_tokens_details\":{\"cached_tokens\":3,\"audio_tokens\":5},\"completion_tokens_details\":{\"reasoning_tokens\":2}}}\n\n\
    data: [DONE]\n\n";
const CHAT: &str = r#"{"model":"gpt-4o-mini","stream":true}"#;

const OF_BOTH: [&str; 4] = [
    "gen_ai.client.response.duration",
    "gen_ai.server.time_per_output_token",
    "gen_ai.server.time_to_first_token",
    "gen_ai.usage.cost",
];
const OF_V1_41: [&str; 3] = [
    "gen_ai.client.operation.duration",
    "gen_ai.client.operation.time_to_first_chunk",
    "gen_ai.client.token.usage",
];
const OF_V2026_10: [&str; 9] = [
    "gen_ai.client.inference.duration",
    "gen_ai.client.inference.operation.input_tokens",
    "gen_ai.client.inference.operation.output_tokens",
    "gen_ai.client.inference.time_to_first_chunk",
    "gen_ai.client.inference.usage.cache_read.input_tokens",
    "gen_ai.client.inference.usage.input_tokens",
    "gen_ai.client.inference.usage.output_tokens",
    "gen_ai.client.inference.usage.reasoning.output_tokens",
    "gen_ai.server.time_to_first_token",
];

#[tokio::test]
async fn a_stream_is_measured_with_the_names_of_the_profile() {
    for (profile, own) in [
        (Profile::V1_41, OF_V1_41.to_vec()),
        (Profile::V2026_10, OF_V2026_10.to_vec()),
        (Profile::Both, [&OF_V1_41[..], &OF_V2026_10].concat()),
    ] {
        let measured = Measured::new(profile);
        measured.call("/v1/chat/completions", CHAT, 200, "text/event-stream", STREAM).await;
        let series = measured.series();
        let expected: BTreeSet<&str> = OF_BOTH.into_iter().chain(own).collect();
        assert_eq!(series.keys().map(String::as_str).collect::<BTreeSet<_>>(), expected, "{profile}");
        let one = |name: &str, unit: &str, sum: f64, bounds: usize| {
            let [only] = &series[name][..] else { panic!("{name}: {series:#?}") };
            assert_eq!((only.unit.as_str(), only.count, only.bounds), (unit, 1, bounds), "{name}");
            assert!((only.sum - sum).abs() < 1e-9, "{name}: {}", only.sum);
            assert_eq!(only.attributes["gen_ai.operation.name"], "chat");
            assert_eq!(only.attributes["gen_ai.provider.name"], "openai");
            assert_eq!(only.attributes["gen_ai.request.model"], "gpt-4o-mini");
            assert_eq!(only.attributes["gen_ai.response.model"], "gpt-4o-mini-2024");
            assert_eq!(only.attributes["server.address"], "api.openai.com");
            assert_eq!(only.attributes["server.port"], "443");
            assert!(!only.attributes.contains_key("error.type"));
        };
        one("gen_ai.client.response.duration", "s", 0.4, 14);
        one("gen_ai.server.time_to_first_token", "s", 0.1, 16);
        one("gen_ai.server.time_per_output_token", "s", 0.1, 13);
        one("gen_ai.usage.cost", "USD", 0.25, 16);
        if profile.has_v1_41() {
            one("gen_ai.client.operation.duration", "s", 0.4, 14);
            one("gen_ai.client.operation.time_to_first_chunk", "s", 0.1, 14);
            let tokens: Vec<_> = series["gen_ai.client.token.usage"]
                .iter()
                .map(|series| (series.attributes["gen_ai.token.type"].as_str(), series.sum, series.bounds))
                .collect();
            assert!(
                tokens.contains(&("input", 12.0, 14)) && tokens.contains(&("output", 4.0, 14)),
                "{tokens:?}"
            );
        }
        if profile.has_v2026_10() {
            one("gen_ai.client.inference.duration", "s", 0.4, 14);
            one("gen_ai.client.inference.operation.input_tokens", "{token}", 12.0, 14);
            one("gen_ai.client.inference.operation.output_tokens", "{token}", 4.0, 14);
            one("gen_ai.client.inference.usage.cache_read.input_tokens", "{token}", 3.0, 0);
            one("gen_ai.client.inference.usage.reasoning.output_tokens", "{token}", 2.0, 0);
            let mut modalities: Vec<_> = series["gen_ai.client.inference.usage.input_tokens"]
                .iter()
                .map(|series| (series.attributes["gen_ai.token.modality"].as_str(), series.sum))
                .collect();
            modalities.sort_by(|one, other| one.0.cmp(other.0));
            assert_eq!(modalities, [("audio", 5.0), ("text", 7.0)]);
        }
    }
}

#[tokio::test]
async fn what_is_no_inference_keeps_its_name() {
    let measured = Measured::new(Profile::V2026_10);
    let reply = r#"{"model":"e","usage":{"prompt_tokens":3,"total_tokens":3}}"#;
    measured.call("/v1/embeddings", r#"{"model":"e"}"#, 200, "application/json", reply).await;
    let series = measured.series();
    let names: Vec<&str> = series.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["gen_ai.client.operation.duration", "gen_ai.client.response.duration", "gen_ai.usage.cost"]
    );
}

#[tokio::test]
async fn calls_that_failed_count_with_their_error_and_without_tokens() {
    let measured = Measured::new(Profile::Both);
    let refusal = r#"{"error":{"code":"rate_limit_exceeded"}}"#;
    measured.call("/v1/chat/completions", CHAT, 429, "application/json", refusal).await;
    let series = measured.series();
    for name in ["gen_ai.client.operation.duration", "gen_ai.client.inference.duration"] {
        let [only] = &series[name][..] else { panic!("{series:#?}") };
        assert_eq!(only.attributes["error.type"], "rate_limit_exceeded");
        assert_eq!(only.attributes["gen_ai.request.model"], "other", "nobody has answered for it");
    }
    let [input] = &series["gen_ai.client.inference.usage.input_tokens"][..] else { panic!("{series:#?}") };
    assert_eq!((input.sum.to_bits(), input.attributes["gen_ai.token.modality"].as_str()), (0, "unknown"));
    assert_eq!(series["gen_ai.client.inference.operation.input_tokens"][0].count, 1);
    assert!(!series.contains_key("gen_ai.client.token.usage"));
    assert!(!series.contains_key("gen_ai.server.time_to_first_token"));
}

#[tokio::test]
async fn sets_of_attributes_are_bounded_whoever_chooses_the_values() {
    let measured = Measured::new(Profile::V1_41);
    for model in 0..3000 {
        let body = format!(r#"{{"model":"m-{model}"}}"#);
        measured.call("/v1/chat/completions", &body, 200, "application/json", "{}").await;
    }
    let series = measured.series();
    let durations = &series["gen_ai.client.operation.duration"];
    assert_eq!(
        durations.len(),
        501,
        "the SDK's limit, shared by four modalities, and what stands for the others"
    );
    assert_eq!(durations.iter().map(|series| series.count).sum::<u64>(), 3000, "and none is lost");
    let other = durations.iter().filter(|series| series.attributes["gen_ai.request.model"] == "other");
    assert_eq!(other.map(|series| series.count).sum::<u64>(), 2500);
}
