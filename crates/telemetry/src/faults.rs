//! What is wrong with a configuration: all of it at once.

use std::borrow::Cow;
use std::fmt;

/// One variable that cannot be used, and why. Never its value where that may be a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    variable: Cow<'static, str>,
    problem: String,
}

impl Fault {
    pub(crate) fn new(variable: impl Into<Cow<'static, str>>, problem: impl Into<String>) -> Self {
        Self { variable: variable.into(), problem: problem.into() }
    }

    /// The variable's name.
    pub fn variable(&self) -> &str {
        &self.variable
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.variable, self.problem)
    }
}

/// Every fault of a configuration, one per line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// `Ok` when there are none.
    pub(crate) fn check(faults: Vec<Fault>) -> Result<(), Self> {
        if faults.is_empty() { Ok(()) } else { Err(Self(faults)) }
    }

    /// The faults, in the order of the variables' table.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.0.iter()
    }
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the telemetry configuration cannot be used:")?;
        for fault in &self.0 {
            write!(f, "\n  {fault}")?;
        }
        Ok(())
    }
}

impl std::error::Error for Faults {}
