#![allow(clippy::disallowed_methods, reason = "series of tests")]

use std::io::Read;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, VARY};
use http::{Method, Request, Response, StatusCode};
use http_body::Body;
use http_body_util::BodyExt;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family as ClientFamily;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use prost::Message;
use tower::ServiceExt;

use super::*;
use crate::encoder::messages::{self, MetricFamily, MetricType};
use crate::{
    Bounds, Counted, Encoder, Exemplar, Family, Format, Histogram, Histograms, Name, NativeHistogram, Source,
    Value,
};

static SHOP: [Family; 4] = [
    Family::counter(
        Name::new("shop_orders_total"),
        "Orders with \"quotes\", a \\ and\na second line.",
        &["kind"],
    ),
    Family::gauge(Name::new("shop_open_carts"), "Carts.", &[]),
    Family::histogram(Name::new("shop_latency_seconds"), "Time to answer.", &["route"]).with_unit("seconds"),
    Family::counter(Name::new("shop_money_usd_total"), "Money.", &[]).with_unit("usd"),
];

struct Shop;

impl Source for Shop {
    fn families(&self) -> &[Family] {
        &SHOP
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let [orders, carts, latency, money] = &SHOP;
        let mut samples = encoder.family(orders);
        samples.value(&["plain"], 2);
        samples.value(&["a\"b\\c\nd\u{e9}{},"], u64::MAX);
        encoder.family(carts).value(&[], 0.5);
        let bounds = Bounds::new([0.005, 1.0, 1e6]).unwrap();
        encoder.family(latency).histogram(&["/x"], &Histogram::new(&bounds, &[1, 0, 2, 1], 1_000_003.25));
        encoder.family(money).value(&[], Value::Decimal("0.150000000000000001"));
    }
}

const SHOP_OPEN_METRICS: &str = r#"# TYPE shop_orders counter
# HELP shop_orders Orders with \"quotes\", a \\ and\na second line.
shop_orders_total{kind="plain"} 2
shop_orders_total{kind="a\"b\\c\ndé{},"} 18446744073709551615
# TYPE shop_open_carts gauge
# HELP shop_open_carts Carts.
shop_open_carts 0.5
# TYPE shop_latency_seconds histogram
# UNIT shop_latency_seconds seconds
# HELP shop_latency_seconds Time to answer.
shop_latency_seconds_bucket{route="/x",le="0.005"} 1
shop_latency_seconds_bucket{route="/x",le="1.0"} 1
shop_latency_seconds_bucket{route="/x",le="1e+06"} 3
shop_latency_seconds_bucket{route="/x",le="+Inf"} 4
shop_latency_seconds_sum{route="/x"} 1000003.25
shop_latency_seconds_count{route="/x"} 4
# TYPE shop_money_usd counter
# UNIT shop_money_usd usd
# HELP shop_money_usd Money.
shop_money_usd_total 0.150000000000000001
# EOF
"#;

const SHOP_TEXT: &str = r#"# HELP shop_orders_total Orders with "quotes", a \\ and\na second line.
# TYPE shop_orders_total counter
shop_orders_total{kind="plain"} 2
shop_orders_total{kind="a\"b\\c\ndé{},"} 18446744073709551615
# HELP shop_open_carts Carts.
# TYPE shop_open_carts gauge
shop_open_carts 0.5
# HELP shop_latency_seconds Time to answer.
# TYPE shop_latency_seconds histogram
shop_latency_seconds_bucket{route="/x",le="0.005"} 1
shop_latency_seconds_bucket{route="/x",le="1"} 1
shop_latency_seconds_bucket{route="/x",le="1e+06"} 3
shop_latency_seconds_bucket{route="/x",le="+Inf"} 4
shop_latency_seconds_sum{route="/x"} 1000003.25
shop_latency_seconds_count{route="/x"} 4
# HELP shop_money_usd_total Money.
# TYPE shop_money_usd_total counter
shop_money_usd_total 0.150000000000000001
"#;

/// Any families, each with a sample.
struct Given(Vec<Family>);

impl Source for Given {
    fn families(&self) -> &[Family] {
        &self.0
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        for family in &self.0 {
            encoder.family(family).value(&[], 1);
        }
    }
}

fn faults(builder: MetricsServiceBuilder) -> Vec<Fault> {
    builder.build().unwrap_err().faults().to_vec()
}

fn given(family: Family) -> Given {
    Given(vec![family])
}

async fn ask(service: &MetricsService, request: Request<()>) -> Response<Bytes> {
    let (parts, body) = service.clone().oneshot(request).await.unwrap().into_parts();
    Response::from_parts(parts, body.collect().await.unwrap().to_bytes())
}

fn get() -> http::request::Builder {
    Request::get("/metrics")
}

#[test]
fn both_formats_to_the_letter() {
    let service = MetricsService::builder().source(Shop).build().unwrap();
    assert_eq!(service.render(Format::OpenMetrics), SHOP_OPEN_METRICS);
    assert_eq!(service.render(Format::Text), SHOP_TEXT);
}

#[test]
fn registries_stand_before_the_sources_and_the_end_mark_stands_last() {
    let mut registry = Registry::default();
    let jobs = Counter::<u64>::default();
    registry.register("jobs", "Jobs", jobs.clone());
    jobs.inc_by(3);
    let mut second = Registry::default();
    second.register_with_unit("room", "Room", Unit::Bytes, Gauge::<i64>::default());
    let service = MetricsService::builder().source(Shop).registry(registry).registry(second).build().unwrap();

    let head = "# HELP jobs Jobs.\n# TYPE jobs counter\njobs_total 3\n\
                # HELP room_bytes Room.\n# TYPE room_bytes gauge\n# UNIT room_bytes bytes\nroom_bytes 0\n";
    assert_eq!(service.render(Format::OpenMetrics), format!("{head}{SHOP_OPEN_METRICS}"));
    let head = "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\njobs_total 3\n\
                # HELP room_bytes Room.\n# TYPE room_bytes gauge\nroom_bytes 0\n";
    assert_eq!(service.render(Format::Text), format!("{head}{SHOP_TEXT}"));
}

#[test]
fn every_fault_is_listed_at_once() {
    let mut registry = Registry::default();
    registry.register("shop_open_carts", "Carts", Gauge::<i64>::default());
    let faults = faults(
        MetricsService::builder()
            .source(Shop)
            .source(Given(vec![
                Family::gauge(Name::new("shop_orders"), "The counter's name in OpenMetrics.", &[]),
                Family::gauge(Name::new("shop_latency_seconds_count"), "A sample of the histogram.", &[]),
                Family::gauge(Name::new("9lives"), "x", &[]),
                Family::gauge(Name::new("dots.are.not"), "x", &[]),
                Family::counter(Name::new("shop_visits"), "x", &[]),
                Family::gauge(Name::new("shop_things_total"), "x", &[]),
                Family::gauge(Name::new("shop_size"), "x", &[]).with_unit("bytes"),
                Family::gauge(Name::new("shop_a"), "x", &["ok", "no-dash", "ok"]),
                Family::histogram(Name::new("shop_b"), "x", &["le", "__name__"]),
            ]))
            .registry(registry),
    );
    let texts: Vec<_> = faults.iter().map(ToString::to_string).collect();
    let starts = [
        "`shop_orders` is written by `shop_orders_total` of source 1 and by `shop_orders` of source 2;",
        "`shop_latency_seconds_count` is written by `shop_latency_seconds` of source 1 and by",
        "`9lives` is no metric name;",
        "`dots.are.not` is no metric name;",
        "the counter `shop_visits` must end in `_total`",
        "the gauge `shop_things_total` must not end in `_total`",
        "the name `shop_size` must end in its unit, `_bytes`",
        "`no-dash` of `shop_a` is no label name;",
        "`ok` of `shop_a` is no label name;",
        "`le` of `shop_b` is no label name;",
        "`__name__` of `shop_b` is no label name;",
        "`shop_open_carts` is written by `shop_open_carts` of source 1 and by `shop_open_carts` of registry 1;",
    ];
    assert_eq!(texts.len(), starts.len(), "{texts:#?}");
    for (text, start) in texts.iter().zip(starts) {
        assert!(text.starts_with(start), "{text:?} does not start with {start:?}");
    }
}

#[test]
fn two_of_one_name_are_refused_wherever_they_come_from() {
    let builder =
        || MetricsService::builder().source(given(Family::counter(Name::new("a_total"), "A.", &[])));
    assert!(builder().build().is_ok());

    let twice = faults(builder().source(given(Family::counter(Name::new("a_total"), "A.", &[]))));
    assert!(matches!(&twice[..], [Fault::Duplicate { sample, .. }] if sample == "a"));

    let mut registry = Registry::default();
    registry.register("a", "A", Counter::<u64>::default());
    let registry = std::sync::Arc::new(registry);
    assert!(matches!(&faults(builder().registry(registry.clone()))[..], [Fault::Duplicate { .. }]));
    // The same registry twice, as one may do by mistake.
    let both = MetricsService::builder().registry(registry.clone()).registry(registry);
    assert!(matches!(&faults(both)[..], [Fault::Duplicate { .. }]));

    let own = MetricsService::builder().source(given(Family::gauge(crate::names::SCRAPE_SIZE, "Size.", &[])));
    assert!(matches!(&faults(own)[..], [Fault::Duplicate { .. }]));
}

#[test]
fn a_registry_metric_that_shows_up_late_under_a_taken_name_is_left_out() {
    let mut registry = Registry::default();
    let late = ClientFamily::<Vec<(String, String)>, Counter<u64>>::default();
    registry.register("shop_orders", "Late", late.clone());
    registry.register("other", "Other", Counter::<u64>::default());
    let service = MetricsService::builder().source(Shop).registry(registry).build().unwrap();
    late.get_or_create(&vec![("kind".to_owned(), "late\n# TYPE x counter".to_owned())]).inc();

    let other = "# HELP other Other.\n# TYPE other counter\nother_total 0\n";
    assert_eq!(service.render(Format::OpenMetrics), format!("{other}{SHOP_OPEN_METRICS}"));
    let other = "# HELP other_total Other.\n# TYPE other_total counter\nother_total 0\n";
    assert_eq!(service.render(Format::Text), format!("{other}{SHOP_TEXT}"));
}

#[test]
fn a_source_that_panics_takes_nothing_with_it() {
    struct Panics(AtomicBool);
    impl Source for Panics {
        fn families(&self) -> &[Family] {
            static FAMILY: [Family; 1] = [Family::gauge(Name::new("half"), "Half a page.", &[])];
            &FAMILY
        }
        fn collect(&self, encoder: &mut Encoder<'_>) {
            encoder.family(&self.families()[0]).value(&[], 1);
            assert!(self.0.load(Ordering::Relaxed), "told to");
        }
    }
    let service =
        MetricsService::builder().source(Panics(AtomicBool::new(false))).source(Shop).build().unwrap();
    assert_eq!(service.render(Format::OpenMetrics), SHOP_OPEN_METRICS);
    let service =
        MetricsService::builder().source(Panics(AtomicBool::new(true))).source(Shop).build().unwrap();
    assert!(service.render(Format::OpenMetrics).starts_with("# TYPE half gauge\n"));
}

#[test]
fn a_family_without_samples_leaves_no_trace() {
    struct Silent;
    impl Source for Silent {
        fn families(&self) -> &[Family] {
            &SHOP
        }
        fn collect(&self, encoder: &mut Encoder<'_>) {
            let _ = encoder.family(&SHOP[0]);
        }
    }
    let service = MetricsService::builder().source(Silent).build().unwrap();
    assert_eq!(service.render(Format::Text), "");
    assert_eq!(service.render(Format::OpenMetrics), "# EOF\n");
}

#[tokio::test]
async fn the_reply_is_what_was_asked_for() {
    let service = MetricsService::builder().source(Shop).build().unwrap();
    let open = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    let text = "text/plain; version=0.0.4; charset=utf-8";
    for (accept, content_type, end) in
        [("application/openmetrics-text;version=1.0.0", open, "# EOF\n"), ("*/*", text, "\n")]
    {
        let reply = ask(&service, get().header(ACCEPT, accept).body(()).unwrap()).await;
        assert_eq!(reply.status(), StatusCode::OK);
        assert_eq!(reply.headers()[CONTENT_TYPE], content_type);
        assert_eq!(reply.headers()[CONTENT_LENGTH], reply.body().len().to_string());
        assert!(!reply.headers().contains_key(CONTENT_ENCODING));
        assert!(reply.body().ends_with(end.as_bytes()));
        assert_eq!(reply.body().ends_with(b"# EOF\n"), content_type == open);
    }
}

fn decompressed(coding: &str, body: &[u8]) -> String {
    let mut page = String::new();
    match coding {
        "gzip" => flate2::read::GzDecoder::new(body).read_to_string(&mut page).unwrap(),
        "zstd" => zstd::Decoder::new(body).unwrap().read_to_string(&mut page).unwrap(),
        _ => panic!("{coding}"),
    };
    page
}

#[tokio::test]
async fn a_compressed_page_is_the_same_page() {
    for coding in ["gzip", "zstd"] {
        let request = get()
            .header(ACCEPT, "application/openmetrics-text;version=1.0.0")
            .header(ACCEPT_ENCODING, coding)
            .body(())
            .unwrap();
        let service = MetricsService::builder().source(Shop).build().unwrap();
        let reply = ask(&service, request).await;
        assert_eq!(reply.headers()[CONTENT_ENCODING], coding);
        assert_eq!(reply.headers()[VARY], "accept, accept-encoding");
        assert_eq!(reply.headers()[CONTENT_LENGTH], reply.body().len().to_string());
        assert_eq!(decompressed(coding, reply.body()), SHOP_OPEN_METRICS);
    }
}

#[tokio::test]
async fn head_has_the_length_and_no_body() {
    let service = MetricsService::builder().source(Shop).build().unwrap();
    let reply = ask(&service, Request::head("/metrics").body(()).unwrap()).await;
    assert_eq!(reply.status(), StatusCode::OK);
    assert_eq!(reply.headers()[CONTENT_LENGTH], SHOP_TEXT.len().to_string());
    assert!(reply.body().is_empty());
}

#[tokio::test]
async fn other_methods_learn_which_are_allowed() {
    let service = MetricsService::builder().source(Shop).build().unwrap();
    for (method, status) in [
        (Method::OPTIONS, StatusCode::NO_CONTENT),
        (Method::POST, StatusCode::METHOD_NOT_ALLOWED),
        (Method::DELETE, StatusCode::METHOD_NOT_ALLOWED),
        (Method::from_bytes(b"PROPFIND").unwrap(), StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let request = Request::builder().method(method.clone()).uri("/metrics").body(()).unwrap();
        let reply = ask(&service, request).await;
        assert_eq!(reply.status(), status, "{method}");
        assert_eq!(reply.headers()[ALLOW], "GET, HEAD, OPTIONS");
        assert!(reply.body().is_empty());
    }
}

#[tokio::test]
async fn the_previous_page_is_told_of() {
    let service = MetricsService::builder().source(Shop).build().unwrap();
    let first = ask(&service, get().body(()).unwrap()).await;
    assert_eq!(first.body(), SHOP_TEXT);

    let page = service.render(Format::Text);
    let size = format!("tower_genai_scrape_size_bytes{{format=\"text\"}} {}\n", SHOP_TEXT.len());
    assert!(page.ends_with(&size), "{page}");
    assert!(!page.contains("format=\"openmetrics\""));
    let seconds: f64 = page
        .lines()
        .find_map(|line| line.strip_prefix("tower_genai_scrape_duration_seconds{format=\"text\"} "))
        .unwrap()
        .parse()
        .unwrap();
    assert!(seconds > 0.0 && seconds < 5.0, "{seconds}");
}

#[test]
fn without_a_runtime_the_page_is_rendered_in_place() {
    let service = MetricsService::builder().source(Shop).build().unwrap();
    let mut future = std::pin::pin!(service.oneshot(get().body(()).unwrap()));
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    let std::task::Poll::Ready(Ok(reply)) = future.as_mut().poll(&mut cx) else { panic!("not ready") };
    assert_eq!(reply.status(), StatusCode::OK);
}

#[tokio::test]
async fn rendering_stays_off_the_runtime_threads() {
    struct Where(std::thread::ThreadId);
    impl Source for Where {
        fn families(&self) -> &[Family] {
            &[]
        }
        fn collect(&self, _: &mut Encoder<'_>) {
            assert_ne!(std::thread::current().id(), self.0);
            WAS_ELSEWHERE.store(true, Ordering::Relaxed);
        }
    }
    static WAS_ELSEWHERE: AtomicBool = AtomicBool::new(false);
    let service = MetricsService::builder().source(Where(std::thread::current().id())).build().unwrap();
    ask(&service, get().body(()).unwrap()).await;
    assert!(WAS_ELSEWHERE.load(Ordering::Relaxed));
}

fn at(seconds: u64, millis: u32) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::new(seconds, millis * 1_000_000)
}

/// Everything that can be known of a counter and a histogram.
struct Rich;

static RICH: [Family; 2] = [
    Family::counter(Name::new("rich_calls_total"), "Calls.", &["model"]),
    Family::histogram(Name::new("rich_seconds"), "Time.", &["model"]),
];

impl Source for Rich {
    fn families(&self) -> &[Family] {
        &RICH
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let labels = [("trace_id", "0af7651916cd43dd8448eb211c80319c"), ("span_id", "b7ad6b7169203331")];
        let exemplar = |value| Exemplar { labels: &labels, value, at: at(1_700_000_000, 250) };
        let counted = Counted::new(7).with_exemplar(exemplar(1.0)).with_created(at(1_600_000_000, 5));
        encoder.family(&RICH[0]).counted(&["m"], &counted);

        let bounds = Bounds::new([1.0, 2.0]).unwrap();
        let long = "x".repeat(128);
        let too_long = [("id", long.as_str())];
        let exemplars =
            [Some(exemplar(0.5)), Some(Exemplar { labels: &too_long, ..exemplar(1.5) }), Some(exemplar(9.0))];
        let mut native = NativeHistogram::new(3, 1e-9);
        native.zero_count = 1;
        native.buckets = vec![(-8, 2), (-7, 5), (3, 1)];
        let histogram = Histogram::new(&bounds, &[8, 0, 1], 12.5)
            .with_exemplars(&exemplars)
            .with_native(&native)
            .with_created(at(1_600_000_000, 0));
        encoder.family(&RICH[1]).histogram(&["m"], &histogram);
    }
}

const RICH_OPEN_METRICS: &str = r#"# TYPE rich_calls counter
# HELP rich_calls Calls.
rich_calls_total{model="m"} 7 # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} 1 1700000000.250
rich_calls_created{model="m"} 1600000000.005
# TYPE rich_seconds histogram
# HELP rich_seconds Time.
rich_seconds_bucket{model="m",le="1.0"} 8 # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} 0.5 1700000000.250
rich_seconds_bucket{model="m",le="2.0"} 8
rich_seconds_bucket{model="m",le="+Inf"} 9 # {trace_id="0af7651916cd43dd8448eb211c80319c",span_id="b7ad6b7169203331"} 9 1700000000.250
rich_seconds_sum{model="m"} 12.5
rich_seconds_count{model="m"} 9
rich_seconds_created{model="m"} 1600000000.000
# EOF
"#;

#[test]
fn exemplars_and_beginnings_stand_where_open_metrics_wants_them() {
    let service = MetricsService::builder().source(Rich).created_samples(true).build().unwrap();
    assert_eq!(service.render(Format::OpenMetrics), RICH_OPEN_METRICS);
    let text = service.render(Format::Text);
    assert!(!text.contains("trace_id") && !text.contains("_created"), "{text}");

    let service = MetricsService::builder().source(Rich).build().unwrap();
    assert!(!service.render(Format::OpenMetrics).contains("_created"));
}

fn decoded(bytes: &[u8]) -> Vec<MetricFamily> {
    let mut rest = bytes;
    let mut families = Vec::new();
    while !rest.is_empty() {
        families.push(MetricFamily::decode_length_delimited(&mut rest).unwrap());
    }
    families
}

#[test]
fn protobuf_has_native_histograms_beside_classic_ones() {
    let page = |histograms| {
        let service =
            MetricsService::builder().source(Rich).source(Shop).histograms(histograms).build().unwrap();
        decoded(&service.render_bytes(Format::Protobuf))
    };
    let both = page(Histograms::Both);
    let names: Vec<&str> = both.iter().map(MetricFamily::name).collect();
    let of_the_shop =
        ["shop_orders_total", "shop_open_carts", "shop_latency_seconds", "shop_money_usd_total"];
    assert_eq!(names, [&["rich_calls_total", "rich_seconds"][..], &of_the_shop].concat());
    let counter = both[0].metric[0].counter.as_ref().unwrap();
    assert_eq!((counter.value, counter.created_timestamp.unwrap().seconds), (Some(7.0), 1_600_000_000));
    assert_eq!(counter.exemplar.as_ref().unwrap().label[0].value(), "0af7651916cd43dd8448eb211c80319c");

    let histogram = both[1].metric[0].histogram.as_ref().unwrap();
    assert_eq!((histogram.sample_count, histogram.sample_sum), (Some(9), Some(12.5)));
    let buckets: Vec<_> =
        histogram.bucket.iter().map(|it| (it.cumulative_count(), it.upper_bound())).collect();
    assert_eq!(buckets, [(8, 1.0), (8, 2.0), (9, f64::INFINITY)]);
    assert_eq!((histogram.schema, histogram.zero_count), (Some(3), Some(1)));
    let spans: Vec<_> = histogram.positive_span.iter().map(|span| (span.offset(), span.length())).collect();
    assert_eq!(spans, [(-8, 2), (9, 1)]);
    assert_eq!(histogram.positive_delta, [2, 3, -4]);
    // The one with too many characters is not there.
    assert_eq!(histogram.exemplars.len(), 2);

    let native = page(Histograms::Native);
    assert!(native[1].metric[0].histogram.as_ref().unwrap().bucket.is_empty());
    // A source that keeps none has its classic buckets.
    let classic = native[4].metric[0].histogram.as_ref().unwrap();
    assert_eq!((classic.bucket.len(), classic.schema), (4, None));
    assert_eq!(native[2].metric[1].label[0].value(), "a\"b\\c\nd\u{e9}{},");
}

/// The messages of `metrics.proto` written by hand, each with its length before it.
#[test]
fn protobuf_to_the_letter() {
    struct Small;
    static SMALL: [Family; 2] = [
        Family::counter(Name::new("c_seconds_total"), "C.", &["a", "b"]).with_unit("seconds"),
        Family::histogram(Name::new("h"), "H.", &[]),
    ];
    impl Source for Small {
        fn families(&self) -> &[Family] {
            &SMALL
        }
        fn collect(&self, encoder: &mut Encoder<'_>) {
            let labels = [("t", "1")];
            let exemplar = Exemplar { labels: &labels, value: 1.0, at: at(3, 1) };
            let mut samples = encoder.family(&SMALL[0]);
            samples.counted(&["x", ""], &Counted::new(2).with_exemplar(exemplar).with_created(at(1, 0)));
            samples.value(&["", "\n"], 0.5);
            let mut native = NativeHistogram::new(0, 0.5);
            native.buckets = vec![(1, 1), (3, 2)];
            let bounds = Bounds::new([1.0]).unwrap();
            let histogram = Histogram::new(&bounds, &[1, 2], 9.0).with_native(&native);
            encoder.family(&SMALL[1]).histogram(&[], &histogram);
        }
    }
    let service = MetricsService::builder().source(Small).histograms(Histograms::Both).build().unwrap();
    let float = |value: f64| value.to_le_bytes();
    let mut counter = Vec::new();
    counter.extend_from_slice(b"\x0a\x0fc_seconds_total\x12\x02C.\x18\x00");
    counter.extend_from_slice(b"\x22\x32\x0a\x06\x0a\x01a\x12\x01x\x1a\x28\x09");
    counter.extend_from_slice(&float(2.0));
    counter.extend_from_slice(b"\x12\x19\x0a\x06\x0a\x01t\x12\x011\x11");
    counter.extend_from_slice(&float(1.0));
    counter.extend_from_slice(b"\x1a\x06\x08\x03\x10\xc0\x84\x3d\x1a\x02\x08\x01");
    counter.extend_from_slice(b"\x22\x13\x0a\x06\x0a\x01b\x12\x01\n\x1a\x09\x09");
    counter.extend_from_slice(&float(0.5));
    counter.extend_from_slice(b"\x2a\x07seconds");
    let mut histogram = Vec::new();
    histogram.extend_from_slice(b"\x0a\x01h\x12\x02H.\x18\x04\x22\x44\x3a\x42\x08\x03\x11");
    histogram.extend_from_slice(&float(9.0));
    histogram.extend_from_slice(b"\x1a\x0b\x08\x01\x11");
    histogram.extend_from_slice(&float(1.0));
    histogram.extend_from_slice(b"\x1a\x0b\x08\x03\x11");
    histogram.extend_from_slice(&float(f64::INFINITY));
    histogram.extend_from_slice(b"\x28\x00\x31");
    histogram.extend_from_slice(&float(0.5));
    // The zero bucket; spans of one bucket each, from 1 and one further on; 1, and 1 more.
    histogram.extend_from_slice(b"\x38\x00\x62\x04\x08\x02\x10\x01\x62\x04\x08\x02\x10\x01\x68\x02\x68\x02");
    let page = service.render_bytes(Format::Protobuf);
    let lengths =
        [&[u8::try_from(counter.len()).unwrap()], &counter[..], &[u8::try_from(histogram.len()).unwrap()]];
    assert_eq!(page, [&lengths.concat()[..], &histogram].concat());
}

#[test]
fn a_registry_is_written_in_protobuf_too() {
    let mut registry = Registry::default();
    let jobs = ClientFamily::<Vec<(String, String)>, Counter<u64>>::default();
    registry.register("jobs", "Jobs \\ done", jobs.clone());
    jobs.get_or_create(&vec![("kind".to_owned(), "a\"b\\c\n}".to_owned()), ("n".to_owned(), "1".to_owned())])
        .inc_by(3);
    let times = prometheus_client::metrics::histogram::Histogram::new([0.5, 1.0]);
    registry.register("times", "Times", times.clone());
    times.observe(0.7);
    registry.register("room", "Room", Gauge::<i64>::default());
    let service =
        MetricsService::builder().registry(registry).histograms(Histograms::Native).build().unwrap();
    let families = decoded(&service.render_bytes(Format::Protobuf));
    let names: Vec<_> = families.iter().map(|family| (family.name(), family.r#type())).collect();
    assert_eq!(
        names,
        [("jobs_total", MetricType::Counter), ("times", MetricType::Histogram), ("room", MetricType::Gauge)]
    );
    assert_eq!(families[0].help(), "Jobs \\ done.");
    let labels: Vec<_> =
        families[0].metric[0].label.iter().map(|label| (label.name(), label.value())).collect();
    assert_eq!(labels, [("kind", "a\"b\\c\n}"), ("n", "1")]);
    assert_eq!(families[0].metric[0].counter.as_ref().unwrap().value, Some(3.0));
    let times = families[1].metric[0].histogram.as_ref().unwrap();
    assert_eq!((times.sample_count, times.sample_sum), (Some(1), Some(0.7)));
    let counts: Vec<_> = times.bucket.iter().map(messages::Bucket::cumulative_count).collect();
    assert_eq!(counts, [0, 1, 1]);
}

#[tokio::test]
async fn protobuf_is_offered_with_native_histograms_only() {
    let accept = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";
    for (histograms, content_type) in [
        (Histograms::Classic, "text/plain; version=0.0.4; charset=utf-8"),
        (
            Histograms::Both,
            "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited",
        ),
    ] {
        let service = MetricsService::builder().source(Shop).histograms(histograms).build().unwrap();
        let reply = ask(&service, get().header(ACCEPT, accept).body(()).unwrap()).await;
        assert_eq!(reply.headers()[CONTENT_TYPE], content_type);
    }
}

#[tokio::test]
async fn a_scraper_gets_the_families_it_names() {
    let mut registry = Registry::default();
    registry.register("jobs", "Jobs", Counter::<u64>::default());
    registry.register("tasks", "Tasks", Counter::<u64>::default());
    let service = MetricsService::builder().source(Shop).registry(registry).build().unwrap();
    let uri = "/metrics?name[]=shop_open_carts&name%5B%5D=tasks_total";
    let reply = ask(&service, Request::get(uri).body(()).unwrap()).await;
    assert_eq!(
        reply.body(),
        "# HELP tasks_total Tasks.\n# TYPE tasks_total counter\ntasks_total 0\n\
         # HELP shop_open_carts Carts.\n# TYPE shop_open_carts gauge\nshop_open_carts 0.5\n"
    );
    // It is no measure of a page.
    assert!(!service.render(Format::Text).contains("tower_genai_scrape_size_bytes"));
}

/// A source that waits until it is let go on, and counts how often it is asked.
#[derive(Default)]
struct Slow {
    asked: AtomicUsize,
    released: AtomicBool,
}

impl Source for Slow {
    fn families(&self) -> &[Family] {
        &[]
    }

    fn collect(&self, _: &mut Encoder<'_>) {
        self.wait();
    }
}

impl Slow {
    fn wait(&self) {
        self.asked.fetch_add(1, Ordering::SeqCst);
        while !self.released.load(Ordering::SeqCst) {
            std::thread::yield_now();
        }
    }
}

async fn until(mut condition: impl FnMut() -> bool) {
    while !condition() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn scrapers_at_the_same_time_share_a_page() {
    let (slow, last) = (Arc::new(Slow::default()), Arc::new(Slow::default()));
    last.released.store(true, Ordering::SeqCst);
    let service =
        MetricsService::builder().source(Arc::clone(&slow)).source(Arc::clone(&last)).build().unwrap();
    let scrape = |accept: &'static str| {
        let service = service.clone();
        tokio::spawn(async move { ask(&service, get().header(ACCEPT, accept).body(()).unwrap()).await })
    };
    let first = scrape("text/plain");
    until(|| slow.asked.load(Ordering::SeqCst) == 1).await;
    let others = [scrape("text/plain"), scrape("text/plain"), scrape("application/openmetrics-text")];
    until(|| slow.asked.load(Ordering::SeqCst) == 2).await;
    slow.released.store(true, Ordering::SeqCst);
    assert_eq!(first.await.unwrap().status(), StatusCode::OK);
    for other in others {
        assert_eq!(other.await.unwrap().status(), StatusCode::OK);
    }
    assert_eq!(last.asked.load(Ordering::SeqCst), 2);
    // Afterwards the page is made anew.
    scrape("text/plain").await.unwrap();
    assert_eq!(last.asked.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn a_page_that_nobody_waits_for_is_given_up() {
    let (slow, last) = (Arc::new(Slow::default()), Arc::new(Slow::default()));
    last.released.store(true, Ordering::SeqCst);
    let service =
        MetricsService::builder().source(Arc::clone(&slow)).source(Arc::clone(&last)).build().unwrap();
    let waiting = tokio::spawn({
        let service = service.clone();
        async move { ask(&service, get().body(()).unwrap()).await }
    });
    until(|| slow.asked.load(Ordering::SeqCst) == 1).await;
    waiting.abort();
    assert!(waiting.await.unwrap_err().is_cancelled());
    slow.released.store(true, Ordering::SeqCst);
    // The next page is whole, and the only one.
    ask(&service, get().body(()).unwrap()).await;
    assert_eq!((slow.asked.load(Ordering::SeqCst), last.asked.load(Ordering::SeqCst)), (2, 1));
}

#[tokio::test]
async fn a_scraper_that_would_wait_no_longer_is_told() {
    let slow = Arc::new(Slow::default());
    let service = MetricsService::builder().source(Arc::clone(&slow)).source(Shop).build().unwrap();
    let reply = tokio::spawn({
        let service = service.clone();
        let request = get().header("X-Prometheus-Scrape-Timeout-Seconds", "0.05").body(()).unwrap();
        async move { ask(&service, request).await }
    });
    until(|| slow.asked.load(Ordering::SeqCst) == 1).await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    slow.released.store(true, Ordering::SeqCst);
    assert_eq!(reply.await.unwrap().status(), StatusCode::SERVICE_UNAVAILABLE);
    for patience in ["10", "0", "-1", "soon", "1e300"] {
        let request = get().header("X-Prometheus-Scrape-Timeout-Seconds", patience).body(()).unwrap();
        assert_eq!(ask(&service, request).await.status(), StatusCode::OK, "{patience}");
    }
}

/// A source of many samples, each with a value of its own, that waits before some of them.
struct Many {
    samples: usize,
    /// The number of the sample to wait before, and what is waited for.
    gate: Option<(usize, Arc<Slow>)>,
    panics_at: Option<usize>,
    written: AtomicUsize,
}

static MANY: [Family; 1] = [Family::counter(Name::new("many_total"), "Many.", &["number"])];

impl Many {
    fn new(samples: usize) -> Self {
        Self { samples, gate: None, panics_at: None, written: AtomicUsize::new(0) }
    }

    fn line(number: usize) -> String {
        format!("many_total{{number=\"{number:0100}\"}} {number}\n")
    }
}

impl Source for Many {
    fn families(&self) -> &[Family] {
        &MANY
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let mut samples = encoder.family(&MANY[0]);
        for number in 0..self.samples {
            if let Some((_, slow)) = self.gate.as_ref().filter(|(at, _)| *at == number) {
                slow.wait();
            }
            assert_ne!(self.panics_at, Some(number), "told to");
            if !samples.is_wanted() {
                return;
            }
            samples.value(&[&format!("{number:0100}")], number as u64);
            self.written.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn page_of(samples: usize) -> String {
    let lines: String = (0..samples).map(Many::line).collect();
    format!("# HELP many_total Many.\n# TYPE many_total counter\n{lines}")
}

#[tokio::test]
async fn a_large_page_is_sent_while_it_is_written() {
    let gate = Arc::new(Slow::default());
    let many = Arc::new(Many { gate: Some((5_000, Arc::clone(&gate))), ..Many::new(10_000) });
    let service = MetricsService::builder().source(Arc::clone(&many)).build().unwrap();
    let reply = service.clone().oneshot(get().body(()).unwrap()).await.unwrap();
    assert!(!reply.headers().contains_key(CONTENT_LENGTH));
    let mut body = reply.into_body();
    assert!(!body.is_end_stream() && body.size_hint().exact().is_none());
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    assert!(page_of(10_000).as_bytes().starts_with(&first));
    assert!(first.len() < 80 * 1024 && first.ends_with(b"\n"), "{}", first.len());

    // One who comes now reads the same page from its begin.
    let second = service.clone().oneshot(get().body(()).unwrap()).await.unwrap();
    gate.released.store(true, Ordering::SeqCst);
    let second = second.into_body().collect().await.unwrap().to_bytes();
    let rest = body.collect().await.unwrap().to_bytes();
    assert!([first, rest].concat() == page_of(10_000).as_bytes());
    assert!(second == page_of(10_000));
    assert_eq!(many.written.load(Ordering::SeqCst), 10_000);
}

#[tokio::test]
async fn a_large_page_is_whole_in_every_coding() {
    let service = MetricsService::builder().source(Many::new(20_000)).build().unwrap();
    for coding in ["gzip", "zstd"] {
        let reply = ask(&service, get().header(ACCEPT_ENCODING, coding).body(()).unwrap()).await;
        assert!(decompressed(coding, reply.body()).starts_with(&page_of(20_000)), "{coding}");
    }
}

#[tokio::test]
async fn a_page_whose_reader_leaves_is_given_up_within_a_source() {
    let gate = Arc::new(Slow::default());
    let many = Arc::new(Many { gate: Some((5_000, Arc::clone(&gate))), ..Many::new(100_000) });
    let service = MetricsService::builder().source(Arc::clone(&many)).build().unwrap();
    let reply = service.oneshot(get().body(()).unwrap()).await.unwrap();
    let mut body = reply.into_body();
    body.frame().await.unwrap().unwrap();
    until(|| gate.asked.load(Ordering::SeqCst) == 1).await;
    drop(body);
    gate.released.store(true, Ordering::SeqCst);
    until(|| Arc::strong_count(&many) == 1).await;
    let written = many.written.load(Ordering::SeqCst);
    assert!((5_000..6_000).contains(&written), "{written}");
}

#[tokio::test]
async fn a_page_that_takes_too_long_is_broken_off_and_not_ended() {
    let gate = Arc::new(Slow::default());
    let many = Many { gate: Some((5_000, Arc::clone(&gate))), ..Many::new(10_000) };
    let service = MetricsService::builder().source(many).build().unwrap();
    let request = get().header("X-Prometheus-Scrape-Timeout-Seconds", "0.05").body(()).unwrap();
    let mut body = service.oneshot(request).await.unwrap().into_body();
    body.frame().await.unwrap().unwrap();
    tokio::time::sleep(Duration::from_millis(60)).await;
    gate.released.store(true, Ordering::SeqCst);
    let error = body.collect().await.unwrap_err();
    assert!(error.to_string().starts_with("the page of metrics was given up before its end"), "{error}");
}

#[tokio::test]
async fn the_most_patient_scraper_is_waited_for() {
    let slow = Arc::new(Slow::default());
    let service = MetricsService::builder().source(Arc::clone(&slow)).source(Shop).build().unwrap();
    let scrape = |patience: &'static str| {
        let service = service.clone();
        let request = get().header("X-Prometheus-Scrape-Timeout-Seconds", patience).body(()).unwrap();
        tokio::spawn(async move { ask(&service, request).await })
    };
    let hurried = scrape("0.05");
    until(|| slow.asked.load(Ordering::SeqCst) == 1).await;
    let patient = scrape("60");
    tokio::time::sleep(Duration::from_millis(60)).await;
    slow.released.store(true, Ordering::SeqCst);
    assert_eq!(patient.await.unwrap().status(), StatusCode::OK);
    assert_eq!(hurried.await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn what_was_sent_before_a_source_panicked_is_whole_samples() {
    let many = Many { panics_at: Some(5_000), ..Many::new(10_000) };
    let service = MetricsService::builder().source(many).source(Shop).build().unwrap();
    let reply = ask(&service, get().body(()).unwrap()).await;
    let page = std::str::from_utf8(reply.body()).unwrap();
    let of_many = page.strip_suffix(SHOP_TEXT).expect("the other source");
    assert!(page_of(5_000).starts_with(of_many) && of_many.ends_with('\n'));
    assert!(of_many.len() > 500_000, "{}", of_many.len());
}

#[test]
fn the_types_travel() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    fn sent<T: Send + 'static>() {}
    shared::<MetricsService>();
    shared::<Bounds>();
    sent::<MetricsServiceBuilder>();
    sent::<ResponseFuture>();
    sent::<ResponseBody>();
}
