//! What can go wrong at the start and at the end.

use std::fmt;

use crate::export::BuildError;
use crate::signal::Signal;

/// Pipelines cannot be started: which, and why.
#[derive(Debug)]
pub struct StartError(Vec<(Signal, BuildError)>);

impl StartError {
    /// `Ok` when there are none.
    pub(crate) fn check(problems: Vec<(Signal, BuildError)>) -> Result<(), Self> {
        if problems.is_empty() { Ok(()) } else { Err(Self(problems)) }
    }

    /// The feature of this crate that has to be enabled, when an exporter is not part of the build.
    pub fn missing_feature(&self) -> Option<&'static str> {
        self.0.iter().find_map(|(_, problem)| match problem {
            BuildError::NotCompiled(_, feature) => Some(*feature),
            _ => None,
        })
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, (signal, problem)) in self.0.iter().enumerate() {
            if number > 0 {
                f.write_str("; ")?;
            }
            match problem {
                BuildError::NotCompiled(protocol, feature) => write!(
                    f,
                    "{signal} cannot be exported with {protocol}, which is not part of this build: \
                     enable the feature `{feature}` of tower-genai-telemetry"
                )?,
                #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
                BuildError::Tls(endpoint, cause) => {
                    write!(f, "{signal} cannot be sent to {endpoint}: {cause}")?;
                }
                BuildError::System(cause) => {
                    write!(f, "the exporter of {signal} cannot be started: {cause}")?;
                }
            }
        }
        Ok(())
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.iter().find_map(|(_, problem)| match problem {
            BuildError::System(cause) => Some(cause as _),
            _ => None,
        })
    }
}

/// Not everything could be sent before the deadline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ShutdownError {
    pub(crate) lost: [u64; Signal::ALL.len()],
    pub(crate) joined: bool,
}

impl ShutdownError {
    /// Items of the signal that were lost during the shutdown: spans, data points or log records.
    pub const fn lost(&self, signal: Signal) -> u64 {
        self.lost[signal as usize]
    }
}

impl fmt::Display for ShutdownError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = Signal::ALL.iter().filter(|signal| self.lost(**signal) > 0);
        let lost: Vec<_> = lost.map(|signal| format!("{} {}", self.lost(*signal), signal.items())).collect();
        match (lost.as_slice(), self.joined) {
            ([], _) => f.write_str("an exporter's thread did not end in time"),
            (lost, true) => write!(f, "{} were lost at shutdown", lost.join(", ")),
            (lost, false) => write!(
                f,
                "{} were lost at shutdown, and an exporter's thread did not end in time",
                lost.join(", ")
            ),
        }
    }
}

impl std::error::Error for ShutdownError {}
