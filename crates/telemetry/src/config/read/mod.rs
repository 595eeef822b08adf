//! From variables to data, with everything that is wrong with them collected.

mod exporter;
mod list;
mod logs;
mod metrics;
mod resource;
mod stated;
mod switches;
mod tls;
mod traces;
mod variables;

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

pub(super) use list::pairs;

use super::origin::{Origins, Place};
use super::{Batch, TelemetryConfig};
use crate::env::Environment;
use crate::faults::Fault;
use stated::Stated;
use variables::BatchVariables;

/// More items than this in memory are no queue any more.
const MOST_WAITING: u32 = 1_000_000;

/// The names one setting has, the most specific first; the first that is set counts.
type Names<'a> = &'a [&'static str];

pub(super) struct Reader<'a, E> {
    environment: &'a E,
    faults: Vec<Fault>,
    origins: Origins,
}

impl<'a, E: Environment> Reader<'a, E> {
    pub(super) fn new(environment: &'a E) -> Self {
        Self { environment, faults: Vec::new(), origins: Origins::default() }
    }

    /// Everything there is to read, and what is wrong with it.
    pub(super) fn read(mut self) -> (TelemetryConfig, Vec<Fault>) {
        let mut config = TelemetryConfig::default();
        let disabled = self.flag(("sdk", "disabled"), &["OTEL_SDK_DISABLED"], Words::Specified);
        config.disabled = disabled.unwrap_or(false);
        self.context(&mut config);
        if !config.disabled {
            self.resource(&mut config);
            self.switches(&mut config);
            self.signals(&mut config);
        }
        config.origins = self.origins;
        (config, self.faults)
    }

    fn signals(&mut self, config: &mut TelemetryConfig) {
        let general = self.general();
        config.traces = self.traces(&general);
        (config.metrics, config.emit_metrics) = self.metrics(&general);
        (config.logs, config.emit_events) = self.logs(&general, config.capture);
    }

    /// A variable's value; empty and blank ones count as unset.
    fn text(&mut self, name: &'static str) -> Option<String> {
        match self.environment.get(name) {
            Ok(value) => value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()),
            Err(error) => {
                self.fault(name, error.to_string());
                None
            }
        }
    }

    /// The first of the variables that is set, with its name.
    fn first_of(&mut self, names: Names<'_>) -> Option<(&'static str, String)> {
        names.iter().find_map(|name| Some((*name, self.text(name)?)))
    }

    /// A fault that several signals share is told once.
    fn fault(&mut self, name: &'static str, problem: impl Into<String>) {
        let fault = Fault::new(name, problem);
        if !self.faults.contains(&fault) {
            self.faults.push(fault);
        }
    }

    /// What is stated, if it can be used.
    fn parsed<T, P: Into<String>>(
        &mut self,
        names: Names<'_>,
        parse: impl FnOnce(&str) -> Result<T, P>,
    ) -> Option<Stated<T>> {
        let (variable, value) = self.first_of(names)?;
        match parse(&value) {
            Ok(value) => Some(Stated { value, variable }),
            Err(problem) => {
                self.fault(variable, problem);
                None
            }
        }
    }

    /// The value, with its origin kept.
    fn told<T>(&mut self, place: Place, stated: Option<Stated<T>>) -> Option<T> {
        let Stated { value, variable } = stated?;
        self.origins.set_variable(place, variable);
        Some(value)
    }

    /// The setting, if it is stated and can be used, with its origin kept.
    fn read_with<T, P: Into<String>>(
        &mut self,
        place: Place,
        names: Names<'_>,
        parse: impl FnOnce(&str) -> Result<T, P>,
    ) -> Option<T> {
        let stated = self.parsed(names, parse);
        self.told(place, stated)
    }

    /// Any text.
    fn name(&mut self, place: Place, names: Names<'_>) -> Option<String> {
        self.read_with(place, names, |value| Ok::<_, String>(value.to_owned()))
    }

    fn flag(&mut self, place: Place, names: Names<'_>, words: Words) -> Option<bool> {
        self.read_with(place, names, |value| words.parse(value))
    }

    /// Milliseconds, at least one.
    fn duration(&mut self, place: Place, names: Names<'_>) -> Option<Duration> {
        self.read_with(place, names, millis)
    }

    fn whole<T>(&mut self, place: Place, names: Names<'_>, least: T, most: T) -> Option<T>
    where
        T: FromStr + PartialOrd + Display + Copy,
    {
        self.read_with(place, names, |value| whole(value, least, most))
    }

    fn batch(&mut self, section: &'static str, names: &BatchVariables, default: Batch) -> Batch {
        let delay = self.duration((section, "delay"), &[names.delay]);
        let timeout = self.duration((section, "batch timeout"), &[names.timeout]);
        let queue = self.whole((section, "queue"), &[names.queue], 1, MOST_WAITING);
        let queue = queue.map_or(default.queue, |queue| queue as usize);
        let size = self.whole((section, "batch"), &[names.size], 1, MOST_WAITING).map(|size| size as usize);
        if let Some(size) = size.filter(|size| *size > queue) {
            let problem =
                format!("must not be more than the queue holds: {size} > {queue} ({})", names.queue);
            self.fault(names.size, problem);
        }
        Batch {
            delay: delay.unwrap_or(default.delay),
            queue,
            size: size.unwrap_or(default.size).min(queue),
            timeout: timeout.unwrap_or(default.timeout),
        }
    }
}

fn whole<T>(value: &str, least: T, most: T) -> Result<T, String>
where
    T: FromStr + PartialOrd + Display + Copy,
{
    match value.parse() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(format!("must be a whole number from {least} to {most}, not `{value}`")),
    }
}

fn millis(value: &str) -> Result<Duration, String> {
    whole(value, 1, u32::MAX).map(|millis| Duration::from_millis(millis.into()))
}

/// How a truth is written.
#[derive(Clone, Copy)]
enum Words {
    /// `true` or `false`, as the OpenTelemetry specification has it.
    Specified,
    /// Also `1` or `0`, as `LiteLLM`'s users write.
    Lenient,
}

impl Words {
    fn parse(self, value: &str) -> Result<bool, String> {
        match (self, value) {
            (Self::Lenient, "1") => Ok(true),
            (Self::Lenient, "0") => Ok(false),
            _ if value.eq_ignore_ascii_case("true") => Ok(true),
            _ if value.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(format!("must be `true` or `false`, not `{value}`")),
        }
    }
}
