//! Reading variables, with faults in words.

use tower_genai_telemetry::Environment;

/// The variable's value without white space around it; `None` when it is not set or empty.
///
/// # Errors
///
/// What is wrong with the value, without the value.
pub(crate) fn look_up(env: &dyn Environment, name: &str) -> Result<Option<String>, String> {
    let value = env.get(name).map_err(|error| error.to_string())?;
    Ok(value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()))
}
