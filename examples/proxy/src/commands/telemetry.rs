use std::io::{self, Write};

use tower_genai_telemetry::{Environment, TelemetryConfig};

use super::Failure;

/// The faults of the environment are the failure.
pub(super) fn run(env: &dyn Environment) -> Result<(), Failure> {
    let config = TelemetryConfig::from_env(&env).map_err(|faults| faults.to_string())?;
    let mut out = io::stdout().lock();
    write!(out, "{}", config.describe())?;
    out.flush()?;
    Ok(())
}
