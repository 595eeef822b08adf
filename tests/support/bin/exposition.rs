//! Pages of metrics with everything that the formats know, for real readers of them.
#![allow(clippy::disallowed_methods, reason = "series of a test")]

use std::convert::Infallible;
use std::io::{self, Write};
use std::time::SystemTime;

use clap::Parser;
use http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tower::ServiceExt;
use tower_genai_scrape::service::ResponseBody;
use tower_genai_scrape::{
    Bounds, Counted, Encoder, Exemplar, Family, Histogram, Histograms, MetricsService, Name, NativeHistogram,
    ProcessMetrics, RuntimeMetrics, Source,
};

/// Serves on a free port of loopback, and says where on its first line:
///
/// /native    a counter and a histogram with exemplars, the histogram also as a native one, in protobuf for those who want it
///
/// /classic   the same without protobuf, beside the metrics of the process and the runtime
///
/// /hostile   100,000 samples whose labels hold quotes, backslashes, line feeds, emoji and texts of 10 kB
#[derive(Debug, Parser)]
#[command(name = "exposition", verbatim_doc_comment)]
struct Arguments {}

/// Three calls: of 0.25 s, 0.5 s and 3 s.
#[derive(Clone)]
struct Calls {
    bounds: Bounds,
    at: SystemTime,
}

static CALLS: [Family; 2] = [
    Family::counter(Name::new("exposition_calls_total"), "Calls.", &["model"]),
    Family::histogram(Name::new("exposition_seconds"), "Time of calls.", &["model"]).with_unit("seconds"),
];

impl Source for Calls {
    fn families(&self) -> &[Family] {
        &CALLS
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let labels = |last| [("trace_id", "0af7651916cd43dd8448eb211c80319c"), ("span_id", last)];
        let spans = ["00000000000000a1", "00000000000000a2", "00000000000000a3"].map(labels);
        let exemplar = |call: usize, value| Exemplar { labels: &spans[call], value, at: self.at };

        let counted = Counted::new(3).with_exemplar(exemplar(2, 1.0)).with_created(self.at);
        encoder.family(&CALLS[0]).counted(&["m"], &counted);

        // Bucket i of schema 3 ends at 2^(i/8): these are the buckets of 0.25, 0.5 and 3.
        let mut native = NativeHistogram::new(3, 1e-9);
        native.buckets = vec![(-16, 1), (-8, 1), (13, 1)];
        let exemplars = [Some(exemplar(0, 0.25)), Some(exemplar(1, 0.5)), Some(exemplar(2, 3.0))];
        let histogram = Histogram::new(&self.bounds, &[1, 1, 1], 3.75)
            .with_exemplars(&exemplars)
            .with_native(&native)
            .with_created(self.at);
        encoder.family(&CALLS[1]).histogram(&["m"], &histogram);
    }
}

/// 100,000 samples. `check_open_metrics.py` makes the same label values.
struct Hostile(Bounds);

static HOSTILE: [Family; 3] = [
    Family::counter(
        Name::new("hostile_calls_total"),
        "Calls \"quoted\", \\ and\non two lines.",
        &["value", "kind"],
    ),
    Family::gauge(Name::new("hostile_size"), "Sizes.", &["value", "kind"]),
    Family::histogram(Name::new("hostile_seconds"), "Times.", &["value", "kind"]),
];

impl Hostile {
    const TEXTS: [&str; 10] = [
        "plain",
        "\"quoted\"",
        "\\",
        "ends in a backslash\\",
        "\\\"",
        "two\nlines",
        "\\n is no line feed",
        "\u{1f600} and \u{1f469}\u{200d}\u{1f680}",
        "a=\"b\",c=\"d\"} 1 # {x=\"y\"} 2",
        "\t\r\u{7f} \u{e9}\u{2028}",
    ];

    fn value(number: usize) -> String {
        let text = Self::TEXTS[number % Self::TEXTS.len()];
        // Every thousandth is 10 kB.
        let times = if number.is_multiple_of(1000) { 10_240 / text.len() } else { 1 };
        format!("{number} {}", text.repeat(times))
    }
}

impl Source for Hostile {
    fn families(&self) -> &[Family] {
        &HOSTILE
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let [calls, size, seconds] = &HOSTILE;
        let mut samples = encoder.family(calls);
        (0..60_000).for_each(|number| samples.value(&[&Self::value(number), ""], number as u64));
        let mut samples = encoder.family(size);
        (0..20_000).for_each(|number| samples.value(&[&Self::value(number), "\""], -0.5));
        let mut samples = encoder.family(seconds);
        // Ten lines each: eight buckets, the sum and the count.
        let counts = [1; 8];
        (0..2_000).for_each(|number| {
            samples.histogram(&[&Self::value(number), "h"], &Histogram::new(&self.0, &counts, 1e21));
        });
    }
}

#[tokio::main]
async fn main() -> io::Result<()> {
    Arguments::parse();
    let calls = Calls { bounds: Bounds::sorted([0.25, 1.0]), at: SystemTime::now() };
    let native = MetricsService::builder().source(calls.clone()).histograms(Histograms::Both);
    let classic = MetricsService::builder()
        .source(calls)
        .source(ProcessMetrics::new())
        .source(RuntimeMetrics::new(&Handle::current()))
        .created_samples(true);
    let hostile = MetricsService::builder().source(Hostile(Bounds::sorted((1..8).map(f64::from))));
    let build =
        |builder: tower_genai_scrape::MetricsServiceBuilder| builder.build().map_err(io::Error::other);
    let pages = [("/native", build(native)?), ("/classic", build(classic)?), ("/hostile", build(hostile)?)];

    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "http://{}", listener.local_addr()?)?;
    stdout.flush()?;
    drop(stdout);
    loop {
        let (stream, _) = listener.accept().await?;
        let pages = pages.clone();
        let service = service_fn(move |request| answer(pages.clone(), request));
        tokio::spawn(async move {
            // A reader that leaves is no fault of ours.
            let _ = auto::Builder::new(TokioExecutor::new())
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

async fn answer(
    pages: [(&'static str, MetricsService); 3],
    request: Request<Incoming>,
) -> Result<Response<ResponseBody>, Infallible> {
    let path = request.uri().path();
    let page = pages.into_iter().find_map(|(at, service)| (at == path).then_some(service));
    let Some(service) = page else {
        let mut response = Response::new(ResponseBody::default());
        *response.status_mut() = StatusCode::NOT_FOUND;
        return Ok(response);
    };
    service.oneshot(request).await
}
