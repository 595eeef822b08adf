use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use prometheus_client::registry::Registry;

use super::page::{self, Page};
use super::{Error, Fault, MetricsService};
use crate::encoder::Options;
use crate::registry;
use crate::{Family, Histograms, Kind, Source};

/// Puts a [`MetricsService`] together.
#[derive(Default)]
#[must_use]
pub struct MetricsServiceBuilder {
    sources: Vec<Box<dyn Source>>,
    registries: Vec<Arc<Registry>>,
    options: Options,
}

impl MetricsServiceBuilder {
    /// Adds a source. Sources are written in the order they were added, after the registries.
    pub fn source(mut self, source: impl Source) -> Self {
        self.sources.push(Box::new(source));
        self
    }

    /// Adds a registry of `prometheus_client`, owned or shared.
    pub fn registry(mut self, registry: impl Into<Arc<Registry>>) -> Self {
        self.registries.push(registry.into());
        self
    }

    /// Which buckets a scraper is shown that asks for protobuf; [`Histograms::Classic`] unless this is called, and
    /// then protobuf is not offered.
    pub fn histograms(mut self, histograms: Histograms) -> Self {
        self.options.histograms = histograms;
        self
    }

    /// Whether OpenMetrics has a `_created` sample for each counter and histogram whose beginning is known; not unless
    /// this is called. Prometheus stores each of them as a series of its own unless it is told otherwise.
    pub fn created_samples(mut self, written: bool) -> Self {
        self.options.created = written;
        self
    }

    /// The service.
    ///
    /// # Errors
    ///
    /// When names are taken twice or break the formats' rules; all faults are listed. A `prometheus_client` family
    /// shows its name only once it has a series: one that appears later under a name that is taken is left out of
    /// the page and logged once.
    pub fn build(self) -> Result<MetricsService, Error> {
        let Self { sources, registries, options } = self;
        let mut check = Check::default();
        check.declared(page::FAMILIES.iter(), "the scrape service itself");
        for (number, source) in (1..).zip(&sources) {
            check.declared(source.families(), &format!("source {number}"));
        }
        let ours = std::mem::take(&mut check.names);
        for (number, registry) in (1..).zip(&registries) {
            match registry::families(registry) {
                Ok(families) => {
                    for (base, kind) in families {
                        check.samples(&base, kind, format!("`{base}` of registry {number}"));
                    }
                }
                Err(fmt::Error) => check.faults.push(Fault::Registry { number }),
            }
        }
        Error::unless_empty(check.faults)?;
        Ok(MetricsService::new(Page::new(sources, registries, options, ours)))
    }
}

impl fmt::Debug for MetricsServiceBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MetricsServiceBuilder")
            .field("sources", &self.sources.len())
            .field("registries", &self.registries.len())
            .field("options", &self.options)
            .finish()
    }
}

/// Collects faults over all families.
#[derive(Default)]
struct Check {
    faults: Vec<Fault>,
    /// Which family writes the samples of a name.
    writers: HashMap<String, String>,
    /// The names of families, as the heads of both formats show them.
    names: HashSet<String>,
}

impl Check {
    fn declared<'f>(&mut self, families: impl IntoIterator<Item = &'f Family>, owner: &str) {
        for family in families {
            family.faults(&mut self.faults);
            self.names.insert(family.base().to_owned());
            self.names.insert(family.name().to_owned());
            self.samples(family.base(), Some(family.kind()), format!("`{}` of {owner}", family.name()));
        }
    }

    fn samples(&mut self, base: &str, kind: Option<Kind>, writer: String) {
        let suffixes = kind.map_or(&["", "_info"][..], Kind::suffixes);
        for suffix in suffixes {
            let sample = format!("{base}{suffix}");
            if let Some(first) = self.writers.get(&sample) {
                let first = first.clone();
                self.faults.push(Fault::Duplicate { sample, first, second: writer });
                return;
            }
        }
        for suffix in suffixes {
            self.writers.insert(format!("{base}{suffix}"), writer.clone());
        }
    }
}
