//! Log records.

use std::time::Duration;

use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::logs::{BatchConfigBuilder, BatchLogProcessor, SdkLogRecord, SdkLoggerProvider};
use tokio::time::Instant;

use super::counting::Counting;
use super::{Closing, Memory, Pipeline, Setup, closing, destination};
use crate::config::{Exporter, LogsConfig};
use crate::export::{self, BuildError, Limits, ValueLimit};
use crate::signal::Signal;
use crate::stats::ExportStats;

#[derive(Debug)]
pub(crate) struct Logs {
    pub(crate) provider: SdkLoggerProvider,
    pub(crate) memory: Option<Memory<(SdkLogRecord, InstrumentationScope)>>,
    closing: Closing,
    stats: ExportStats,
}

impl Logs {
    pub(crate) fn start(config: &LogsConfig, setup: &mut Setup) -> Result<Self, BuildError> {
        let stats = ExportStats::new(Signal::Logs, destination(&config.exporter));
        let (closing, closed) = closing();
        let builder = SdkLoggerProvider::builder().with_resource(setup.resource.clone());
        let (builder, memory) = if matches!(config.exporter, Exporter::InMemory) {
            // The SDK lets nobody change a record that is there.
            let memory = Memory::new(ValueLimit::default(), stats.clone());
            (builder.with_log_processor(memory.clone()), Some(memory))
        } else {
            let limits = Limits { records: config.limits, ..Limits::default() };
            let timeout = config.batch.timeout;
            let exporter = export::Exporter::new(
                &config.exporter,
                timeout,
                limits,
                closed,
                stats.clone(),
                &mut setup.logs,
            )?;
            let batch = BatchConfigBuilder::default()
                .with_max_queue_size(config.batch.queue)
                .with_max_export_batch_size(config.batch.size)
                .with_scheduled_delay(config.batch.delay)
                .build();
            let processor = BatchLogProcessor::builder(exporter).with_batch_config(batch).build();
            let processor = Counting::new(processor, config.batch.queue, stats.clone());
            (builder.with_log_processor(processor), None)
        };
        Ok(Self { provider: builder.build(), memory, closing, stats })
    }
}

impl Pipeline for Logs {
    fn stats(&self) -> &ExportStats {
        &self.stats
    }

    fn close(&self, time: Instant) {
        self.closing.at(time);
    }

    fn stop(&self, deadline: Duration) -> bool {
        self.provider.shutdown_with_timeout(deadline).is_ok()
    }
}
