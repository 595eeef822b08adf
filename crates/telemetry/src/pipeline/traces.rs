//! Spans.

use std::time::Duration;

use opentelemetry_sdk::trace::{BatchConfigBuilder, BatchSpanProcessor, SdkTracerProvider, SpanData};
use tokio::time::Instant;

use super::counting::Counting;
use super::{Closing, Memory, Pipeline, Setup, closing, destination};
use crate::config::{Exporter, TracesConfig};
use crate::export::{self, BuildError, Limits, ValueLimit};
use crate::signal::Signal;
use crate::stats::ExportStats;

#[derive(Debug)]
pub(crate) struct Traces {
    pub(crate) provider: SdkTracerProvider,
    pub(crate) memory: Option<Memory<SpanData>>,
    closing: Closing,
    stats: ExportStats,
}

impl Traces {
    pub(crate) fn start(config: &TracesConfig, setup: &mut Setup) -> Result<Self, BuildError> {
        let stats = ExportStats::new(Signal::Traces, destination(&config.exporter));
        let (closing, closed) = closing();
        let builder = SdkTracerProvider::builder()
            .with_sampler(config.sampling.sampler())
            .with_span_limits(config.limits.counts())
            .with_resource(setup.resource.clone());
        let limit = ValueLimit(config.limits.value_length);
        let (builder, memory) = if matches!(config.exporter, Exporter::InMemory) {
            let memory = Memory::new(limit, stats.clone());
            (builder.with_span_processor(memory.clone()), Some(memory))
        } else {
            let limits = Limits { spans: limit, ..Limits::default() };
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
            let processor = BatchSpanProcessor::new(exporter, batch);
            let processor = Counting::new(processor, config.batch.queue, stats.clone());
            (builder.with_span_processor(processor), None)
        };
        Ok(Self { provider: builder.build(), memory, closing, stats })
    }
}

impl Pipeline for Traces {
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
