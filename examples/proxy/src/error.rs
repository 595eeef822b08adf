use std::error::Error;
use std::fmt;

use tower_genai_telemetry::Faults;

use crate::config::ConfigError;

/// The proxy cannot start. Its text says everything that is wrong.
#[derive(Debug)]
pub struct StartError {
    what: Option<String>,
    cause: Box<dyn Error + Send + Sync>,
}

impl StartError {
    pub(crate) fn new(what: impl Into<String>, cause: impl Error + Send + Sync + 'static) -> Self {
        Self { what: Some(what.into()), cause: Box::new(cause) }
    }
}

impl From<ConfigError> for StartError {
    fn from(error: ConfigError) -> Self {
        Self { what: None, cause: Box::new(error) }
    }
}

impl From<Faults> for StartError {
    fn from(faults: Faults) -> Self {
        Self { what: None, cause: Box::new(faults) }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(what) = &self.what {
            write!(f, "{what}: ")?;
        }
        self.cause.fmt(f)
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}
