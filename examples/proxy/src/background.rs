//! What works beside the requests: the call log's writer, the exporter of spans, the readings of replies whose clients
//! have left, the watch over the price file, and what feeds them.

use std::sync::Arc;
use std::time::Duration;

use tower_genai_core::Caller;
use tower_genai_core::drain::{DrainGuard, DrainLayer};
use tower_genai_cost::Catalogue;
use tower_genai_sinks::{CallLog, CallLogGuard};
use tower_genai_telemetry::{Environment, ExportStats, Telemetry, TelemetryConfig};

use crate::admin;
use crate::config::{CallLogConfig, Config, MetricsConfig};
use crate::error::StartError;
use crate::price_file::PriceWatch;
use crate::stack::{Layers, TelemetryObservers};

/// How often it is looked whether the last calls have been recorded.
const LOOK: Duration = Duration::from_millis(5);

/// Owns the background work and the layers that give it something to do.
#[derive(Debug)]
pub(crate) struct Background {
    pub(crate) layers: Layers,
    telemetry: Telemetry,
    call_log: Option<(CallLog, CallLogGuard)>,
    drains: Option<DrainGuard>,
    prices: Option<PriceWatch>,
}

impl Background {
    pub(crate) fn start(
        config: &Config,
        callers: &[Caller],
        env: &dyn Environment,
    ) -> Result<Self, StartError> {
        let wanted = TelemetryConfig::from_env(&env)?;
        let telemetry = Telemetry::start(wanted.clone())
            .map_err(|error| StartError::new("telemetry cannot be started", error))?;
        readable(&telemetry)?;
        let observers = TelemetryObservers::new(&wanted, &telemetry, &config.content, config.trust())
            .map_err(|error| StartError::new("OTEL_PROPAGATORS", error))?;
        let call_log = config.call_log.as_ref().map(open_log).transpose()?;
        let log = call_log.as_ref().map(|(log, _)| log.clone());
        let (drain, drains) = DrainLayer::new(config.drain);
        let embedded = Arc::new(Catalogue::embedded());
        let pricing =
            config.pricing.build(&embedded).map_err(|error| StartError::new("the prices", error))?;
        let file = config.pricing.file.as_ref();
        let prices = file.map(|file| PriceWatch::start(file, pricing.clone(), embedded));
        let mut metrics = config.metrics.builder().profile(wanted.profile());
        if !telemetry.stats().is_empty() {
            let stats = telemetry.stats().clone();
            metrics = metrics.callback_failures("otel", move || stats.iter().map(ExportStats::lost).sum());
        }
        let layers = Layers::new(metrics, callers, observers, pricing, config.cost_header, log, drain)
            .map_err(|error| StartError::new("metrics", error))?;
        Ok(Self { layers, telemetry, call_log, drains: Some(drains), prices })
    }

    /// The scrape of everything there is.
    pub(crate) fn scrape(&self, config: &MetricsConfig) -> Result<admin::Metrics, StartError> {
        let price_file = self.prices.as_ref().map(PriceWatch::stats);
        let scrape = self.layers.scrape(config, &self.telemetry, price_file);
        scrape.map_err(|error| StartError::new("metrics", error))
    }

    /// Opens the call log again, for one that has been moved away.
    pub(crate) fn reopen_log(&self) {
        if let Some((log, _)) = &self.call_log {
            log.reopen();
        }
    }

    /// The owner of the readings of replies whose clients have left, for the one who ends them first of all.
    pub(crate) fn take_drains(&mut self) -> Option<DrainGuard> {
        self.drains.take()
    }

    /// Reads the price file again.
    pub(crate) fn reread_prices(&self) {
        if let Some(prices) = &self.prices {
            prices.read_now();
        }
    }

    /// Waits for the last calls to be recorded and writes everything out; `patience` for each of the parts.
    pub(crate) async fn finish(self, patience: Duration) {
        let Self { layers, telemetry, call_log, drains, prices } = self;
        // Nobody has taken them, and nothing more will be waited for.
        drop((drains, prices));
        let recorded = async {
            while layers.in_flight() > 0 {
                tokio::time::sleep(LOOK).await;
            }
        };
        if tokio::time::timeout(patience, recorded).await.is_err() {
            tracing::warn!(calls = layers.in_flight(), "calls were not recorded in time");
        }
        let written = tokio::task::spawn_blocking(move || {
            if let Some((_, guard)) = call_log
                && let Err(error) = guard.shutdown(patience)
            {
                tracing::warn!(%error, "lines are lost");
            }
            if let Err(error) = telemetry.shutdown(patience) {
                tracing::warn!(%error, "telemetry is lost");
            }
        });
        if let Err(error) = written.await {
            tracing::error!(%error, "the shutdown of telemetry failed");
        }
    }
}

/// What is kept in memory is for the program that holds it, which this one never looks at.
fn readable(telemetry: &Telemetry) -> Result<(), StartError> {
    let Some(unread) = telemetry.stats().iter().find(|stats| stats.destination() == "in_memory") else {
        return Ok(());
    };
    let signal = unread.signal();
    let message = format!(
        "the exporter of {signal} is in_memory, where nobody can read them: let OTEL_EXPORTER and \
         OTEL_{}_EXPORTER name otlp, console or none",
        signal.to_string().to_uppercase()
    );
    Err(StartError::new("telemetry cannot be started", std::io::Error::other(message)))
}

fn open_log(config: &CallLogConfig) -> Result<(CallLog, CallLogGuard), StartError> {
    let mut builder = CallLog::builder(&config.path);
    if let Some(header) = &config.echo_header {
        builder = builder.echo_header(header.clone());
    }
    builder.open().map_err(|error| {
        StartError::new(format!("the call log {} cannot be opened", config.path.display()), error)
    })
}
