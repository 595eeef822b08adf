use std::borrow::Cow;
use std::fmt;

use crate::config::Origin;

/// Every setting of a configuration, with credentials masked.
///
/// Displayed, it is a table for a terminal: one block for each section, one line for each setting.
///
/// ```
/// use tower_genai_telemetry::TelemetryConfig;
///
/// # fn main() -> Result<(), tower_genai_telemetry::Faults> {
/// let environment = [("OTEL_ENDPOINT", "http://127.0.0.1:4318"), ("OTEL_HEADERS", "x-api-key=s3cret")];
/// let description = TelemetryConfig::from_env(&environment)?.describe();
/// let line = |text: &str| description.to_string().lines().find(|line| line.contains(text)).map(str::to_owned);
/// assert!(line("endpoint").unwrap().ends_with("OTEL_ENDPOINT"));
/// assert!(line("x-api-key").unwrap().contains("***"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description(Vec<Setting>);

/// One setting that is in force.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    section: &'static str,
    name: Cow<'static, str>,
    value: String,
    origin: Origin,
}

impl Description {
    pub(super) const fn new(settings: Vec<Setting>) -> Self {
        Self(settings)
    }

    /// The settings, section by section.
    pub fn iter(&self) -> impl Iterator<Item = &Setting> {
        self.0.iter()
    }

    /// The setting of a section, by its name.
    pub fn get(&self, section: &str, name: &str) -> Option<&Setting> {
        self.iter().find(|setting| setting.section == section && setting.name == name)
    }
}

impl Setting {
    pub(super) fn new(
        section: &'static str,
        name: impl Into<Cow<'static, str>>,
        value: impl Into<String>,
        origin: Origin,
    ) -> Self {
        Self { section, name: name.into(), value: value.into(), origin }
    }

    /// What it belongs to: `sdk`, `resource`, `layers`, `traces`, `metrics` or `logs`.
    pub const fn section(&self) -> &'static str {
        self.section
    }

    /// What it is.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its value; never a credential.
    pub fn value(&self) -> &str {
        &self.value
    }

    /// Where it came from.
    pub const fn origin(&self) -> Origin {
        self.origin
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = |text: fn(&Setting) -> &str| self.iter().map(|row| text(row).chars().count()).max();
        let name_width = width(Setting::name).unwrap_or(0);
        let value_width = width(Setting::value).unwrap_or(0);
        let mut section = "";
        for Setting { section: of, name, value, origin } in &self.0 {
            if section != *of {
                let blank = if section.is_empty() { "" } else { "\n" };
                writeln!(f, "{blank}{of}")?;
                section = of;
            }
            writeln!(f, "  {name:<name_width$}  {value:<value_width$}  {origin}")?;
        }
        Ok(())
    }
}
