//! The pipeline of metrics.

use std::time::Duration;

use super::super::{MetricsConfig, Temporality};
use super::exporter::Statement;
use super::{Reader, Words};
use crate::env::Environment;
use crate::signal::Signal;

const SECTION: &str = "metrics";

/// The specification's.
const INTERVAL: Duration = Duration::from_secs(60);
const TIMEOUT: Duration = Duration::from_secs(30);

impl<E: Environment> Reader<'_, E> {
    /// The pipeline, and whether the layers are to feed it. Metrics are wanted when they are asked for by name: the
    /// `/metrics` page has them anyway.
    pub(super) fn metrics(&mut self, general: &Statement) -> (Option<MetricsConfig>, bool) {
        let own = self.own(Signal::Metrics);
        let asked =
            self.parsed(&["LITELLM_OTEL_INTEGRATION_ENABLE_METRICS"], |value| Words::Lenient.parse(value));
        let interval = self.duration((SECTION, "interval"), &["OTEL_METRIC_EXPORT_INTERVAL"]);
        let timeout = self.duration((SECTION, "export timeout"), &["OTEL_METRIC_EXPORT_TIMEOUT"]);
        let temporality = self.read_with(
            (SECTION, "temporality"),
            &["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"],
            temporality,
        );
        let switch = asked.as_ref().filter(|asked| asked.value).map(|asked| asked.variable);
        let exporter =
            own.exporter_variable().or(switch).and_then(|reason| self.exporter(&own, general, reason));
        let config = exporter.map(|exporter| MetricsConfig {
            exporter,
            interval: interval.unwrap_or(INTERVAL),
            timeout: timeout.unwrap_or(TIMEOUT),
            temporality: temporality.unwrap_or_default(),
        });
        let emitted = self.told((SECTION, "emitted"), asked).unwrap_or(true);
        let emitted = emitted && config.is_some();
        (config, emitted)
    }
}

fn temporality(value: &str) -> Result<Temporality, String> {
    match value.to_ascii_lowercase().as_str() {
        "cumulative" => Ok(Temporality::Cumulative),
        "delta" => Ok(Temporality::Delta),
        "lowmemory" => Ok(Temporality::LowMemory),
        _ => Err(format!("must be `cumulative`, `delta` or `lowmemory`, not `{value}`")),
    }
}
