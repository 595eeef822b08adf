//! Reads variables and collects what is wrong with them.

use std::borrow::Cow;
use std::time::Duration;

use opentelemetry::KeyValue;
use opentelemetry_sdk::trace::Sampler;
use percent_encoding::percent_decode_str;

use super::{
    Batch, Compression, Endpoint, Exporter, Headers, OtlpConfig, Protocol, SpanLimits, TlsFiles, TracesConfig,
};
use crate::env::Environment;
use crate::faults::Fault;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_EXPORT_TIMEOUT: Duration = Duration::from_secs(30);
const DEFAULT_DELAY: Duration = Duration::from_secs(5);
const DEFAULT_QUEUE: usize = 2048;
const DEFAULT_BATCH: usize = 512;

pub(super) struct Reader<'a, E> {
    environment: &'a E,
    faults: Vec<Fault>,
}

impl<'a, E: Environment> Reader<'a, E> {
    pub(super) const fn new(environment: &'a E) -> Self {
        Self { environment, faults: Vec::new() }
    }

    pub(super) fn into_faults(self) -> Vec<Fault> {
        self.faults
    }

    /// A variable's value; empty and blank ones count as unset.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        match self.environment.get(name) {
            Ok(value) => value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty()),
            Err(error) => {
                self.fault(name, error.to_string());
                None
            }
        }
    }

    /// The first of the variables that is set, with its name.
    fn first_of<const N: usize>(&mut self, names: [&'static str; N]) -> Option<(&'static str, String)> {
        names.into_iter().find_map(|name| Some((name, self.text(name)?)))
    }

    fn fault(&mut self, name: &'static str, problem: impl Into<String>) {
        self.faults.push(Fault::new(name, problem));
    }

    pub(super) fn disabled(&mut self) -> bool {
        let name = "OTEL_SDK_DISABLED";
        match self.text(name) {
            None => false,
            Some(value) if value.eq_ignore_ascii_case("true") => true,
            Some(value) if value.eq_ignore_ascii_case("false") => false,
            Some(value) => {
                self.fault(name, format!("must be `true` or `false`, not `{value}`"));
                false
            }
        }
    }

    pub(super) fn traces(&mut self) -> Option<TracesConfig> {
        // All of them are read, so that all faults are found, also when there is no endpoint.
        let endpoint = self.endpoint();
        let headers = self.headers();
        self.protocol();
        let timeout = self.exporter_timeout();
        let sampler = self.sampler();
        let limits = self.limits();
        let batch = self.batch();
        let otlp = OtlpConfig {
            protocol: Protocol::HttpProtobuf,
            endpoint: endpoint?,
            headers,
            timeout,
            compression: Compression::None,
            tls: TlsFiles::default(),
        };
        Some(TracesConfig { exporter: Exporter::Otlp(Box::new(otlp)), sampler, limits, batch })
    }

    fn endpoint(&mut self) -> Option<Endpoint> {
        let (specific, general) = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT");
        let (name, value) = self.first_of([specific, general])?;
        let parsed = if name == specific {
            Endpoint::parse(&value)
        } else {
            Endpoint::parse_base(&value, "/v1/traces")
        };
        parsed.map_err(|problem| self.fault(name, problem)).ok()
    }

    fn headers(&mut self) -> Headers {
        let Some((name, value)) =
            self.first_of(["OTEL_EXPORTER_OTLP_TRACES_HEADERS", "OTEL_EXPORTER_OTLP_HEADERS"])
        else {
            return Headers::default();
        };
        Headers::parse(&value).unwrap_or_else(|problems| {
            for problem in problems {
                self.fault(name, problem);
            }
            Headers::default()
        })
    }

    fn protocol(&mut self) {
        let stated = self.first_of(["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]);
        if let Some((name, value)) = stated.filter(|(_, value)| value != "http/protobuf") {
            let advice = "set it to `http/protobuf` (collectors take it on port 4318) or leave it unset";
            self.fault(name, format!("names a protocol this build does not speak, `{value}`: {advice}"));
        }
    }

    fn exporter_timeout(&mut self) -> Duration {
        let specific = self.duration("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", 1);
        let general = self.duration("OTEL_EXPORTER_OTLP_TIMEOUT", 1);
        specific.or(general).unwrap_or(DEFAULT_TIMEOUT)
    }

    fn sampler(&mut self) -> Sampler {
        let name = "OTEL_TRACES_SAMPLER";
        let stated = self.text(name).unwrap_or_else(|| "parentbased_always_on".to_owned());
        let ratio = if stated.ends_with("traceidratio") { self.ratio() } else { 1.0 };
        let (parent_based, root) = match stated.strip_prefix("parentbased_") {
            Some(root) => (true, root),
            None => (false, stated.as_str()),
        };
        let sampler = match root {
            "always_on" => Sampler::AlwaysOn,
            "always_off" => Sampler::AlwaysOff,
            "traceidratio" => Sampler::TraceIdRatioBased(ratio),
            _ => {
                let known = "always_on, always_off or traceidratio, each also with parentbased_ before it";
                self.fault(name, format!("names no sampler we have, `{stated}`: use {known}"));
                Sampler::AlwaysOn
            }
        };
        if parent_based { Sampler::ParentBased(Box::new(sampler)) } else { sampler }
    }

    fn ratio(&mut self) -> f64 {
        let name = "OTEL_TRACES_SAMPLER_ARG";
        let Some(value) = self.text(name) else { return 1.0 };
        match value.parse() {
            Ok(ratio) if (0.0..=1.0).contains(&ratio) => ratio,
            _ => {
                self.fault(name, format!("must be a number from 0 to 1, not `{value}`"));
                1.0
            }
        }
    }

    fn limits(&mut self) -> SpanLimits {
        let mut limits = SpanLimits::default();
        for (name, limit) in [
            ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", &mut limits.attributes),
            ("OTEL_SPAN_EVENT_COUNT_LIMIT", &mut limits.events),
            ("OTEL_SPAN_LINK_COUNT_LIMIT", &mut limits.links),
        ] {
            if let Some(stated) = self.whole(name, 0, u32::MAX) {
                *limit = stated;
            }
        }
        limits
    }

    fn batch(&mut self) -> Batch {
        // More than this many spans in memory is no queue any more.
        let most = 1_000_000;
        let queue_name = "OTEL_BSP_MAX_QUEUE_SIZE";
        let size_name = "OTEL_BSP_MAX_EXPORT_BATCH_SIZE";
        let delay = self.duration("OTEL_BSP_SCHEDULE_DELAY", 1).unwrap_or(DEFAULT_DELAY);
        let queue = self.whole(queue_name, 1, most).map_or(DEFAULT_QUEUE, |queue: u32| queue as usize);
        let stated = self.whole(size_name, 1, most).map(|size: u32| size as usize);
        if let Some(size) = stated.filter(|size| *size > queue) {
            self.fault(
                size_name,
                format!("must not be more than the queue holds: {size} > {queue} ({queue_name})"),
            );
        }
        let timeout = self.duration("OTEL_BSP_EXPORT_TIMEOUT", 1).unwrap_or(DEFAULT_EXPORT_TIMEOUT);
        Batch { delay, queue, size: stated.unwrap_or(DEFAULT_BATCH).min(queue), timeout }
    }

    pub(super) fn resource(&mut self) -> Vec<KeyValue> {
        let name = "OTEL_RESOURCE_ATTRIBUTES";
        let Some(value) = self.text(name) else { return Vec::new() };
        let mut attributes = Vec::new();
        for (number, pair) in pairs(&value) {
            match pair {
                Ok((key, value)) => attributes.push(KeyValue::new(key.to_owned(), value.into_owned())),
                Err(problem) => self.fault(name, format!("entry {number} {problem}")),
            }
        }
        attributes
    }

    /// Milliseconds.
    fn duration(&mut self, name: &'static str, least: u32) -> Option<Duration> {
        self.whole(name, least, u32::MAX).map(|millis: u32| Duration::from_millis(millis.into()))
    }

    fn whole(&mut self, name: &'static str, least: u32, most: u32) -> Option<u32> {
        let value = self.text(name)?;
        match value.parse() {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            _ => {
                self.fault(name, format!("must be a whole number from {least} to {most}, not `{value}`"));
                None
            }
        }
    }
}

type Pair<'a> = Result<(&'a str, Cow<'a, str>), &'static str>;

/// The entries of `key=value,...` with percent-decoded values, numbered from 1; empty entries are skipped.
pub(super) fn pairs(text: &str) -> impl Iterator<Item = (usize, Pair<'_>)> {
    let entries = text.split(',').enumerate().map(|(index, entry)| (index + 1, entry.trim()));
    entries.filter(|(_, entry)| !entry.is_empty()).map(|(number, entry)| (number, pair(entry)))
}

fn pair(entry: &str) -> Pair<'_> {
    let (key, value) = entry.split_once('=').ok_or("has no `=`")?;
    let key = key.trim();
    if key.is_empty() {
        return Err("has nothing before its `=`");
    }
    let value = value.trim();
    let broken = value.split('%').skip(1).any(|rest| {
        let digits = rest.as_bytes();
        digits.len() < 2 || !digits[..2].iter().all(u8::is_ascii_hexdigit)
    });
    if broken {
        return Err("has a `%` that is not followed by two hex digits: write `%25` for a percent sign");
    }
    let value =
        percent_decode_str(value).decode_utf8().map_err(|_| "has a value that is not UTF-8 once decoded")?;
    Ok((key, value))
}
