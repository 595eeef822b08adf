//! One page of metrics.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use prometheus_client::registry::Registry;
use tokio::time::Instant;

use super::press::Press;
use super::scrape::{Maker, Wanted};
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
        Self { sources, registries, options, taken, previous: Default::default() }
    }

    pub(super) fn counts(&self) -> (usize, usize) {
        (self.sources.len(), self.registries.len())
    }

    /// Whether protobuf says something that text does not.
    pub(super) fn offers_protobuf(&self) -> bool {
        self.options.histograms != Histograms::Classic
    }

    /// Makes a page for those who read it, and remembers what it took.
    pub(super) fn make(&self, wanted: &Wanted, maker: Maker) {
        let Wanted { format, encoding, selection } = wanted;
        let start = Instant::now();
        let mut sheet = Sheet::to(Box::new(Press::new(*encoding, maker)));
        self.write(*format, selection, &mut sheet);
        sheet.finish(|size| {
            if selection.is_everything() {
                let previous = &self.previous[*format as usize];
                previous.bytes.store(size, Ordering::Relaxed);
                let nanos = u64::try_from(start.elapsed().as_nanos()).unwrap_or(u64::MAX);
                previous.nanos.store(nanos, Ordering::Relaxed);
            }
        });
    }

    /// Writes the page, or as much of it as somebody waits for.
    pub(super) fn write(&self, format: Format, selection: &Selection, sheet: &mut Sheet) {
        let (options, taken) = (self.options, &self.taken);
        for registry in &self.registries {
            if sheet.is_given_up_now() {
                return;
            }
            let encode = |sheet: &mut _| registry::encode(registry, format, taken, selection, sheet).is_ok();
            shielded("a registry", sheet, encode);
        }
        for source in &self.sources {
            if sheet.is_given_up_now() {
                return;
            }
            shielded("a source", sheet, |sheet| {
                source.collect(&mut Encoder::new(sheet, format, options, source.families(), selection));
                true
            });
        }
        self.collect_own(&mut Encoder::new(sheet, format, options, &FAMILIES, selection));
        if format == Format::OpenMetrics {
            sheet.bytes().extend_from_slice(b"# EOF\n");
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
}

/// Lets `write` append to the page; when it fails or panics, what it wrote is taken back, as far as it is still there.
/// What was handed out is whole samples.
fn shielded(who: &'static str, sheet: &mut Sheet, write: impl FnOnce(&mut Sheet) -> bool) {
    let start = sheet.len();
    if catch_unwind(AssertUnwindSafe(|| write(sheet))).unwrap_or(false) || sheet.is_given_up() {
        return;
    }
    tracing::error!("{who} failed and is left out of this scrape");
    sheet.take_back_to(start);
}
