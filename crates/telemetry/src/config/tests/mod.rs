mod documented;
mod endpoints;
mod pipelines;
mod signals;
mod table;
mod tls;

use super::{Exporter, OtlpConfig, TelemetryConfig};

const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");

fn config(variables: &[(&str, &str)]) -> TelemetryConfig {
    match TelemetryConfig::from_env(&variables) {
        Ok(config) => config,
        Err(faults) => panic!("{variables:?}: {faults}"),
    }
}

/// The faults of the variables, one text each.
fn faults(variables: &[(&str, &str)]) -> Vec<String> {
    match TelemetryConfig::from_env(&variables) {
        Ok(config) => panic!("no fault in {variables:?}: {config:?}"),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

/// How the collector of traces is spoken to.
fn otlp(config: TelemetryConfig) -> OtlpConfig {
    match config.traces.unwrap().exporter {
        Exporter::Otlp(otlp) => *otlp,
        exporter => panic!("{exporter:?}"),
    }
}
