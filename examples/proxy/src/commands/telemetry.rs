use std::io::{self, Write};
use std::time::Duration;

use tower_genai_telemetry::{Environment, Telemetry, TelemetryConfig};

use super::Failure;

/// Without anything to export, the end comes at once.
const PATIENCE: Duration = Duration::from_secs(1);

/// Fails with all faults of the environment, and where a proxy could not start what is asked for.
pub(super) fn run(env: &dyn Environment) -> Result<(), Failure> {
    let config = TelemetryConfig::from_env(&env).map_err(|faults| faults.to_string())?;
    let description = config.describe();
    let telemetry = Telemetry::start(config).map_err(|error| error.to_string())?;
    telemetry.shutdown(PATIENCE).map_err(|error| error.to_string())?;
    let mut out = io::stdout().lock();
    write!(out, "{description}")?;
    out.flush()?;
    Ok(())
}
