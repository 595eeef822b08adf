//! A [`tower`](https://docs.rs/tower) service that answers Prometheus scrapes.
//!
//! [`MetricsService`] speaks [OpenMetrics 1.0], the [Prometheus text format 0.0.4] and, for [native
//! histograms](Histograms), Prometheus' protobuf format, whichever the scraper's `Accept` prefers, compressed with gzip
//! or zstd where `Accept-Encoding` allows it. It collects from any number of
//! [`Source`]s, which own their numbers in whatever form is quick for them, and from plain
//! [`prometheus_client::registry::Registry`]s, so that an application's own metrics stand beside them.
//! [`ProcessMetrics`] and [`RuntimeMetrics`] are sources that are there already.
//!
//! ```
//! use tower_genai_scrape::{Encoder, Family, Format, MetricsService, Name, Source};
//! use tower_genai_scrape::prometheus_client::{metrics::counter::Counter, registry::Registry};
//!
//! struct Pool;
//!
//! static CONNECTIONS: [Family; 1] =
//!     [Family::gauge(Name::new("pool_connections"), "Connections of the pool.", &["state"])];
//!
//! impl Source for Pool {
//!     fn families(&self) -> &[Family] {
//!         &CONNECTIONS
//!     }
//!
//!     fn collect(&self, encoder: &mut Encoder<'_>) {
//!         let mut connections = encoder.family(&CONNECTIONS[0]);
//!         connections.value(&["idle"], 3);
//!         connections.value(&["busy"], 1);
//!     }
//! }
//!
//! let mut registry = Registry::default();
//! let jobs = Counter::<u64>::default();
//! registry.register("jobs", "Jobs done", jobs.clone());
//! jobs.inc();
//!
//! let service = MetricsService::builder().registry(registry).source(Pool).build()?;
//!
//! assert_eq!(
//!     service.render(Format::OpenMetrics),
//!     "\
//! ## HELP jobs Jobs done.
//! ## TYPE jobs counter
//! jobs_total 1
//! ## TYPE pool_connections gauge
//! ## HELP pool_connections Connections of the pool.
//! pool_connections{state=\"idle\"} 3
//! pool_connections{state=\"busy\"} 1
//! ## EOF
//! "
//! );
//! # Ok::<(), tower_genai_scrape::Error>(())
//! ```
//!
//! # What it takes care of
//!
//! * **Names.** Two families of one name make a scraper refuse the whole page, so
//!   [`build`](MetricsServiceBuilder::build) refuses them first, and lists every fault it finds.
//! * **The runtime.** A page is rendered on tokio's blocking threads when a runtime is current, so that a large one
//!   never delays the requests it measures. Without a runtime it is rendered in `call`. Scrapers that want the same at
//!   the same time share one page, and one that nobody waits for any more is given up, also in the middle of a source.
//! * **Memory.** A page is compressed and sent in pieces while it is written. It is never there twice, and compressed it
//!   is never there whole in the clear.
//! * **Faulty sources.** A source that panics is left out of the page, but for what was sent before, and logged; the
//!   others are scraped as ever.
//! * **Itself.** `tower_genai_scrape_duration_seconds` and `tower_genai_scrape_size_bytes` tell how long the previous
//!   page of each format took and how large it was.
//!
//! `_created` samples are written when [the service is told to](MetricsServiceBuilder::created_samples): Prometheus
//! stores each of them as a series of its own unless it is told otherwise.
//!
//! `prometheus_client` is re-exported; this crate's version rises with its version.
//!
//! [OpenMetrics 1.0]: https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md
//! [Prometheus text format 0.0.4]: https://prometheus.io/docs/instrumenting/exposition_formats/

mod bounds;
mod encoder;
mod encoding;
mod family;
mod format;
mod histogram;
mod name;
mod names;
mod negotiate;
mod process;
mod registry;
mod runtime;
pub mod service;
mod source;

pub use prometheus_client;

pub use bounds::{Bounds, BoundsError};
pub use encoder::{Counted, Encoder, Histograms, Samples, Value};
pub use family::{Family, Kind};
pub use format::Format;
pub use histogram::{Exemplar, Histogram, NativeHistogram};
pub use name::Name;
pub use process::ProcessMetrics;
pub use runtime::RuntimeMetrics;
pub use service::{Error, Fault, MetricsService, MetricsServiceBuilder};
pub use source::Source;
