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

use super::scrape::Wanted;
use crate::encoder::{Options, Selection, Sheet};
use crate::{Encoder, Family, Format, Histograms, Source, names, registry};

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
    options: Options,
    /// The names of the sources' families: a registry may not write them.
    taken: HashSet<String>,
    previous: [Previous; Format::ALL.len()],
    /// An earlier page, kept for its room when the page went out compressed.
    spare: Mutex<Option<Sheet>>,
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
        options: Options,
        taken: HashSet<String>,
    ) -> Self {
        Self { sources, registries, options, taken, previous: Default::default(), spare: Mutex::default() }
    }

    pub(super) fn counts(&self) -> (usize, usize) {
        (self.sources.len(), self.registries.len())
    }

    /// Whether protobuf says something that text does not.
    pub(super) fn offers_protobuf(&self) -> bool {
        self.options.histograms != Histograms::Classic
    }

    /// Makes the bytes of a reply's body and remembers what it took; `None` when `stop` says so before it is done.
    pub(super) fn make(&self, wanted: &Wanted, stop: impl Fn() -> bool) -> Option<Bytes> {
        let Wanted { format, gzip, selection } = wanted;
        let start = Instant::now();
        let previous = &self.previous[*format as usize];
        // As large as last time and a little more, so that it need not grow and move.
        let last = usize::try_from(previous.bytes.load(Ordering::Relaxed)).unwrap_or(0);
        let room = if selection.is_everything() { last + last / 16 + 1024 } else { 1024 };
        let mut sheet = self.take_spare(*format, *gzip).unwrap_or_else(|| Sheet::new(*format, room));
        if !self.write(*format, selection, &mut sheet, stop) {
            return None;
        }
        let size = sheet.len() as u64;
        let body = if *gzip {
            let body = compress(sheet.as_bytes());
            sheet.truncate(0);
            self.put_spare(sheet);
            body.into()
        } else {
            sheet.into_bytes()
        };
        if selection.is_everything() {
            previous.bytes.store(size, Ordering::Relaxed);
            let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
            previous.nanos.store(nanos, Ordering::Relaxed);
        }
        Some(body)
    }

    /// Writes the page; false when `stop` said so before it was done.
    pub(super) fn write(
        &self,
        format: Format,
        selection: &Selection,
        sheet: &mut Sheet,
        stop: impl Fn() -> bool,
    ) -> bool {
        let (options, taken) = (self.options, &self.taken);
        for registry in &self.registries {
            if stop() {
                return false;
            }
            let encode = |sheet: &mut _| registry::encode(registry, format, taken, selection, sheet).is_ok();
            shielded("a registry", sheet, encode);
        }
        for source in &self.sources {
            if stop() {
                return false;
            }
            shielded("a source", sheet, |sheet| {
                source.collect(&mut Encoder::new(sheet, format, options, source.families(), selection));
                true
            });
        }
        self.collect_own(&mut Encoder::new(sheet, format, options, &FAMILIES, selection));
        if let (Format::OpenMetrics, Sheet::Text(text)) = (format, sheet) {
            text.push_str("# EOF\n");
        }
        true
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

    fn take_spare(&self, format: Format, gzip: bool) -> Option<Sheet> {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        spare.take_if(|sheet| gzip && sheet.is_for(format))
    }

    fn put_spare(&self, sheet: Sheet) {
        *self.spare.lock().unwrap_or_else(PoisonError::into_inner) = Some(sheet);
    }
}

/// Lets `write` append to the page; when it fails or panics, what it wrote is taken back.
fn shielded(who: &'static str, sheet: &mut Sheet, write: impl FnOnce(&mut Sheet) -> bool) {
    let start = sheet.len();
    if catch_unwind(AssertUnwindSafe(|| write(sheet))).unwrap_or(false) {
        return;
    }
    tracing::error!("{who} failed and is left out of this scrape");
    sheet.truncate(start);
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
