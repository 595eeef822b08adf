//! What a page of metrics costs to make: half of its lines counters of ten labels, half histograms of five, as the metrics
//! store has them. Bars: 15,000 samples within 4 ms, 100,000 within 30 ms. Ours is asked through the service and read to its
//! end; the peers write a string. `cargo bench --bench render -- SAMPLES ROUNDS NAME` for another size and the pages with that in their names.
#![allow(clippy::expect_used, reason = "a benchmark that cannot run says so by stopping")]

use std::fmt::Write;
use std::future::Future;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use http::Request;
use http_body::Body;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder};
use tokio::time::Instant;
use tower::Service;
use tower_genai::scrape::prometheus_client::encoding::text;
use tower_genai::scrape::prometheus_client::metrics::counter::Counter;
use tower_genai::scrape::prometheus_client::metrics::family::Family as ClientFamily;
use tower_genai::scrape::prometheus_client::metrics::histogram::Histogram as ClientHistogram;
use tower_genai::scrape::prometheus_client::registry::Registry;
use tower_genai::scrape::{
    Bounds, Encoder, Family, Histogram, Histograms, Kind, MetricsService, NativeHistogram, Source,
};

const COUNTER_LABELS: [&str; 10] = [
    "gen_ai_operation_name",
    "gen_ai_provider_name",
    "gen_ai_request_model",
    "gen_ai_response_model",
    "key_alias",
    "team",
    "user",
    "outcome",
    "error_type",
    "role",
];
const HISTOGRAM_LABELS: usize = 5;
const BOUNDS: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];
/// The buckets, one more up to infinity, the sum and the count.
const LINES: usize = BOUNDS.len() + 3;

/// The label values of the series number so and so.
fn labels(number: usize) -> [String; 10] {
    [
        "chat".to_owned(),
        ["openai", "anthropic", "gcp.gemini"][number % 3].to_owned(),
        format!("gpt-4o-mini-{}", number % 97),
        format!("gpt-4o-mini-{}-2024-07-18", number % 97),
        format!("search-team-prod-{number}"),
        format!("team-{}", number % 50),
        format!("svc-search-{}", number % 500),
        "complete".to_owned(),
        String::new(),
        "client".to_owned(),
    ]
}

/// Series as the metrics store has them: values of labels that are there, and numbers.
struct Store {
    families: [Family; 2],
    counters: Vec<([String; 10], u64)>,
    histograms: Vec<([String; 10], [u64; BOUNDS.len() + 1], f64)>,
    native: Option<NativeHistogram>,
    bounds: Bounds,
}

impl Store {
    fn new(samples: usize, native: bool) -> Self {
        let counters = (0..samples / 2).map(|number| (labels(number), number as u64 * 7919)).collect();
        let histogram = |number: usize| (labels(number), [number as u64 % 1000; 15], number as f64 * 0.37);
        let mut buckets = NativeHistogram::new(3, 1e-9);
        buckets.buckets = (0..20).map(|index| (index, 50)).collect();
        Self {
            families: [
                Family::new(Kind::Counter, "gen_ai_client_calls_total", "Calls.", COUNTER_LABELS),
                Family::new(
                    Kind::Histogram,
                    "gen_ai_client_operation_duration_seconds",
                    "Time from a call's begin to the end of its reply.",
                    COUNTER_LABELS.into_iter().take(HISTOGRAM_LABELS),
                ),
            ],
            counters,
            histograms: (0..samples / 2 / LINES).map(histogram).collect(),
            native: native.then_some(buckets),
            bounds: Bounds::sorted(BOUNDS),
        }
    }
}

impl Source for Store {
    fn families(&self) -> &[Family] {
        &self.families
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let mut samples = encoder.family(&self.families[0]);
        for (labels, count) in &self.counters {
            samples.value(&labels.each_ref().map(String::as_str), *count);
        }
        let mut samples = encoder.family(&self.families[1]);
        for (labels, counts, sum) in &self.histograms {
            let labels = labels.each_ref().map(String::as_str);
            let mut histogram = Histogram::new(&self.bounds, counts, *sum);
            if let Some(native) = &self.native {
                histogram = histogram.with_native(native);
            }
            samples.histogram(&labels[..HISTOGRAM_LABELS], &histogram);
        }
    }
}

/// A measured thing, which says how many bytes it has made.
struct Page {
    name: &'static str,
    make: Box<dyn FnMut() -> usize>,
}

fn ours(
    name: &'static str,
    samples: usize,
    native: bool,
    accept: &'static str,
    coding: &'static str,
) -> Page {
    let histograms = if native { Histograms::Native } else { Histograms::Classic };
    let builder = MetricsService::builder().source(Store::new(samples, native)).histograms(histograms);
    let mut service = builder.build().expect("names that go together");
    let request = move || {
        let request = Request::get("/metrics").header("accept", accept).header("accept-encoding", coding);
        request.body(()).expect("a request")
    };
    // Without a runtime the page is made in the call.
    let make = move || {
        let mut cx = Context::from_waker(Waker::noop());
        let Poll::Ready(Ok(reply)) = pin!(service.call(request())).poll(&mut cx) else { return 0 };
        let mut body = pin!(reply.into_body());
        let mut bytes = 0;
        while let Poll::Ready(Some(Ok(frame))) = body.as_mut().poll_frame(&mut cx) {
            bytes += frame.data_ref().map_or(0, bytes::Bytes::len);
        }
        bytes
    };
    Page { name, make: Box::new(make) }
}

fn prometheus_client(samples: usize) -> Page {
    type Labels = Vec<(&'static str, String)>;
    let pairs = |labels: [String; 10], count| COUNTER_LABELS.into_iter().zip(labels).take(count).collect();
    let store = Store::new(samples, false);
    let mut registry = Registry::default();
    let counters = ClientFamily::<Labels, Counter>::default();
    registry.register("gen_ai_client_calls", "Calls", counters.clone());
    for (labels, count) in store.counters {
        counters.get_or_create(&pairs(labels, COUNTER_LABELS.len())).inc_by(count);
    }
    let new = || ClientHistogram::new(BOUNDS);
    let histograms = ClientFamily::<Labels, ClientHistogram>::new_with_constructor(new);
    registry.register("gen_ai_client_operation_duration_seconds", "Time", histograms.clone());
    for (labels, _, sum) in store.histograms {
        histograms.get_or_create(&pairs(labels, HISTOGRAM_LABELS)).observe(sum);
    }
    let make = move || {
        let mut page = String::new();
        text::encode(&mut page, &registry).expect("room for the page");
        black_box(&page).len()
    };
    Page { name: "prometheus-client", make: Box::new(make) }
}

fn metrics_exporter(samples: usize) -> Page {
    let store = Store::new(samples, false);
    let matcher = Matcher::Full("gen_ai_client_operation_duration_seconds".to_owned());
    let builder = PrometheusBuilder::new().set_buckets_for_metric(matcher, &BOUNDS);
    let recorder = builder.expect("buckets").build_recorder();
    let handle = recorder.handle();
    let pairs = |labels: [String; 10], count| -> Vec<metrics::Label> {
        let pairs = COUNTER_LABELS.into_iter().zip(labels).take(count);
        pairs.map(|(name, value)| metrics::Label::new(name, value)).collect()
    };
    metrics::with_local_recorder(&recorder, || {
        for (labels, count) in store.counters {
            let labels = pairs(labels, COUNTER_LABELS.len());
            metrics::counter!("gen_ai_client_calls_total", labels).increment(count);
        }
        for (labels, _, sum) in store.histograms {
            let labels = pairs(labels, HISTOGRAM_LABELS);
            metrics::histogram!("gen_ai_client_operation_duration_seconds", labels).record(sum);
        }
    });
    Page { name: "metrics-exporter-prometheus", make: Box::new(move || black_box(handle.render()).len()) }
}

const OPEN_METRICS: &str = "application/openmetrics-text;version=1.0.0";
const PROTOBUF: &str =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

fn pages(samples: usize) -> Vec<Page> {
    vec![
        ours("tower-genai, OpenMetrics", samples, false, OPEN_METRICS, "identity"),
        ours("tower-genai, text 0.0.4", samples, false, "text/plain", "identity"),
        ours("tower-genai, OpenMetrics, gzip", samples, false, OPEN_METRICS, "gzip"),
        ours("tower-genai, OpenMetrics, zstd", samples, false, OPEN_METRICS, "zstd"),
        ours("tower-genai, protobuf, native histograms", samples, true, PROTOBUF, "identity"),
        prometheus_client(samples),
        metrics_exporter(samples),
    ]
}

#[allow(clippy::print_stdout, reason = "the table is what this program is for")]
fn main() {
    // Cargo adds a `--bench` of its own.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let number = |at: usize| arguments.get(at).and_then(|argument| argument.parse().ok());
    let sizes = number(0).map_or(vec![15_000, 100_000], |samples| vec![samples]);
    let rounds = number(1).unwrap_or(25);
    let name = arguments.get(2).map_or("", String::as_str);
    let mut table =
        String::from("| samples | page | ms (least / median) | bytes |\n| --- | --- | --- | --- |\n");
    for samples in sizes {
        let mut pages = pages(samples);
        pages.retain(|page| page.name.contains(name));
        let mut times = vec![Vec::new(); pages.len()];
        let mut bytes = vec![0; pages.len()];
        for round in 0..=rounds {
            for (index, page) in pages.iter_mut().enumerate() {
                let started = Instant::now();
                bytes[index] = (page.make)();
                // The first round warms up.
                if round > 0 {
                    times[index].push(started.elapsed());
                }
            }
        }
        for ((page, times), bytes) in pages.iter().zip(&mut times).zip(bytes) {
            times.sort_unstable();
            let ms = |time: Option<&Duration>| time.map_or(0.0, |time| time.as_secs_f64() * 1e3);
            let (least, median) = (ms(times.first()), ms(times.get(times.len() / 2)));
            let _ = writeln!(table, "| {samples} | {} | {least:.2} / {median:.2} | {bytes} |", page.name);
        }
    }
    println!("{table}");
}
