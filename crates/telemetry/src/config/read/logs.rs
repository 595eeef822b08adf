//! The pipeline of log records.

use std::time::Duration;

use super::super::{Batch, CaptureMode, LogLimits, LogsConfig};
use super::exporter::Statement;
use super::switches::CAPTURE;
use super::variables::LOG_BATCH;
use super::{Reader, Words};
use crate::env::Environment;
use crate::signal::Signal;

const SECTION: &str = "logs";

/// The specification's.
const BATCH: Batch =
    Batch { delay: Duration::from_secs(1), queue: 2048, size: 512, timeout: Duration::from_secs(30) };

impl<E: Environment> Reader<'_, E> {
    /// The pipeline, and whether the layers are to feed it with events. It is wanted when events or it are asked for by
    /// name; and when messages are to be captured in events and somebody says where signals are to go.
    pub(super) fn logs(&mut self, general: &Statement, capture: CaptureMode) -> (Option<LogsConfig>, bool) {
        let own = self.own(Signal::Logs);
        let names = ["OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT", "LITELLM_OTEL_INTEGRATION_ENABLE_EVENTS"];
        let asked = self.parsed(&names, |value| Words::Lenient.parse(value));
        let limits = self.log_limits();
        let batch = self.batch(SECTION, &LOG_BATCH, BATCH);
        let switch = if let Some(asked) = &asked {
            Some(asked.variable).filter(|_| asked.value)
        } else {
            let stated = own.reason().or_else(|| general.reason());
            stated.filter(|_| capture.in_events()).map(|_| CAPTURE)
        };
        let exporter =
            own.exporter_variable().or(switch).and_then(|reason| self.exporter(&own, general, reason));
        let config = exporter.map(|exporter| LogsConfig { exporter, limits, batch });
        let emitted = self.told((SECTION, "emitted"), asked).unwrap_or(true);
        let emitted = emitted && config.is_some();
        (config, emitted)
    }

    fn log_limits(&mut self) -> LogLimits {
        let names = ["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"];
        let attributes = self.whole((SECTION, "attributes"), &names, 0, u32::MAX);
        LogLimits {
            attributes: attributes.unwrap_or(LogLimits::default().attributes),
            value_length: self.value_length(SECTION, "OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT"),
        }
    }
}
