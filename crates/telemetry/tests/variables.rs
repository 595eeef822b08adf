//! What the variables do to what arrives at a collector.
#![cfg(all(feature = "otlp-grpc", feature = "otlp-json"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod support;

use opentelemetry::KeyValue;
use opentelemetry::logs::{LogRecord as _, Logger, LoggerProvider};
use opentelemetry::trace::{
    Link, Span as _, SpanContext, SpanId, TraceFlags, TraceId, Tracer, TracerProvider,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use support::emit::{SECOND, count, log, make_everything, make_span, start_all};
use support::grpc::{GrpcAnswer, GrpcCollector};
use support::received::{Message, Received};
use support::{Answer, Collector};
use tower_genai_telemetry::{Telemetry, TelemetryConfig};

fn start(variables: &[(&str, &str)]) -> Telemetry {
    Telemetry::start(TelemetryConfig::from_env(&variables).unwrap()).unwrap()
}

/// What a collector over HTTP receives of one span, with these variables and its endpoint under this name.
fn one_span(endpoint: &str, more: &[(&str, &str)]) -> Received {
    let collector = Collector::start(&[Answer::Ok]);
    let url = collector.endpoint();
    let telemetry = start(&[&[(endpoint, url.as_str())], more].concat());
    make_span(&telemetry);
    telemetry.shutdown(5 * SECOND).unwrap();
    collector.next()
}

#[test]
fn the_protocol_that_is_named_is_spoken() {
    const STANDARD: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
    const ALIAS: &str = "OTEL_EXPORTER";
    const TRACES: &str = "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL";
    let (protobuf, json, grpc) = ("application/x-protobuf", "application/json", "grpc");
    let cases: &[(&[(&str, &str)], &str)] = &[
        (&[], protobuf),
        (&[(STANDARD, ""), (ALIAS, " ")], protobuf),
        (&[(STANDARD, "http/protobuf")], protobuf),
        (&[(STANDARD, "http/json")], json),
        (&[(STANDARD, "grpc")], grpc),
        (&[(ALIAS, "otlp_http")], protobuf),
        (&[(ALIAS, "http/json")], json),
        (&[(ALIAS, "otlp_grpc")], grpc),
        (&[(ALIAS, "grpc")], grpc),
        (&[(STANDARD, ""), (ALIAS, "grpc")], grpc),
        (&[(STANDARD, "http/json"), (ALIAS, "grpc")], json),
        (&[(TRACES, "http/json"), (STANDARD, "grpc")], json),
        (&[(TRACES, "grpc"), (ALIAS, "otlp_http")], grpc),
        (&[(TRACES, ""), (ALIAS, "otlp_grpc")], grpc),
        (&[("OTEL_TRACES_EXPORTER", "otlp"), (ALIAS, "grpc")], grpc),
    ];
    for (variables, spoken) in cases {
        let received = if *spoken == grpc {
            let collector = GrpcCollector::start(&[GrpcAnswer::Ok]);
            let url = collector.endpoint();
            let telemetry = start(&[&[("OTEL_ENDPOINT", url.as_str())], *variables].concat());
            make_span(&telemetry);
            telemetry.shutdown(5 * SECOND).unwrap();
            collector.next()
        } else {
            let received = one_span("OTEL_ENDPOINT", variables);
            assert!(received.head.contains(&format!("content-type: {spoken}\r\n")), "{variables:?}");
            received
        };
        assert_eq!(received.spans().len(), 1, "{variables:?}");
    }
}

#[test]
fn grpc_without_a_scheme_is_plain_where_that_is_allowed() {
    let collector = GrpcCollector::start(&[GrpcAnswer::Ok]);
    let address = collector.address.to_string();
    let telemetry = start(&[
        ("OTEL_EXPORTER", "otlp_grpc"),
        ("OTEL_ENDPOINT", &address),
        ("OTEL_EXPORTER_OTLP_INSECURE", "true"),
    ]);
    make_span(&telemetry);
    telemetry.shutdown(5 * SECOND).unwrap();
    assert_eq!(collector.next().spans().len(), 1);
}

#[test]
fn requests_go_to_the_path_of_their_signal() {
    for (endpoint, path, posted) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "", "/v1/traces"),
        ("OTEL_ENDPOINT", "/", "/v1/traces"),
        ("OTEL_ENDPOINT", "/v1", "/v1/traces"),
        ("OTEL_ENDPOINT", "/v1/traces", "/v1/traces"),
        ("OTEL_ENDPOINT", "/v1/logs/", "/v1/traces"),
        ("OTEL_ENDPOINT", "/otlp?token=1", "/otlp/v1/traces?token=1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "/in/traces", "/in/traces"),
        ("OTEL_TRACES_ENDPOINT", "/in/traces?token=1", "/in/traces?token=1"),
    ] {
        let collector = Collector::start(&[Answer::Ok]);
        let telemetry = start(&[(endpoint, &format!("{}{path}", collector.endpoint()))]);
        make_span(&telemetry);
        telemetry.shutdown(5 * SECOND).unwrap();
        let head = collector.next().head;
        assert!(head.starts_with(&format!("POST {posted} HTTP/1.1\r\n")), "{head}");
    }
}

#[test]
fn each_signal_has_an_endpoint_a_protocol_headers_and_a_compression_of_its_own() {
    let [traces, logs] = [(), ()].map(|()| Collector::start(&[Answer::Ok]));
    let metrics = GrpcCollector::start(&[GrpcAnswer::Ok]);
    let telemetry = start_all(&[
        ("OTEL_EXPORTER", "otlp_grpc"),
        ("OTEL_ENDPOINT", &metrics.endpoint()),
        ("OTEL_HEADERS", "x-of=all,x-kept=1"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", &format!("{}/t/traces", traces.endpoint())),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/json"),
        ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-of=traces"),
        ("OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "gzip"),
        ("OTEL_EXPORTER_OTLP_LOGS_ENDPOINT", &format!("{}/l/logs", logs.endpoint())),
        ("OTEL_EXPORTER_OTLP_LOGS_PROTOCOL", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_LOGS_HEADERS", "x-of=logs"),
    ]);
    make_everything(&telemetry);
    telemetry.shutdown(5 * SECOND).unwrap();
    let (traces, metrics, logs) = (traces.next(), metrics.next(), logs.next());
    assert_eq!([traces.signal(), metrics.signal(), logs.signal()], ["traces", "metrics", "logs"]);
    assert!(
        traces.head.starts_with("POST /t/traces ") && traces.head.contains("application/json"),
        "{traces:?}"
    );
    assert!(traces.head.contains("content-encoding: gzip"), "{traces:?}");
    assert!(
        logs.head.starts_with("POST /l/logs ") && logs.head.contains("application/x-protobuf"),
        "{logs:?}"
    );
    assert!(!logs.head.contains("content-encoding"), "{logs:?}");
    for (received, of, kept) in [(&traces, "traces", false), (&metrics, "all", true), (&logs, "logs", false)]
    {
        assert!(received.head.contains(&format!("x-of: {of}\r\n")), "{received:?}");
        assert_eq!(received.head.contains("x-kept: 1\r\n"), kept, "own headers replace the general ones");
    }
}

#[test]
fn headers_are_trimmed_and_decoded() {
    let text = " Authorization = Bearer%20a%3Db , x-scope=c=d,, X-Tenant =e ,";
    for (variables, sent) in [
        (vec![("OTEL_EXPORTER_OTLP_HEADERS", text)], true),
        (vec![("OTEL_HEADERS", text)], true),
        (vec![("OTEL_EXPORTER_OTLP_HEADERS", " "), ("OTEL_HEADERS", text)], true),
        (vec![("OTEL_EXPORTER_OTLP_HEADERS", "x=1"), ("OTEL_HEADERS", text)], false),
        (vec![("OTEL_EXPORTER_OTLP_TRACES_HEADERS", text), ("OTEL_HEADERS", "x=1")], true),
        (vec![], false),
    ] {
        let head = one_span("OTEL_ENDPOINT", &variables).head;
        for line in ["authorization: Bearer a=b\r\n", "x-scope: c=d\r\n", "x-tenant: e\r\n"] {
            assert_eq!(head.contains(line), sent, "{variables:?}: {head}");
        }
    }
}

/// The text of an attribute of the resource of spans.
fn resource(received: &Received, key: &str) -> Option<String> {
    let Message::Traces(request) = &received.message else { panic!("{received:?}") };
    let attributes = &request.resource_spans[0].resource.as_ref()?.attributes;
    let attribute = attributes.iter().find(|attribute| attribute.key == key)?;
    match attribute.value.clone()?.value? {
        Value::StringValue(text) => Some(text),
        value => panic!("{value:?}"),
    }
}

#[test]
fn the_resource_is_as_the_variables_say() {
    let received = one_span("OTEL_ENDPOINT", &[("OTEL_SERVICE_NAME", ""), ("OTEL_ENVIRONMENT_NAME", " ")]);
    assert_eq!(resource(&received, "service.name").as_deref(), Some("litellm"));
    for absent in ["deployment.environment", "deployment.environment.name", "model_id"] {
        assert_eq!(resource(&received, absent), None);
    }
    let listed =
        "service.name=a%20b,deployment.environment=c,deployment.environment.name=d,model_id=e,team=f";
    for (variables, expected) in [
        (vec![("OTEL_RESOURCE_ATTRIBUTES", listed)], ["a b", "c", "d", "e", "f"]),
        (
            vec![
                ("OTEL_RESOURCE_ATTRIBUTES", listed),
                ("OTEL_SERVICE_NAME", "search"),
                ("OTEL_ENVIRONMENT_NAME", "staging"),
                ("OTEL_MODEL_ID", "gateway"),
            ],
            ["search", "staging", "staging", "gateway", "f"],
        ),
    ] {
        let received = one_span("OTEL_ENDPOINT", &variables);
        let keys =
            ["service.name", "deployment.environment", "deployment.environment.name", "model_id", "team"];
        assert_eq!(keys.map(|key| resource(&received, key).unwrap()), expected);
    }
}

/// A span with three of everything there is a limit for.
fn rich_span(telemetry: &Telemetry) {
    let tracer = telemetry.tracer_provider().unwrap().tracer("test");
    let three = || ["a", "b", "c"].map(|key| KeyValue::new(key, "long")).to_vec();
    let linked = SpanContext::new(
        TraceId::from_bytes([1; 16]),
        SpanId::from_bytes([2; 8]),
        TraceFlags::SAMPLED,
        true,
        opentelemetry::trace::TraceState::default(),
    );
    let links = (0..3).map(|_| Link::new(linked.clone(), three(), 0)).collect();
    let mut span = tracer.span_builder("rich").with_attributes(three()).with_links(links).start(&tracer);
    for _ in 0..3 {
        span.add_event("event", three());
    }
    span.end();
}

#[test]
fn limits_hold_for_what_is_sent() {
    let sizes = |variables: &[(&str, &str)]| {
        let collector = Collector::start(&[Answer::Ok]);
        let url = collector.endpoint();
        let telemetry = start(&[&[("OTEL_ENDPOINT", url.as_str())], variables].concat());
        rich_span(&telemetry);
        telemetry.shutdown(5 * SECOND).unwrap();
        let span = collector.next().spans().remove(0);
        let text = |value: &opentelemetry_proto::tonic::common::v1::KeyValue| match value.value.clone() {
            Some(value) => format!("{:?}", value.value.unwrap()).len() - r#"StringValue("")"#.len(),
            None => 0,
        };
        [
            span.attributes.len(),
            span.events.len(),
            span.links.len(),
            span.events.first().map_or(0, |event| event.attributes.len()),
            span.links.first().map_or(0, |link| link.attributes.len()),
            span.attributes.first().map_or(0, text),
        ]
    };
    for (variables, expected) in [
        (vec![], [3, 3, 3, 3, 3, 4]),
        (vec![("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2")], [2, 3, 3, 3, 3, 4]),
        (vec![("OTEL_ATTRIBUTE_COUNT_LIMIT", "1")], [1, 3, 3, 3, 3, 4]),
        (
            vec![("OTEL_ATTRIBUTE_COUNT_LIMIT", "1"), ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2")],
            [2, 3, 3, 3, 3, 4],
        ),
        (vec![("OTEL_SPAN_EVENT_COUNT_LIMIT", "1")], [3, 1, 3, 3, 3, 4]),
        (vec![("OTEL_SPAN_LINK_COUNT_LIMIT", "0")], [3, 3, 0, 3, 0, 4]),
        (vec![("OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT", "2")], [3, 3, 3, 2, 3, 4]),
        (vec![("OTEL_LINK_ATTRIBUTE_COUNT_LIMIT", "1")], [3, 3, 3, 3, 1, 4]),
        (vec![("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3")], [3, 3, 3, 3, 3, 3]),
        (vec![("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1")], [3, 3, 3, 3, 3, 1]),
        (
            vec![("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1"), ("OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2")],
            [3, 3, 3, 3, 3, 2],
        ),
    ] {
        assert_eq!(sizes(&variables), expected, "{variables:?}");
    }
}

#[test]
fn limits_hold_for_log_records() {
    let sizes = |variables: &[(&str, &str)]| {
        let collector = Collector::start(&[Answer::Ok]);
        let url = collector.endpoint();
        let base = [("OTEL_LOGS_EXPORTER", "otlp"), ("OTEL_ENDPOINT", url.as_str())];
        let telemetry = start(&[&base, variables].concat());
        let logger = telemetry.logger_provider().unwrap().logger("test");
        let mut record = logger.create_log_record();
        record.add_attributes([("a", "long"), ("b", "long"), ("c", "long")]);
        logger.emit(record);
        telemetry.shutdown(5 * SECOND).unwrap();
        let record = collector.next().records().remove(0);
        let Some(Value::StringValue(text)) = record.attributes[0].value.clone().unwrap().value else {
            panic!()
        };
        (record.attributes.len(), text.len())
    };
    for (variables, expected) in [
        (vec![], (3, 4)),
        (vec![("OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT", "2")], (2, 4)),
        (vec![("OTEL_ATTRIBUTE_COUNT_LIMIT", "1")], (1, 4)),
        (vec![("OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT", "3")], (3, 3)),
        (vec![("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "1")], (3, 1)),
    ] {
        assert_eq!(sizes(&variables), expected, "{variables:?}");
    }
}

#[test]
fn batches_have_the_size_that_is_stated() {
    for (signal, size) in [("traces", "OTEL_BSP"), ("logs", "OTEL_BLRP")] {
        let collector = Collector::start(&[Answer::Ok]);
        let telemetry = start(&[
            ("OTEL_ENDPOINT", collector.endpoint().as_str()),
            ("OTEL_LOGS_EXPORTER", "otlp"),
            (&format!("{size}_MAX_EXPORT_BATCH_SIZE"), "2"),
            (&format!("{size}_SCHEDULE_DELAY"), "60000"),
        ]);
        for _ in 0..5 {
            if signal == "traces" { make_span(&telemetry) } else { log(&telemetry) }
        }
        telemetry.shutdown(5 * SECOND).unwrap();
        let mut sizes = Vec::new();
        while let Some(received) = collector.try_next() {
            sizes.push(received.spans().len() + received.records().len());
        }
        assert_eq!(sizes.iter().sum::<usize>(), 5);
        assert!(sizes.iter().all(|size| *size <= 2), "{sizes:?}");
    }
}

#[test]
fn metrics_come_at_their_interval_and_with_their_temporality() {
    for (preference, histogram) in [("", 2), ("cumulative", 2), ("delta", 1), ("lowmemory", 1)] {
        let collector = Collector::start(&[Answer::Ok]);
        let telemetry = start(&[
            ("OTEL_ENDPOINT", collector.endpoint().as_str()),
            ("OTEL_METRICS_EXPORTER", "otlp"),
            ("OTEL_METRIC_EXPORT_INTERVAL", "50"),
            ("OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE", preference),
        ]);
        count(&telemetry);
        // Before anybody flushes; the interval is a minute otherwise.
        let metrics = collector.next().metrics();
        let temporality = metrics.iter().find_map(|metric| match metric.data.as_ref()? {
            Data::Histogram(histogram) => Some(histogram.aggregation_temporality),
            _ => None,
        });
        assert_eq!(temporality, Some(histogram), "{preference}");
        telemetry.shutdown(5 * SECOND).unwrap();
    }
}

#[test]
fn samplers_decide_what_is_sent() {
    for (sampler, argument, sent) in [
        ("", "", true),
        ("always_on", "", true),
        ("always_off", "", false),
        ("parentbased_always_off", "", false),
        ("traceidratio", "", true),
        ("traceidratio", "0", false),
        ("parentbased_traceidratio", "0", false),
        ("parentbased_traceidratio", "1.0", true),
    ] {
        let collector = Collector::start(&[Answer::Ok]);
        let telemetry = start(&[
            ("OTEL_ENDPOINT", collector.endpoint().as_str()),
            ("OTEL_TRACES_SAMPLER", sampler),
            ("OTEL_TRACES_SAMPLER_ARG", argument),
        ]);
        make_span(&telemetry);
        telemetry.shutdown(5 * SECOND).unwrap();
        assert_eq!(collector.try_next().is_some(), sent, "{sampler} {argument}");
    }
}

#[test]
fn a_disabled_sdk_sends_nothing() {
    for (disabled, running) in [("true", false), ("TRUE", false), ("", true), ("false", true)] {
        let telemetry =
            start_all(&[("OTEL_ENDPOINT", "http://127.0.0.1:9"), ("OTEL_SDK_DISABLED", disabled)]);
        let providers = [
            telemetry.tracer_provider().is_some(),
            telemetry.meter_provider().is_some(),
            telemetry.logger_provider().is_some(),
        ];
        assert_eq!(providers, [running; 3], "{disabled}");
        telemetry.shutdown(SECOND).unwrap();
    }
}
