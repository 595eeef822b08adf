//! For each variable: unset, empty, by each of its names, several at once, and malformed.

use super::super::{Origin, TelemetryConfig};
use super::{config, faults};
use crate::env::{Environment, NotUnicode};

pub(super) struct Row {
    /// The first that is set counts.
    pub(super) names: Vec<String>,
    /// Where the description shows it.
    section: &'static str,
    setting: &'static str,
    /// Whether it is the origin of what is shown there.
    is_origin: bool,
    /// What else has to be set, so that it is shown.
    base: Vec<(String, String)>,
    /// What is shown without it; `None` for nothing.
    default: Option<String>,
    /// What is stated, and what is shown then.
    values: [(String, String); 2],
    malformed: Vec<&'static str>,
}

impl Row {
    fn new(
        names: &[&str],
        (section, setting): (&'static str, &'static str),
        default: &str,
        values: [&str; 2],
    ) -> Self {
        Self {
            names: names.iter().map(|name| (*name).to_owned()).collect(),
            section,
            setting,
            is_origin: true,
            base: Vec::new(),
            default: Some(default.to_owned()),
            values: values.map(|value| (value.to_owned(), value.to_owned())),
            malformed: Vec::new(),
        }
    }

    fn base(mut self, base: &[(&str, &str)]) -> Self {
        self.base.extend(base.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        self
    }

    fn nothing_without_it(mut self) -> Self {
        self.default = None;
        self
    }

    fn shown_as(mut self, shown: [&str; 2]) -> Self {
        for (value, shown) in self.values.iter_mut().zip(shown) {
            shown.clone_into(&mut value.1);
        }
        self
    }

    fn malformed(mut self, malformed: &[&'static str]) -> Self {
        self.malformed.extend(malformed);
        self
    }

    fn shows_elsewhere(mut self) -> Self {
        self.is_origin = false;
        self
    }

    /// What is shown with these variables, and where it comes from.
    fn shown(&self, variables: &[(&str, &str)]) -> Option<(String, Origin)> {
        let base = self.base.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let all: Vec<_> = base.chain(variables.iter().copied()).collect();
        let description = config(&all).describe();
        let setting = description.get(self.section, self.setting)?;
        Some((setting.value().to_owned(), setting.origin()))
    }

    #[track_caller]
    fn assert_shown(&self, variables: &[(&str, &str)], value: &str, name: &str) {
        let (shown, origin) = self.shown(variables).unwrap_or_else(|| panic!("{variables:?} shows nothing"));
        assert_eq!(shown, value, "{variables:?}");
        match origin {
            Origin::Variable(variable) if self.is_origin => assert_eq!(variable, name, "{variables:?}"),
            origin => assert!(!self.is_origin, "{variables:?} come from {origin}"),
        }
    }
}

/// The names for all signals, or the signal's own first.
fn own(signal: &str, own: &[&str], general: &[&str]) -> Vec<String> {
    let own = own.iter().map(|name| name.replace("<SIGNAL>", &signal.to_ascii_uppercase()));
    own.chain(general.iter().map(|name| (*name).to_owned())).collect()
}

fn as_strs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}

/// What can be said for all signals and for each.
fn exporter_rows(signal: &'static str) -> Vec<Row> {
    let upper = signal.to_ascii_uppercase();
    let exporter = format!("OTEL_{upper}_EXPORTER");
    let on = [(exporter.as_str(), "otlp")];
    let row = |names: Vec<String>, setting, default: &str, values| {
        Row::new(&as_strs(&names), (signal, setting), default, values).base(&on)
    };
    let mut endpoint = own(
        signal,
        &["OTEL_EXPORTER_OTLP_<SIGNAL>_ENDPOINT"],
        &["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_ENDPOINT"],
    );
    if signal == "traces" {
        endpoint.insert(1, "OTEL_TRACES_ENDPOINT".to_owned());
    }
    let default = format!("http://localhost:4318/v1/{signal}");
    let urls = ["http://127.0.0.1:1", "https://otlp.example/x"].map(|base| format!("{base}/v1/{signal}"));
    let insecure = own(signal, &["OTEL_EXPORTER_OTLP_<SIGNAL>_INSECURE"], &["OTEL_EXPORTER_OTLP_INSECURE"]);
    let headers = own(
        signal,
        &["OTEL_EXPORTER_OTLP_<SIGNAL>_HEADERS"],
        &["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_HEADERS"],
    );
    let protocol = own(
        signal,
        &["OTEL_EXPORTER_OTLP_<SIGNAL>_PROTOCOL"],
        &["OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER"],
    );
    let timeout = own(signal, &["OTEL_EXPORTER_OTLP_<SIGNAL>_TIMEOUT"], &["OTEL_EXPORTER_OTLP_TIMEOUT"]);
    let compression =
        own(signal, &["OTEL_EXPORTER_OTLP_<SIGNAL>_COMPRESSION"], &["OTEL_EXPORTER_OTLP_COMPRESSION"]);
    let grpc = [("OTEL_EXPORTER", "grpc"), ("OTEL_ENDPOINT", "c:4317")];
    vec![
        Row::new(&[&exporter], (signal, "exporter"), "none", ["console", "In_Memory"])
            .shown_as(["console", "in_memory"])
            .malformed(&["zipkin", "otlp,console"]),
        row(endpoint, "endpoint", &default, [&urls[0], &urls[1]]).malformed(&[
            "not a url",
            "ftp://collector",
            "http://",
            "http://user:s3cret@collector",
            "http://collector:port?key=s3cret",
        ]),
        row(insecure, "endpoint", "https://c:4317/", ["true", "FALSE"])
            .shown_as(["http://c:4317/", "https://c:4317/"])
            .base(&grpc)
            .shows_elsewhere()
            .malformed(&["1", "yes"]),
        row(headers, "header x-key", "", ["x-key=s3cret", " x-other = 1 ,x-key = s3cret%202 ,"])
            .shown_as(["***", "***"])
            .nothing_without_it()
            .malformed(&["s3cret", "=s3cret", "a b=s3cret", "x=s3cret%2", "x=s3cret%ff", "x=s3cret%0a"]),
        row(protocol, "protocol", "http/protobuf", ["grpc", "http/json"]).malformed(&["thrift", "http"]),
        row(timeout, "timeout", "10s", ["2500", "1"])
            .shown_as(["2.5s", "1ms"])
            .malformed(&["0", "10s", "-1", "1.5"]),
        row(compression, "compression", "none", ["gzip", "NONE"])
            .shown_as(["gzip", "none"])
            .malformed(&["zstd", "1"]),
    ]
}

fn batch_rows(signal: &'static str, prefix: &str, delay: &str) -> Vec<Row> {
    let on = [(if signal == "traces" { "OTEL_TRACES_EXPORTER" } else { "OTEL_LOGS_EXPORTER" }, "otlp")];
    let row = |name: &str, setting, default: &str, values| {
        Row::new(&[&format!("{prefix}_{name}")], (signal, setting), default, values).base(&on)
    };
    vec![
        row("SCHEDULE_DELAY", "delay", delay, ["100", "60000"])
            .shown_as(["100ms", "60s"])
            .malformed(&["0", "-1", "soon"]),
        row("EXPORT_TIMEOUT", "batch timeout", "30s", ["100", "60000"])
            .shown_as(["100ms", "60s"])
            .malformed(&["0", "x"]),
        row("MAX_QUEUE_SIZE", "queue", "2048", ["4096", "1"]).malformed(&["0", "1e3", "1000001"]),
        row("MAX_EXPORT_BATCH_SIZE", "batch", "512", ["64", "2048"]).malformed(&["0", "2049", "1.5"]),
    ]
}

fn limit_rows() -> Vec<Row> {
    let traces = [("OTEL_TRACES_EXPORTER", "otlp")];
    let logs = [("OTEL_LOGS_EXPORTER", "otlp")];
    let count = |names: &[&str], section, setting, on| {
        Row::new(names, (section, setting), "128", ["7", "0"]).base(on).malformed(&[
            "-1",
            "many",
            "4294967296",
        ])
    };
    let length = |name: &str, section, on| {
        Row::new(
            &[name, "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT"],
            (section, "value length"),
            "unlimited",
            ["1000", "0"],
        )
        .base(on)
        .malformed(&["-1", "unlimited"])
    };
    vec![
        count(
            &["OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
            "traces",
            "attributes",
            &traces,
        ),
        count(&["OTEL_SPAN_EVENT_COUNT_LIMIT"], "traces", "events", &traces),
        count(&["OTEL_SPAN_LINK_COUNT_LIMIT"], "traces", "links", &traces),
        count(&["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"], "traces", "attributes per event", &traces),
        count(&["OTEL_LINK_ATTRIBUTE_COUNT_LIMIT"], "traces", "attributes per link", &traces),
        count(
            &["OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "OTEL_ATTRIBUTE_COUNT_LIMIT"],
            "logs",
            "attributes",
            &logs,
        ),
        length("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "traces", &traces),
        length("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "logs", &logs),
    ]
}

fn sampler_rows() -> [Row; 2] {
    let on = [("OTEL_TRACES_EXPORTER", "otlp")];
    [
        Row::new(
            &["OTEL_TRACES_SAMPLER"],
            ("traces", "sampler"),
            "parentbased_always_on",
            ["always_off", "parentbased_traceidratio"],
        )
        .base(&on)
        .malformed(&[
            "jaeger_remote",
            "parentbased_jaeger_remote",
            "xray",
            "ALWAYS_ON",
            "parentbased_",
        ]),
        Row::new(&["OTEL_TRACES_SAMPLER_ARG"], ("traces", "sampler argument"), "1", ["0.25", "0"])
            .base(&on)
            .base(&[("OTEL_TRACES_SAMPLER", "traceidratio")])
            .malformed(&["1.5", "-0.1", "NaN", "half"]),
    ]
}

fn metrics_and_events_rows() -> Vec<Row> {
    let metrics = [("OTEL_METRICS_EXPORTER", "otlp")];
    let switch = |names: &[&str], section| {
        Row::new(names, (section, "emitted"), "yes", ["False", "1"])
            .shown_as(["no", "yes"])
            .malformed(&["maybe", "2"])
    };
    let time = |name: &str, setting, default| {
        Row::new(&[name], ("metrics", setting), default, ["5000", "1"])
            .shown_as(["5s", "1ms"])
            .base(&metrics)
            .malformed(&["0", "5s", "-1"])
    };
    vec![
        switch(&["LITELLM_OTEL_INTEGRATION_ENABLE_METRICS"], "metrics").base(&metrics),
        switch(&["OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT", "LITELLM_OTEL_INTEGRATION_ENABLE_EVENTS"], "logs")
            .base(&[("OTEL_LOGS_EXPORTER", "otlp")]),
        time("OTEL_METRIC_EXPORT_INTERVAL", "interval", "60s"),
        time("OTEL_METRIC_EXPORT_TIMEOUT", "export timeout", "30s"),
        Row::new(
            &["OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"],
            ("metrics", "temporality"),
            "cumulative",
            ["delta", "LowMemory"],
        )
        .shown_as(["delta", "lowmemory"])
        .base(&metrics)
        .malformed(&["deltas"]),
    ]
}

fn resource_rows() -> Vec<Row> {
    let name = |name: &str, key, default| Row::new(&[name], ("resource", key), default, ["search", "a b"]);
    vec![
        name("OTEL_SERVICE_NAME", "service.name", "litellm"),
        name("OTEL_ENVIRONMENT_NAME", "deployment.environment", "").nothing_without_it(),
        name("OTEL_ENVIRONMENT_NAME", "deployment.environment.name", "").nothing_without_it(),
        name("OTEL_MODEL_ID", "model_id", "").nothing_without_it(),
        Row::new(
            &["OTEL_RESOURCE_ATTRIBUTES"],
            ("resource", "team"),
            "",
            ["team=a%20b", " x = 1 , team = c ,"],
        )
        .shown_as(["a b", "c"])
        .nothing_without_it()
        .malformed(&["team", "=a", "team=%2", "team=%ff"]),
    ]
}

fn layer_rows() -> Vec<Row> {
    let name = |name: &str, setting| Row::new(&[name], ("layers", setting), "litellm", ["gateway", "a b"]);
    let flag = |name: &str, setting| {
        Row::new(&[name], ("layers", setting), "no", ["True", "0"])
            .shown_as(["yes", "no"])
            .malformed(&["on", "2"])
    };
    vec![
        Row::new(&["OTEL_SDK_DISABLED"], ("sdk", "disabled"), "no", ["True", "false"])
            .shown_as(["yes", "no"])
            .malformed(&["1", "yes"]),
        Row::new(
            &["OTEL_PROPAGATORS"],
            ("layers", "propagators"),
            "tracecontext,baggage",
            [" b3multi, Jaeger,datadog ,b3multi", "none"],
        )
        .shown_as(["b3multi,jaeger,datadog", "none"])
        .malformed(&["tracecontext,xray", "none,b3", ",", "w3c"]),
        flag("OTEL_IGNORE_CONTEXT_PROPAGATION", "ignore context"),
        Row::new(
            &["OTEL_SEMCONV_STABILITY_OPT_IN"],
            ("layers", "profile"),
            "v1_41",
            ["http/dup, gen_ai_latest_experimental ,database", "gen_ai_latest_experimental/dup"],
        )
        .shown_as(["v2026_10", "both"])
        .malformed(&["gen_ai_latest", "http,https"]),
        Row::new(
            &["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"],
            ("layers", "capture"),
            "NO_CONTENT",
            ["span_and_event", "SPAN_ONLY"],
        )
        .shown_as(["SPAN_AND_EVENT", "SPAN_ONLY"])
        .malformed(&["yes", "SPANS"]),
        name("OTEL_TRACER_NAME", "tracer name"),
        name("LITELLM_METER_NAME", "meter name"),
        name("LITELLM_LOGGER_NAME", "logger name"),
        flag("DEBUG_OTEL", "debug"),
    ]
}

pub(super) fn rows() -> Vec<Row> {
    let mut rows: Vec<_> = ["traces", "metrics", "logs"].into_iter().flat_map(exporter_rows).collect();
    rows.extend(batch_rows("traces", "OTEL_BSP", "5s"));
    rows.extend(batch_rows("logs", "OTEL_BLRP", "1s"));
    rows.extend(limit_rows());
    rows.extend(sampler_rows());
    rows.extend(metrics_and_events_rows());
    rows.extend(resource_rows());
    rows.extend(layer_rows());
    rows
}

#[test]
fn unset_and_empty_are_the_default() {
    for row in rows() {
        let default = row.default.clone();
        let shown = row.shown(&[]);
        assert_eq!(shown.as_ref().map(|(value, _)| value), default.as_ref(), "{:?}", row.names);
        if row.is_origin {
            assert!(shown.is_none_or(|(_, origin)| origin == Origin::Default), "{:?}", row.names);
        }
        for empty in ["", "  "] {
            let all: Vec<_> = row.names.iter().map(|name| (name.as_str(), empty)).collect();
            assert_eq!(row.shown(&all).map(|(value, _)| value), default, "{all:?}");
        }
    }
}

#[test]
fn each_name_states_the_value_when_those_before_it_are_empty() {
    for row in rows() {
        for (index, name) in row.names.iter().enumerate() {
            let before = || row.names[..index].iter().map(|name| (name.as_str(), " "));
            for (value, shown) in &row.values {
                row.assert_shown(&[(name, value)], shown, name);
                let variables: Vec<_> = before().chain([(name.as_str(), value.as_str())]).collect();
                row.assert_shown(&variables, shown, name);
            }
        }
    }
}

#[test]
fn the_first_name_that_is_set_counts() {
    for row in rows() {
        let [(first, shown), (second, _)] = &row.values;
        for (index, name) in row.names.iter().enumerate() {
            let after = row.names[index + 1..].iter().map(|name| (name.as_str(), second.as_str()));
            // In any order of the environment.
            let mut variables: Vec<_> = after.chain([(name.as_str(), first.as_str())]).collect();
            row.assert_shown(&variables, shown, name);
            variables.reverse();
            row.assert_shown(&variables, shown, name);
        }
    }
}

#[test]
fn what_cannot_be_used_is_a_fault_that_names_its_variable_and_no_secret() {
    for row in rows() {
        let base = || row.base.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        for name in &row.names {
            for malformed in &row.malformed {
                let said = base().filter(|(other, _)| other != name).chain([(name.as_str(), *malformed)]);
                for fault in faults(&said.collect::<Vec<_>>()) {
                    assert!(fault.starts_with(&format!("{name} ")), "{malformed}: {fault}");
                    assert!(!fault.contains("s3cret"), "{fault}");
                }
            }
        }
    }
}

#[test]
fn a_value_that_is_not_unicode_is_a_fault() {
    struct Broken(String);
    impl Environment for Broken {
        fn get(&self, name: &str) -> Result<Option<String>, NotUnicode> {
            match name {
                // So that the argument is looked at.
                "OTEL_TRACES_SAMPLER" if self.0.ends_with("_ARG") => Ok(Some("traceidratio".to_owned())),
                _ if name == self.0 => Err(NotUnicode),
                _ => Ok(None),
            }
        }
    }
    for name in rows().into_iter().flat_map(|row| row.names) {
        let faults = TelemetryConfig::from_env(&Broken(name.clone())).unwrap_err();
        let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(told, [format!("{name} is not valid Unicode")]);
    }
}
