use super::super::{CaptureMode, Exporter, Protocol, TelemetryConfig};
use super::{ENDPOINT, config, faults};

/// What becomes of traces, metrics and logs.
fn exporters(config: &TelemetryConfig) -> [&'static str; 3] {
    let traces = config.traces.as_ref().map(|traces| &traces.exporter);
    let metrics = config.metrics.as_ref().map(|metrics| &metrics.exporter);
    let logs = config.logs.as_ref().map(|logs| &logs.exporter);
    [traces, metrics, logs].map(|exporter| match exporter {
        None => "none",
        Some(Exporter::Otlp(otlp)) => otlp.protocol.as_str(),
        Some(Exporter::Console) => "console",
        Some(Exporter::InMemory) => "in_memory",
    })
}

const METRICS: (&str, &str) = ("LITELLM_OTEL_INTEGRATION_ENABLE_METRICS", "true");
const EVENTS: (&str, &str) = ("LITELLM_OTEL_INTEGRATION_ENABLE_EVENTS", "true");
const HTTP: &str = "http/protobuf";

/// The variables, and what becomes of the three signals.
type Case = (&'static [(&'static str, &'static str)], [&'static str; 3]);

#[test]
fn which_signals_there_are_and_where_they_go() {
    let cases: &[Case] = &[
        (&[], ["none"; 3]),
        (&[ENDPOINT], [HTTP, "none", "none"]),
        (&[("OTEL_ENDPOINT", "http://c:1")], [HTTP, "none", "none"]),
        (&[("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:1")], [HTTP, "none", "none"]),
        (&[("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "http://c:1")], ["none"; 3]),
        (&[("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", "http://c:1")], ["none"; 3]),
        // The words of both worlds.
        (&[("OTEL_EXPORTER", "otlp_http"), METRICS, EVENTS], [HTTP; 3]),
        (&[("OTEL_EXPORTER", "otlp_grpc"), METRICS, EVENTS], ["grpc"; 3]),
        (&[("OTEL_EXPORTER", "grpc"), METRICS, EVENTS], ["grpc"; 3]),
        (&[("OTEL_EXPORTER", "http/json"), METRICS, EVENTS], ["http/json"; 3]),
        (&[("OTEL_EXPORTER", "console"), METRICS, EVENTS], ["console"; 3]),
        (&[("OTEL_EXPORTER", "In_Memory"), METRICS, EVENTS], ["in_memory"; 3]),
        (&[("OTEL_EXPORTER", "none"), ENDPOINT, METRICS, EVENTS], ["none"; 3]),
        // Said without a word on where: the standard's endpoint.
        (&[METRICS], ["none", HTTP, "none"]),
        (&[EVENTS], ["none", "none", HTTP]),
        (&[("OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT", "true")], ["none", "none", HTTP]),
        (&[("OTEL_TRACES_EXPORTER", "otlp")], [HTTP, "none", "none"]),
        // A signal's own exporter.
        (&[("OTEL_TRACES_EXPORTER", "none"), ENDPOINT], ["none"; 3]),
        (&[("OTEL_TRACES_EXPORTER", "console"), ENDPOINT, METRICS], ["console", HTTP, "none"]),
        (&[("OTEL_METRICS_EXPORTER", "otlp"), ENDPOINT], [HTTP, HTTP, "none"]),
        (&[("OTEL_METRICS_EXPORTER", "none"), METRICS, ENDPOINT], [HTTP, "none", "none"]),
        (&[("OTEL_LOGS_EXPORTER", "console"), ENDPOINT], [HTTP, "none", "console"]),
        (&[("OTEL_LOGS_EXPORTER", "in_memory")], ["none", "none", "in_memory"]),
        (&[("OTEL_LOGS_EXPORTER", "otlp"), ("OTEL_EXPORTER", "grpc")], ["grpc", "none", "grpc"]),
        (
            &[("OTEL_TRACES_EXPORTER", "otlp"), ("OTEL_EXPORTER", "console"), METRICS],
            [HTTP, "console", "none"],
        ),
        // A signal's own protocol, and its own endpoint, say more than an exporter for all.
        (
            &[
                ("OTEL_EXPORTER", "grpc"),
                ("OTEL_EXPORTER_OTLP_METRICS_PROTOCOL", "http/json"),
                METRICS,
                EVENTS,
            ],
            ["grpc", "http/json", "grpc"],
        ),
        (
            &[("OTEL_EXPORTER", "console"), ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc")],
            ["grpc", "none", "none"],
        ),
        (
            &[("OTEL_EXPORTER", "console"), ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://c:1")],
            [HTTP, "none", "none"],
        ),
        (&[("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc")], ["grpc", "none", "none"]),
    ];
    for (variables, expected) in cases {
        assert_eq!(exporters(&config(variables)), *expected, "{variables:?}");
    }
}

#[test]
fn the_switches_of_metrics_and_events_win_over_what_an_exporter_implies() {
    let emitted = |variables: &[_]| {
        let config = config(variables);
        (config.emits_metrics(), config.emits_events())
    };
    assert_eq!(emitted(&[ENDPOINT]), (false, false));
    assert_eq!(emitted(&[("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_LOGS_EXPORTER", "otlp")]), (true, true));
    let off = [
        ("OTEL_METRICS_EXPORTER", "otlp"),
        ("OTEL_LOGS_EXPORTER", "otlp"),
        ("LITELLM_OTEL_INTEGRATION_ENABLE_METRICS", "0"),
        ("LITELLM_OTEL_INTEGRATION_ENABLE_EVENTS", "False"),
    ];
    assert_eq!(emitted(&off), (false, false));
    assert_eq!(exporters(&config(&off)), ["none", HTTP, HTTP], "the pipelines are there for others");
    assert_eq!(emitted(&[METRICS, EVENTS, ("OTEL_METRICS_EXPORTER", "none")]), (false, true));
}

#[test]
fn messages_in_events_need_events() {
    const MODE: &str = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";
    for (mode, logs) in [
        ("NO_CONTENT", "none"),
        ("SPAN_ONLY", "none"),
        ("EVENT_ONLY", HTTP),
        ("SPAN_AND_EVENT", HTTP),
        ("true", HTTP),
    ] {
        let with = config(&[ENDPOINT, (MODE, mode)]);
        assert_eq!(exporters(&with), [HTTP, "none", logs], "{mode}");
        assert_eq!(with.emits_events(), logs == HTTP, "{mode}");
        assert_eq!(exporters(&config(&[(MODE, mode)])), ["none"; 3], "nobody says where to: {mode}");
    }
    let refused =
        config(&[ENDPOINT, (MODE, "EVENT_ONLY"), ("OTEL_INSTRUMENTATION_GENAI_EMIT_EVENT", "false")]);
    assert_eq!((refused.emits_events(), refused.capture()), (false, CaptureMode::EventOnly));
    assert!(refused.capture().in_events() && !refused.capture().in_spans());
}

#[test]
fn words_for_one_thing_in_the_variable_of_another_are_told_where_they_belong() {
    for (name, value, advice) in [
        ("OTEL_METRICS_EXPORTER", "prometheus", "/metrics"),
        ("OTEL_TRACES_EXPORTER", "otlp,console", "one exporter"),
        ("OTEL_TRACES_EXPORTER", "http/protobuf", "OTEL_EXPORTER_OTLP_PROTOCOL"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "console", "OTEL_TRACES_EXPORTER"),
        ("OTEL_TRACES_SAMPLER", "parentbased_jaeger_remote", "asks a server"),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "zstd", "gzip"),
    ] {
        let faults = faults(&[(name, value)]);
        assert!(faults[0].starts_with(name) && faults[0].contains(advice), "{faults:?}");
    }
}

#[test]
fn a_disabled_sdk_still_has_context_and_conventions() {
    let disabled = [
        ENDPOINT,
        METRICS,
        EVENTS,
        ("OTEL_SDK_DISABLED", "true"),
        ("OTEL_PROPAGATORS", "b3"),
        ("OTEL_SEMCONV_STABILITY_OPT_IN", "gen_ai_latest_experimental"),
    ];
    let config = config(&disabled);
    assert_eq!((exporters(&config), config.is_enabled()), (["none"; 3], false));
    assert_eq!(config.propagators()[0].as_str(), "b3");
    assert_eq!(config.profile().as_str(), "v2026_10");
    assert_eq!(faults(&[("OTEL_SDK_DISABLED", "true"), ("OTEL_PROPAGATORS", "smoke")]).len(), 1);
}

#[test]
fn a_protocol_is_shown_as_the_standard_writes_it() {
    for (word, protocol) in [
        ("OTLP_HTTP", Protocol::HttpProtobuf),
        ("otlp_grpc", Protocol::Grpc),
        ("HTTP/JSON", Protocol::HttpJson),
    ] {
        let config = config(&[("OTEL_EXPORTER", word)]);
        assert_eq!(config.describe().get("traces", "protocol").unwrap().value(), protocol.as_str());
    }
}
