//! Metrics.

use std::time::Duration;

use opentelemetry_sdk::metrics::data::ResourceMetrics;
use opentelemetry_sdk::metrics::{ManualReader, SdkMeterProvider, Temporality as SdkTemporality};
use tokio::time::Instant;

use super::reader::{PeriodicReader, Reader, points};
use super::{Closing, Pipeline, Setup, closing, destination};
use crate::config::{Exporter, MetricsConfig, Temporality};
use crate::export::{self, BuildError, Limits};
use crate::signal::Signal;
use crate::stats::ExportStats;

#[derive(Debug)]
pub(crate) struct Metrics {
    pub(crate) provider: SdkMeterProvider,
    reader: Reader,
    /// Unless the metrics stay in memory.
    periodic: Option<PeriodicReader>,
    closing: Closing,
    stats: ExportStats,
}

impl Metrics {
    pub(crate) fn start(config: &MetricsConfig, setup: &mut Setup) -> Result<Self, BuildError> {
        let stats = ExportStats::new(Signal::Metrics, destination(&config.exporter));
        let (closing, closed) = closing();
        let reader = ManualReader::builder().with_temporality(temporality(config.temporality)).build();
        let (reader, periodic) = if matches!(config.exporter, Exporter::InMemory) {
            (Reader::on_demand(reader), None)
        } else {
            let exporter = export::Exporter::new(
                &config.exporter,
                config.timeout,
                Limits::default(),
                closed,
                stats.clone(),
                &mut setup.logs,
            )?;
            let (reader, periodic) =
                PeriodicReader::start(reader, exporter, config.interval).map_err(BuildError::System)?;
            (reader, Some(periodic))
        };
        let provider = SdkMeterProvider::builder()
            .with_reader(reader.clone())
            .with_resource(setup.resource.clone())
            .build();
        Ok(Self { provider, reader, periodic, closing, stats })
    }

    /// What the instruments say now, when it stays in memory.
    pub(crate) fn collect(&self) -> Option<ResourceMetrics> {
        if self.periodic.is_some() {
            return None;
        }
        let metrics = self.reader.collect_now()?;
        self.stats.export(points(&metrics) as u64);
        Some(metrics)
    }
}

const fn temporality(temporality: Temporality) -> SdkTemporality {
    match temporality {
        Temporality::Cumulative => SdkTemporality::Cumulative,
        Temporality::Delta => SdkTemporality::Delta,
        Temporality::LowMemory => SdkTemporality::LowMemory,
    }
}

impl Pipeline for Metrics {
    fn stats(&self) -> &ExportStats {
        &self.stats
    }

    fn close(&self, time: Instant) {
        self.closing.at(time);
    }

    fn stop(&self, deadline: Duration) -> bool {
        // First, because the provider has a deadline of its own.
        let joined = self.periodic.as_ref().is_none_or(|periodic| periodic.stop(deadline));
        // An error only says that the reader has gone.
        let _ = self.provider.shutdown();
        joined
    }
}
