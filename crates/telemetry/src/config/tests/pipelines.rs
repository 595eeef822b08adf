use std::time::Duration;

use super::super::{Origin, TelemetryConfig};
use super::{ENDPOINT, config, faults, otlp};

#[test]
fn nothing_set_is_nothing_started() {
    assert!(!config(&[]).is_enabled());
    assert!(!config(&[("OTEL_SERVICE_NAME", "search")]).is_enabled());
    assert!(!config(&[("OTEL_EXPORTER_OTLP_ENDPOINT", " ")]).is_enabled());
}

#[test]
fn headers_are_decoded_and_never_shown() {
    let config = config(&[
        ENDPOINT,
        ("OTEL_EXPORTER_OTLP_HEADERS", " Authorization = Bearer%20s3cret , x-scope=a%3Db,"),
    ]);
    let shown = format!("{config:?}");
    let headers = otlp(config).headers;
    assert_eq!(headers.as_map()["authorization"], "Bearer s3cret");
    assert_eq!(headers.as_map()["x-scope"], "a=b");
    assert!(
        shown.contains("authorization") && !shown.contains("s3cret") && !shown.contains("a=b"),
        "{shown}"
    );
}

#[test]
fn the_headers_of_traces_replace_the_general_ones() {
    let config = config(&[
        ENDPOINT,
        ("OTEL_EXPORTER_OTLP_HEADERS", "general=1"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "specific=2"),
    ]);
    let headers = otlp(config).headers;
    assert_eq!(headers.as_map().len(), 1);
    assert_eq!(headers.as_map()["specific"], "2");
}

#[test]
fn faults_of_headers_name_the_entry_and_never_its_text() {
    let faults = faults(&[(
        "OTEL_EXPORTER_OTLP_HEADERS",
        "ok=1,s3cret-without-equals,s3cret with space=2,=s3cret,x=s3cret%2,y=s3cret%0a,z=s3cret%ff",
    )]);
    let numbers: Vec<_> =
        faults.iter().map(|fault| fault.split("entry ").nth(1).unwrap()[..1].to_owned()).collect();
    assert_eq!(numbers, ["2", "3", "4", "5", "6", "7"]);
    assert!(faults.iter().all(|fault| !fault.contains("s3cret")), "{faults:?}");
}

#[test]
fn every_fault_is_listed_at_once() {
    let error = TelemetryConfig::from_env(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
        ("OTEL_EXPORTER_OTLP_HEADERS", "nonsense"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "x"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "1.5"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "many"),
        ("OTEL_RESOURCE_ATTRIBUTES", "team"),
    ])
    .unwrap_err();
    let named: Vec<_> = error.iter().map(|fault| fault.variable().to_owned()).collect();
    assert_eq!(named.len(), 12, "{error}");
    let message = error.to_string();
    assert_eq!(message.lines().count(), 13, "{message}");
    assert!(message.contains("http/protobuf"), "{message}");
}

#[test]
fn faults_are_found_without_an_endpoint_too() {
    let error = TelemetryConfig::from_env(&[("OTEL_BSP_MAX_QUEUE_SIZE", "lots")]).unwrap_err();
    assert_eq!(error.iter().count(), 1);
}

#[test]
fn a_disabled_sdk_reads_nothing_else() {
    for value in ["true", "TRUE", " True "] {
        let config = config(&[ENDPOINT, ("OTEL_SDK_DISABLED", value), ("OTEL_TRACES_SAMPLER", "nonsense")]);
        assert!(!config.is_enabled());
    }
    assert!(config(&[ENDPOINT, ("OTEL_SDK_DISABLED", "false")]).is_enabled());
    assert_eq!(faults(&[("OTEL_SDK_DISABLED", "1")]).len(), 1);
}

#[test]
fn samplers() {
    for (sampler, arg, shown) in [
        ("", "", "ParentBased(AlwaysOn)"),
        ("always_on", "", "AlwaysOn"),
        ("always_off", "", "AlwaysOff"),
        ("traceidratio", "0.25", "TraceIdRatioBased(0.25)"),
        ("traceidratio", "", "TraceIdRatioBased(1.0)"),
        ("parentbased_always_on", "ignored", "ParentBased(AlwaysOn)"),
        ("parentbased_always_off", "", "ParentBased(AlwaysOff)"),
        ("parentbased_traceidratio", "1", "ParentBased(TraceIdRatioBased(1.0))"),
    ] {
        let config = config(&[ENDPOINT, ("OTEL_TRACES_SAMPLER", sampler), ("OTEL_TRACES_SAMPLER_ARG", arg)]);
        assert_eq!(format!("{:?}", config.traces.unwrap().sampling.sampler()), shown, "{sampler} {arg}");
    }
    for arg in ["1.5", "-0.1", "NaN", "half"] {
        let faults =
            faults(&[("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", arg)]);
        assert!(faults[0].starts_with("OTEL_TRACES_SAMPLER_ARG"), "{faults:?}");
    }
    for sampler in ["jaeger_remote", "xray", "parentbased_", "ALWAYS_ON"] {
        assert_eq!(faults(&[("OTEL_TRACES_SAMPLER", sampler)]).len(), 1, "{sampler}");
    }
}

#[test]
fn times_sizes_and_limits() {
    let traces = config(&[ENDPOINT]).traces.unwrap();
    assert_eq!(traces.batch.timeout, Duration::from_secs(30));
    assert_eq!(otlp(config(&[ENDPOINT])).timeout, Duration::from_secs(10));
    assert_eq!(traces.batch.delay, Duration::from_secs(5));
    assert_eq!((traces.batch.queue, traces.batch.size), (2048, 512));
    assert_eq!(traces.limits.attributes, 128);

    let traces = config(&[
        ENDPOINT,
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "3000"),
        ("OTEL_BSP_EXPORT_TIMEOUT", "1000"),
        ("OTEL_BSP_SCHEDULE_DELAY", "100"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "64"),
        ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "7"),
    ])
    .traces
    .unwrap();
    assert_eq!(traces.batch.timeout, Duration::from_secs(1));
    assert_eq!(traces.batch.delay, Duration::from_millis(100));
    assert_eq!((traces.batch.queue, traces.batch.size), (64, 64));
    assert_eq!(traces.limits.attributes, 7);

    let traces = config(&[
        ENDPOINT,
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "2000"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "3000"),
    ]);
    assert_eq!(otlp(traces).timeout, Duration::from_secs(3), "the specific one wins");

    let faults = faults(&[("OTEL_BSP_MAX_QUEUE_SIZE", "10"), ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "11")]);
    assert!(faults[0].starts_with("OTEL_BSP_MAX_EXPORT_BATCH_SIZE"), "{faults:?}");
}

#[test]
fn a_host_program_names_itself_only_where_the_environment_does_not() {
    let named = |variables: &[_]| {
        let config = config(variables).with_default_service_name("search");
        let origin = config.describe().get("resource", "service.name").unwrap().origin();
        (config.service_name().to_owned(), origin)
    };
    assert_eq!(named(&[]), ("search".to_owned(), Origin::Program));
    for name in ["OTEL_SERVICE_NAME", "OTEL_RESOURCE_ATTRIBUTES"] {
        let value = if name == "OTEL_SERVICE_NAME" { "edge" } else { "service.name=edge" };
        assert_eq!(named(&[(name, value)]), ("edge".to_owned(), Origin::Variable(name)));
    }
}
