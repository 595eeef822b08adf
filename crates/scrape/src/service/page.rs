//! One page of metrics.

use std::collections::HashSet;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use prometheus_client::registry::Registry;
use tokio::time::Instant;

use crate::{Encoder, Family, Format, Source, names, registry};

pub(super) static FAMILIES: [Family; 2] = [
    Family::gauge(names::SCRAPE_DURATION, "Time the previous page of metrics took to make.", &["format"])
        .with_unit("seconds"),
    Family::gauge(
        names::SCRAPE_SIZE,
        "Size of the previous page of metrics before compression.",
        &["format"],
    )
    .with_unit("bytes"),
];

/// What is on the page, and how the previous pages went.
pub(super) struct Page {
    sources: Vec<Box<dyn Source>>,
    registries: Vec<Arc<Registry>>,
    /// The names of the sources' families: a registry may not write them.
    taken: HashSet<String>,
    previous: [Previous; Format::ALL.len()],
    /// The text of an earlier page, kept for its room when the page went out compressed.
    spare: Mutex<String>,
}

#[derive(Default)]
struct Previous {
    nanos: AtomicU64,
    bytes: AtomicU64,
}

impl Page {
    pub(super) fn new(
        sources: Vec<Box<dyn Source>>,
        registries: Vec<Arc<Registry>>,
        taken: HashSet<String>,
    ) -> Self {
        Self { sources, registries, taken, previous: Default::default(), spare: Mutex::default() }
    }

    pub(super) fn counts(&self) -> (usize, usize) {
        (self.sources.len(), self.registries.len())
    }

    /// Makes the bytes of a reply's body and remembers what it took.
    pub(super) fn make(&self, format: Format, gzip: bool) -> Bytes {
        let start = Instant::now();
        let previous = &self.previous[format as usize];
        let mut text = if gzip { self.take_spare() } else { String::new() };
        // As large as last time and a little more, so that it need not grow and move.
        let last = usize::try_from(previous.bytes.load(Ordering::Relaxed)).unwrap_or(0);
        text.reserve(last + last / 16 + 1024);
        self.write(format, &mut text);
        let size = text.len() as u64;
        let body = if gzip {
            let body = compress(text.as_bytes());
            text.clear();
            self.put_spare(text);
            body.into()
        } else {
            Bytes::from(text)
        };
        previous.bytes.store(size, Ordering::Relaxed);
        let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
        previous.nanos.store(nanos, Ordering::Relaxed);
        body
    }

    pub(super) fn write(&self, format: Format, out: &mut String) {
        for registry in &self.registries {
            shielded("a registry", out, |out| registry::encode(registry, format, &self.taken, out).is_ok());
        }
        for source in &self.sources {
            shielded("a source", out, |out| {
                source.collect(&mut Encoder::new(out, format, source.families()));
                true
            });
        }
        self.collect_own(&mut Encoder::new(out, format, &FAMILIES));
        if format == Format::OpenMetrics {
            out.push_str("# EOF\n");
        }
    }

    fn collect_own(&self, encoder: &mut Encoder<'_>) {
        let made = || {
            Format::ALL
                .into_iter()
                .zip(&self.previous)
                .filter(|(_, page)| page.bytes.load(Ordering::Relaxed) > 0)
        };
        let mut duration = encoder.family(&FAMILIES[0]);
        for (format, page) in made() {
            duration.value(&[format.as_str()], page.nanos.load(Ordering::Relaxed) as f64 / 1e9);
        }
        let mut size = encoder.family(&FAMILIES[1]);
        for (format, page) in made() {
            size.value(&[format.as_str()], page.bytes.load(Ordering::Relaxed));
        }
    }

    fn take_spare(&self) -> String {
        std::mem::take(&mut *self.spare.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn put_spare(&self, text: String) {
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }
}

/// Lets `write` append to the page; when it fails or panics, what it wrote is taken back.
fn shielded(who: &'static str, out: &mut String, write: impl FnOnce(&mut String) -> bool) {
    let start = out.len();
    if catch_unwind(AssertUnwindSafe(|| write(out))).unwrap_or(false) {
        return;
    }
    tracing::error!("{who} failed and is left out of this scrape");
    out.truncate(start);
}

fn compress(text: &[u8]) -> Vec<u8> {
    // Metrics repeat themselves: even the fastest level makes a tenth of them.
    let mut encoder = GzEncoder::new(Vec::with_capacity(text.len() / 8 + 64), Compression::fast());
    // Writing to a vector cannot fail; the parts still compose as io results.
    if encoder.write_all(text).is_err() {
        return Vec::new();
    }
    encoder.finish().unwrap_or_default()
}
