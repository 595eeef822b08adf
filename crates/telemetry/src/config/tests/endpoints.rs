use super::super::TelemetryConfig;
use super::{ENDPOINT, config, faults, otlp};

const ALL_ON: [(&str, &str); 2] =
    [("LITELLM_OTEL_INTEGRATION_ENABLE_METRICS", "true"), ("LITELLM_OTEL_INTEGRATION_ENABLE_EVENTS", "true")];

/// The endpoints of traces, metrics and logs, as they are shown.
fn endpoints(variables: &[(&str, &str)]) -> [String; 3] {
    let variables = [variables, &ALL_ON].concat();
    let description = config(&variables).describe();
    ["traces", "metrics", "logs"]
        .map(|signal| description.get(signal, "endpoint").unwrap().value().to_owned())
}

#[test]
fn the_endpoint_of_all_signals_gets_the_path_of_each() {
    for (stated, base) in [
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318"),
        ("http://127.0.0.1:4318/", "http://127.0.0.1:4318"),
        ("http://127.0.0.1:4318//", "http://127.0.0.1:4318"),
        ("http://127.0.0.1:4318/v1", "http://127.0.0.1:4318"),
        ("http://127.0.0.1:4318/v1/", "http://127.0.0.1:4318"),
        ("http://127.0.0.1:4318/v1/traces", "http://127.0.0.1:4318"),
        ("http://127.0.0.1:4318/v1/traces/", "http://127.0.0.1:4318"),
        ("http://127.0.0.1:4318/v1/metrics", "http://127.0.0.1:4318"),
        ("http://127.0.0.1:4318/v1/logs", "http://127.0.0.1:4318"),
        ("https://otlp.example/otlp", "https://otlp.example/otlp"),
        ("https://otlp.example/otlp/", "https://otlp.example/otlp"),
        ("https://otlp.example/otlp/v1/logs", "https://otlp.example/otlp"),
        ("https://otlp.example/api/v1", "https://otlp.example/api"),
        ("https://otlp.example/tenant-v1", "https://otlp.example/tenant-v1"),
        ("http://[::1]:4318", "http://[::1]:4318"),
    ] {
        let used = ["traces", "metrics", "logs"].map(|signal| format!("{base}/v1/{signal}"));
        for name in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_ENDPOINT"] {
            assert_eq!(endpoints(&[(name, stated)]), used, "{stated}");
        }
    }
}

#[test]
fn a_query_stays_behind_the_path_and_is_not_shown() {
    let config = config(&[("OTEL_ENDPOINT", "https://otlp.example/otlp?token=s3cret")]);
    assert_eq!(
        config.describe().get("traces", "endpoint").unwrap().value(),
        "https://otlp.example/otlp/v1/traces?***"
    );
    assert_eq!(otlp(config).endpoint.uri(), "https://otlp.example/otlp/v1/traces?token=s3cret");
}

#[test]
fn backends_that_take_traces_elsewhere_are_left_alone() {
    for url in ["https://ingest.example/v2/trace/otlp", "https://app.example/api/trace"] {
        assert_eq!(config(&[("OTEL_ENDPOINT", url)]).traces_endpoint().as_deref(), Some(url));
        let faults = faults(&[("OTEL_ENDPOINT", url), ("OTEL_METRICS_EXPORTER", "otlp")]);
        assert_eq!(
            faults,
            [
                "OTEL_ENDPOINT takes traces only: name the one of metrics in OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"
            ]
        );
    }
}

#[test]
fn without_an_endpoint_it_is_the_standards() {
    let [traces, metrics, logs] = endpoints(&[("OTEL_EXPORTER", "otlp_http")]);
    assert_eq!(traces, "http://localhost:4318/v1/traces");
    assert_eq!(metrics, "http://localhost:4318/v1/metrics");
    assert_eq!(logs, "http://localhost:4318/v1/logs");
    assert_eq!(endpoints(&[("OTEL_EXPORTER", "otlp_grpc")]), ["http://localhost:4317/"; 3]);
}

#[test]
fn grpc_takes_the_host_and_needs_no_scheme() {
    for (stated, insecure, used) in [
        ("http://collector:4317", "", "http://collector:4317/"),
        ("http://collector:4317/", "", "http://collector:4317/"),
        ("https://collector", "true", "https://collector/"),
        ("collector:4317", "", "https://collector:4317/"),
        ("collector:4317", "false", "https://collector:4317/"),
        ("collector:4317", "true", "http://collector:4317/"),
        ("http://collector:4317/v1/traces", "", "http://collector:4317/"),
        ("http://collector:4317/v1", "", "http://collector:4317/"),
    ] {
        for name in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
            for insecure_name in ["OTEL_EXPORTER_OTLP_INSECURE", "OTEL_EXPORTER_OTLP_TRACES_INSECURE"] {
                let config = config(&[
                    ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
                    (name, stated),
                    (insecure_name, insecure),
                ]);
                assert_eq!(otlp(config).endpoint.uri().to_string(), used, "{stated}");
            }
        }
    }
    for path in ["http://collector:4317/otlp", "http://collector:4317/?token=s3cret"] {
        let faults = faults(&[("OTEL_EXPORTER", "grpc"), ("OTEL_ENDPOINT", path)]);
        assert!(faults[0].starts_with("OTEL_ENDPOINT names a path on collector"), "{faults:?}");
        assert!(!faults[0].contains("s3cret"), "{faults:?}");
    }
}

#[test]
fn an_endpoint_without_a_scheme_is_a_fault_only_of_the_signals_that_cannot_use_it() {
    let grpc = [("OTEL_ENDPOINT", "collector:4317"), ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc")];
    assert_eq!(config(&grpc).traces_endpoint().as_deref(), Some("https://collector:4317/"));
    let faults =
        faults(&[&grpc[..], &[("OTEL_METRICS_EXPORTER", "otlp"), ("OTEL_LOGS_EXPORTER", "otlp")]].concat());
    assert_eq!(faults.len(), 1, "two signals have the same fault: {faults:?}");
    assert!(faults[0].starts_with("OTEL_ENDPOINT must start with http://"), "{faults:?}");
}

#[test]
fn endpoints_are_checked_where_no_signal_asks() {
    for name in ["OTEL_ENDPOINT", "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT"] {
        let faults = faults(&[("OTEL_EXPORTER", "none"), (name, "http://")]);
        assert!(faults[0].starts_with(name), "{faults:?}");
    }
}

#[test]
fn the_endpoint_of_traces_is_used_as_it_is_and_wins() {
    let config =
        config(&[ENDPOINT, ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "https://traces.example/in?token=abc")]);
    assert_eq!(config.traces_endpoint().as_deref(), Some("https://traces.example/in"));
    assert_eq!(otlp(config).endpoint.uri(), "https://traces.example/in?token=abc");
}

#[test]
fn endpoints_that_cannot_be_used() {
    for (stated, problem) in [
        ("127.0.0.1:4318", "http://"),
        ("localhost:4318", "http://"),
        ("/v1/traces", "http://"),
        ("grpc://collector:4317", "http://"),
        ("http://", "URL"),
        ("http://user:hunter2@collector", "user name or password"),
        ("http://collector:99999999", "URL"),
        ("http://a b", "URL"),
    ] {
        for name in ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] {
            let error = TelemetryConfig::from_env(&[(name, stated)]).unwrap_err().to_string();
            assert!(error.contains(name) && error.contains(problem), "{stated}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
