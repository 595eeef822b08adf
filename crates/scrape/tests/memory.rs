//! What a large page takes while it is made and read.
#![allow(clippy::unwrap_used, clippy::panic, clippy::disallowed_methods, reason = "tests")]

use std::alloc::System;
use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::task::{Context, Poll, Waker};

use http::Request;
use http_body::Body;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};
use tower_genai_scrape::{
    Bounds, Encoder, Family, Format, Histogram, Histograms, MetricsService, Name, Source,
};
use tower_service::Service;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// Without a harness, whose own thread allocates: the counters are the whole process's.
fn main() {
    a_compressed_page_is_never_whole_in_the_clear();
    a_plain_page_is_there_once();
    protobuf_holds_one_family();
    samples_allocate_nothing();
}

const SAMPLES: u64 = 100_000;
const PROTOBUF: &str =
    "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

static FAMILIES: [Family; 2] = [
    Family::counter(Name::new("calls_total"), "Calls.", &["model", "key_alias", "team"]),
    Family::histogram(Name::new("seconds"), "Times.", &["model"]),
];

/// Writes a page, and watches how much memory is held meanwhile.
struct Watching {
    bounds: Bounds,
    held: AtomicUsize,
    allocations: AtomicUsize,
}

impl Watching {
    fn new() -> Arc<Self> {
        let bounds = Bounds::sorted((0..14).map(f64::from));
        Arc::new(Self { bounds, held: AtomicUsize::new(0), allocations: AtomicUsize::new(0) })
    }

    /// The most that was held since it was asked last.
    fn held(&self) -> usize {
        self.held.swap(0, Relaxed)
    }
}

impl Source for Watching {
    fn families(&self) -> &[Family] {
        &FAMILIES
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        let region = Region::new(ALLOCATOR);
        let mut room = itoa::Buffer::new();
        let mut samples = encoder.family(&FAMILIES[0]);
        for number in 0..SAMPLES {
            samples.value(&["gpt-4o-mini-2024-07-18", room.format(number), "search-team-prod"], number);
            let change = region.change();
            self.held.fetch_max(change.bytes_allocated.saturating_sub(change.bytes_deallocated), Relaxed);
        }
        let mut samples = encoder.family(&FAMILIES[1]);
        for number in 0..1000_u64 {
            samples.histogram(&[room.format(number)], &Histogram::new(&self.bounds, &[1; 15], 7));
        }
        let change = region.change();
        self.allocations.store(change.allocations + change.reallocations, Relaxed);
    }
}

/// Scrapes, and returns how many bytes came.
fn scrape(service: &mut MetricsService, accept: &str, coding: &str) -> usize {
    let request = Request::get("/metrics").header("accept", accept).header("accept-encoding", coding);
    let mut cx = Context::from_waker(Waker::noop());
    // Without a runtime the page is made before the reply begins: nothing of it can have been read and be gone.
    let call = service.call(request.body(()).unwrap());
    let Poll::Ready(Ok(reply)) = pin!(call).poll(&mut cx) else { panic!("no reply") };
    let mut body = pin!(reply.into_body());
    let mut bytes = 0;
    while let Poll::Ready(Some(frame)) = body.as_mut().poll_frame(&mut cx) {
        bytes += frame.unwrap().into_data().unwrap().len();
    }
    bytes
}

fn a_compressed_page_is_never_whole_in_the_clear() {
    let source = Watching::new();
    let mut service = MetricsService::builder().source(Arc::clone(&source)).build().unwrap();
    let whole = scrape(&mut service, "text/plain", "identity");
    assert!(whole > 8_000_000, "{whole}");
    source.held();
    for coding in ["gzip", "zstd"] {
        let compressed = scrape(&mut service, "text/plain", coding);
        assert!(compressed < whole / 5, "{compressed}");
        // What is compressed, with the room that a vector leaves, and pieces in the clear; zstd's own memory is not seen.
        let held = source.held();
        assert!(held < 2 * compressed + 512 * 1024, "{coding}: {held} bytes for {compressed} of {whole}");
        assert!(held < whole / 3, "{coding}: {held} bytes of {whole}");
    }
}

fn a_plain_page_is_there_once() {
    let source = Watching::new();
    let mut service = MetricsService::builder().source(Arc::clone(&source)).build().unwrap();
    let whole = scrape(&mut service, "text/plain", "identity");
    // Pieces are a little larger than what is in them.
    let held = source.held();
    assert!(held < whole + whole / 4, "{held} bytes of {whole}");
}

fn protobuf_holds_one_family() {
    let source = Watching::new();
    let builder = MetricsService::builder().source(Arc::clone(&source)).histograms(Histograms::Native);
    let mut service = builder.build().unwrap();
    let whole = scrape(&mut service, PROTOBUF, "identity");
    source.held();
    scrape(&mut service, PROTOBUF, "gzip");
    // A vector doubles its room while it grows.
    let held = source.held();
    assert!(held < 3 * whole, "{held} bytes of {whole}");
}

fn samples_allocate_nothing() {
    let source = Watching::new();
    let service = MetricsService::builder().source(Arc::clone(&source)).build().unwrap();
    let page = service.render(Format::OpenMetrics);
    let allocations = source.allocations.load(Relaxed);
    // The page doubles its room now and then, and each family has a head.
    assert!(allocations < 60, "{allocations} for {} bytes", page.len());
}
