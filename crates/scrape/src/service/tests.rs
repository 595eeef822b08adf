#![allow(clippy::disallowed_methods, reason = "series of tests")]

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::header::{ACCEPT, ACCEPT_ENCODING, ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use http::{Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Full};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family as ClientFamily;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};
use tower::ServiceExt;

use super::*;
use crate::{Bounds, Encoder, Family, Format, Histogram, Name, Source, Value};

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
        encoder.family(latency).histogram(
            &["/x"],
            &Histogram { bounds: &bounds, counts: &[1, 0, 2, 1], sum: Value::Float(1_000_003.25) },
        );
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

#[tokio::test]
async fn gzip_carries_the_same_page() {
    let service = MetricsService::builder().source(Shop).build().unwrap();
    let request = get()
        .header(ACCEPT, "application/openmetrics-text;version=1.0.0")
        .header(ACCEPT_ENCODING, "gzip")
        .body(())
        .unwrap();
    let reply = ask(&service, request).await;
    assert_eq!(reply.headers()[CONTENT_ENCODING], "gzip");
    assert_eq!(reply.headers()[CONTENT_LENGTH], reply.body().len().to_string());
    let mut page = String::new();
    flate2::read::GzDecoder::new(&reply.body()[..]).read_to_string(&mut page).unwrap();
    assert_eq!(page, SHOP_OPEN_METRICS);
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

#[test]
fn the_types_travel() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    fn sent<T: Send + 'static>() {}
    shared::<MetricsService>();
    shared::<Bounds>();
    sent::<MetricsServiceBuilder>();
    sent::<ResponseFuture>();
    sent::<Full<Bytes>>();
}
