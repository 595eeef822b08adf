//! From a configuration to its settings.

use std::borrow::Cow;
use std::time::Duration;

use super::{Description, Origin, Setting};
use crate::config::{
    Batch, Endpoint, Exporter, LogsConfig, MetricsConfig, OtlpConfig, RESOURCE_ATTRIBUTES,
    RESOURCE_VARIABLES, RootSampling, SERVICE_NAME, TelemetryConfig, TracesConfig,
};
use crate::signal::Signal;

/// What stands for a credential.
const MASK: &str = "***";

impl TelemetryConfig {
    /// What is in force, and where each value came from, with credentials masked.
    pub fn describe(&self) -> Description {
        let mut rows = Rows { config: self, settings: Vec::new(), section: "sdk" };
        rows.add("disabled", yes_or_no(self.disabled));
        rows.resource();
        rows.layers();
        rows.traces();
        rows.metrics();
        rows.logs();
        Description::new(rows.settings)
    }
}

struct Rows<'a> {
    config: &'a TelemetryConfig,
    settings: Vec<Setting>,
    section: &'static str,
}

impl Rows<'_> {
    /// A setting whose origin is kept under its own name.
    fn add(&mut self, name: &'static str, value: impl Into<String>) {
        let origin = self.origin(name);
        self.add_from(name, value, origin);
    }

    fn add_from(&mut self, name: impl Into<Cow<'static, str>>, value: impl Into<String>, origin: Origin) {
        self.settings.push(Setting::new(self.section, name, value, origin));
    }

    fn origin(&self, name: &'static str) -> Origin {
        self.config.origins.of((self.section, name))
    }

    fn resource(&mut self) {
        let (section, name) = SERVICE_NAME;
        self.section = section;
        self.add(name, self.config.service_name.clone());
        for attribute in &self.config.resource {
            let origin = resource_origin(self.config, attribute.key.as_str());
            self.add_from(attribute.key.to_string(), attribute.value.to_string(), origin);
        }
    }

    fn layers(&mut self) {
        self.section = "layers";
        let config = self.config;
        let propagators: Vec<_> = config.propagators.iter().map(|name| name.as_str()).collect();
        let propagators = if propagators.is_empty() { "none".to_owned() } else { propagators.join(",") };
        self.add("propagators", propagators);
        self.add("ignore context", yes_or_no(config.ignore_context));
        self.add("profile", config.profile.as_str());
        self.add("capture", config.capture.as_str());
        self.add("tracer name", config.tracer_name.clone());
        self.add("meter name", config.meter_name.clone());
        self.add("logger name", config.logger_name.clone());
        self.add("debug", yes_or_no(config.debug));
    }

    fn traces(&mut self) {
        self.section = Signal::Traces.as_str();
        let Some(TracesConfig { exporter, sampling, limits, batch }) = &self.config.traces else {
            return self.no_exporter();
        };
        self.exporter(exporter);
        self.add("sampler", sampling.to_string());
        if let RootSampling::TraceIdRatio(share) = sampling.root {
            self.add("sampler argument", share.to_string());
        }
        self.add("attributes", limits.attributes.to_string());
        self.add("events", limits.events.to_string());
        self.add("links", limits.links.to_string());
        self.add("attributes per event", limits.attributes_per_event.to_string());
        self.add("attributes per link", limits.attributes_per_link.to_string());
        self.add("value length", length(limits.value_length));
        self.batch(*batch);
    }

    fn metrics(&mut self) {
        self.section = Signal::Metrics.as_str();
        let Some(MetricsConfig { exporter, interval, timeout, temporality }) = &self.config.metrics else {
            return self.no_exporter();
        };
        self.exporter(exporter);
        self.add("emitted", yes_or_no(self.config.emit_metrics));
        self.add("interval", time(*interval));
        self.add("export timeout", time(*timeout));
        self.add("temporality", temporality.as_str());
    }

    fn logs(&mut self) {
        self.section = Signal::Logs.as_str();
        let Some(LogsConfig { exporter, limits, batch }) = &self.config.logs else {
            return self.no_exporter();
        };
        self.exporter(exporter);
        self.add("emitted", yes_or_no(self.config.emit_events));
        self.add("attributes", limits.attributes.to_string());
        self.add("value length", length(limits.value_length));
        self.batch(*batch);
    }

    fn no_exporter(&mut self) {
        self.add("exporter", "none");
    }

    fn exporter(&mut self, exporter: &Exporter) {
        match exporter {
            Exporter::Otlp(otlp) => {
                self.add("exporter", "otlp");
                self.otlp(otlp);
            }
            Exporter::Console => self.add("exporter", "console"),
            Exporter::InMemory => self.add("exporter", "in_memory"),
        }
    }

    fn otlp(&mut self, otlp: &OtlpConfig) {
        let OtlpConfig { protocol, endpoint, headers, timeout, compression, tls } = otlp;
        self.add("protocol", protocol.as_str());
        self.add("endpoint", masked(endpoint));
        let origin = self.origin("headers");
        for name in headers.as_map().keys() {
            self.add_from(format!("header {name}"), MASK, origin);
        }
        self.add("timeout", time(*timeout));
        self.add("compression", compression.as_str());
        if let Some(roots) = &tls.roots {
            self.add("certificate", roots.file().display().to_string());
        }
        if let Some(client) = &tls.client {
            self.add("client certificate", client.chain_file().display().to_string());
            self.add("client key", client.key_file().display().to_string());
        }
    }

    fn batch(&mut self, batch: Batch) {
        self.add("queue", batch.queue.to_string());
        self.add("batch", batch.size.to_string());
        self.add("delay", time(batch.delay));
        self.add("batch timeout", time(batch.timeout));
    }
}

/// Attributes have no defaults: what is not from a variable of its own is from the list.
fn resource_origin(config: &TelemetryConfig, key: &str) -> Origin {
    let own = RESOURCE_VARIABLES.iter().flat_map(|(_, keys)| *keys).find(|own| **own == key);
    let own = own.map_or(Origin::Default, |key| config.origins.of((SERVICE_NAME.0, key)));
    if own == Origin::Default { Origin::Variable(RESOURCE_ATTRIBUTES) } else { own }
}

const fn yes_or_no(truth: bool) -> &'static str {
    if truth { "yes" } else { "no" }
}

fn time(time: Duration) -> String {
    format!("{time:?}")
}

fn length(limit: Option<usize>) -> String {
    limit.map_or_else(|| "unlimited".to_owned(), |limit| limit.to_string())
}

/// A query may hold a credential.
fn masked(endpoint: &Endpoint) -> String {
    let query = if endpoint.uri().query().is_some() { "?***" } else { "" };
    format!("{endpoint}{query}")
}
