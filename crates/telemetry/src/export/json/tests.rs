//! Each form against the protocol's rules, and read back by the reader of `opentelemetry-proto`.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::metrics::v1::exponential_histogram_data_point::Buckets;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::{
    Exemplar, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint,
    Metric, NumberDataPoint, ResourceMetrics, ScopeMetrics, Sum, exemplar, number_data_point,
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Json;

const TIME: u64 = 1_790_000_000_123_456_789;

fn json<T>(message: &T) -> Value
where
    for<'a> Json<'a, T>: Serialize,
{
    serde_json::to_value(Json(message)).unwrap()
}

fn assert_read_back<T: DeserializeOwned + PartialEq + std::fmt::Debug>(message: &T)
where
    for<'a> Json<'a, T>: Serialize,
{
    let text = serde_json::to_string(&Json(message)).unwrap();
    assert!(!text.contains("null"), "{text}");
    assert_eq!(&serde_json::from_str::<T>(&text).unwrap(), message, "{text}");
}

fn any(value: Any) -> AnyValue {
    AnyValue { value: Some(value) }
}

fn attribute(key: &str, value: Any) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(any(value)), key_strindex: 0 }
}

fn text(key: &str, value: &str) -> KeyValue {
    attribute(key, Any::StringValue(value.to_owned()))
}

fn resource() -> Resource {
    Resource { attributes: vec![text("service.name", "search")], ..Resource::default() }
}

fn scope() -> InstrumentationScope {
    InstrumentationScope {
        name: "litellm".to_owned(),
        version: "1".to_owned(),
        attributes: vec![text("a", "b")],
        dropped_attributes_count: 1,
    }
}

#[test]
fn values_of_every_type() {
    for (value, expected) in [
        (Any::StringValue("\"ü\n".to_owned()), json!({"stringValue": "\"ü\n"})),
        (Any::StringValue(String::new()), json!({"stringValue": ""})),
        (Any::BoolValue(false), json!({"boolValue": false})),
        (Any::IntValue(i64::MIN), json!({"intValue": "-9223372036854775808"})),
        (Any::IntValue(0), json!({"intValue": "0"})),
        (Any::DoubleValue(0.25), json!({"doubleValue": 0.25})),
        (Any::DoubleValue(f64::NAN), json!({"doubleValue": "NaN"})),
        (Any::DoubleValue(f64::INFINITY), json!({"doubleValue": "Infinity"})),
        (Any::DoubleValue(f64::NEG_INFINITY), json!({"doubleValue": "-Infinity"})),
        (Any::BytesValue(vec![0xfb, 0xff]), json!({"bytesValue": "+/8="})),
        (Any::ArrayValue(ArrayValue::default()), json!({"arrayValue": {}})),
        (
            Any::ArrayValue(ArrayValue { values: vec![any(Any::IntValue(7)), AnyValue::default()] }),
            json!({"arrayValue": {"values": [{"intValue": "7"}, {}]}}),
        ),
        (
            Any::KvlistValue(KeyValueList { values: vec![text("k", "v")] }),
            json!({"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}}),
        ),
    ] {
        assert_eq!(json(&any(value)), expected);
    }
}

#[test]
fn spans() {
    let (trace_id, span_id) =
        (vec![0x5b, 0x8e, 0xff, 0xf7, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11], vec![0xee; 8]);
    let span = Span {
        trace_id: trace_id.clone(),
        span_id: span_id.clone(),
        trace_state: "vendor=1".to_owned(),
        parent_span_id: vec![0xed; 8],
        flags: 0x101,
        name: "chat gpt-4o".to_owned(),
        kind: 3,
        start_time_unix_nano: TIME,
        end_time_unix_nano: TIME + 1,
        attributes: vec![attribute("gen_ai.usage.input_tokens", Any::IntValue(12))],
        dropped_attributes_count: 1,
        events: vec![Event {
            time_unix_nano: TIME,
            name: "first".to_owned(),
            attributes: vec![text("a", "b")],
            dropped_attributes_count: 2,
        }],
        dropped_events_count: 3,
        links: vec![Link {
            trace_id,
            span_id,
            trace_state: "x=y".to_owned(),
            attributes: vec![text("a", "b")],
            dropped_attributes_count: 4,
            flags: 1,
        }],
        dropped_links_count: 5,
        status: Some(Status { message: "broken".to_owned(), code: 2 }),
    };
    let expected = json!({
        "traceId": "5b8efff7000102030405060708090a0b", "spanId": "eeeeeeeeeeeeeeee",
        "traceState": "vendor=1", "parentSpanId": "edededededededed", "flags": 257,
        "name": "chat gpt-4o", "kind": 3,
        "startTimeUnixNano": "1790000000123456789", "endTimeUnixNano": "1790000000123456790",
        "attributes": [{"key": "gen_ai.usage.input_tokens", "value": {"intValue": "12"}}],
        "droppedAttributesCount": 1,
        "events": [{
            "timeUnixNano": "1790000000123456789", "name": "first",
            "attributes": [{"key": "a", "value": {"stringValue": "b"}}], "droppedAttributesCount": 2,
        }],
        "droppedEventsCount": 3,
        "links": [{
            "traceId": "5b8efff7000102030405060708090a0b", "spanId": "eeeeeeeeeeeeeeee", "traceState": "x=y",
            "attributes": [{"key": "a", "value": {"stringValue": "b"}}], "droppedAttributesCount": 4, "flags": 1,
        }],
        "droppedLinksCount": 5,
        "status": {"message": "broken", "code": 2},
    });
    assert_eq!(json(&span), expected);
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource()),
            scope_spans: vec![ScopeSpans {
                scope: Some(scope()),
                spans: vec![span, Span::default()],
                schema_url: "https://scope".to_owned(),
            }],
            schema_url: "https://resource".to_owned(),
        }],
    };
    let expected = json!({"resourceSpans": [{
        "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "search"}}]},
        "scopeSpans": [{
            "scope": {
                "name": "litellm", "version": "1",
                "attributes": [{"key": "a", "value": {"stringValue": "b"}}], "droppedAttributesCount": 1,
            },
            "spans": [expected, {}],
            "schemaUrl": "https://scope",
        }],
        "schemaUrl": "https://resource",
    }]});
    assert_eq!(json(&request), expected);
    assert_read_back(&request);
}

#[test]
fn log_records() {
    let record = LogRecord {
        time_unix_nano: TIME,
        observed_time_unix_nano: TIME + 1,
        severity_number: 9,
        severity_text: "INFO".to_owned(),
        body: Some(any(Any::StringValue("said".to_owned()))),
        attributes: vec![text("a", "b")],
        dropped_attributes_count: 1,
        flags: 1,
        trace_id: vec![1; 16],
        span_id: vec![2; 8],
        event_name: "gen_ai.client.inference.operation.details".to_owned(),
    };
    let expected = json!({
        "timeUnixNano": "1790000000123456789", "observedTimeUnixNano": "1790000000123456790",
        "severityNumber": 9, "severityText": "INFO", "body": {"stringValue": "said"},
        "attributes": [{"key": "a", "value": {"stringValue": "b"}}], "droppedAttributesCount": 1, "flags": 1,
        "traceId": "01010101010101010101010101010101", "spanId": "0202020202020202",
        "eventName": "gen_ai.client.inference.operation.details",
    });
    assert_eq!(json(&record), expected);
    assert_read_back(&ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: Some(resource()),
            scope_logs: vec![ScopeLogs {
                scope: Some(scope()),
                log_records: vec![record, LogRecord::default()],
                schema_url: String::new(),
            }],
            schema_url: String::new(),
        }],
    });
}

fn exemplar(value: exemplar::Value) -> Exemplar {
    Exemplar {
        filtered_attributes: vec![text("a", "b")],
        time_unix_nano: TIME,
        span_id: vec![2; 8],
        trace_id: vec![1; 16],
        value: Some(value),
    }
}

fn histogram() -> HistogramDataPoint {
    HistogramDataPoint {
        attributes: vec![text("a", "b")],
        start_time_unix_nano: TIME,
        time_unix_nano: TIME + 1,
        count: 3,
        sum: Some(0.0),
        bucket_counts: vec![0, 3],
        explicit_bounds: vec![0.01],
        exemplars: vec![exemplar(exemplar::Value::AsDouble(0.5))],
        flags: 1,
        min: Some(0.0),
        max: None,
    }
}

#[test]
fn data_points() {
    let point = NumberDataPoint {
        time_unix_nano: TIME,
        value: Some(number_data_point::Value::AsInt(0)),
        exemplars: vec![exemplar(exemplar::Value::AsInt(4))],
        ..NumberDataPoint::default()
    };
    let exemplars = |value: Value| {
        let mut exemplar = json!({
            "filteredAttributes": [{"key": "a", "value": {"stringValue": "b"}}],
            "timeUnixNano": "1790000000123456789", "spanId": "0202020202020202",
            "traceId": "01010101010101010101010101010101",
        });
        exemplar.as_object_mut().unwrap().extend(value.as_object().unwrap().clone());
        json!([exemplar])
    };
    assert_eq!(
        json(&point),
        json!({"timeUnixNano": "1790000000123456789", "asInt": "0", "exemplars": exemplars(json!({"asInt": "4"}))})
    );
    // What is not known is left out, and what is zero is not.
    assert_eq!(
        json(&histogram()),
        json!({
            "attributes": [{"key": "a", "value": {"stringValue": "b"}}],
            "startTimeUnixNano": "1790000000123456789", "timeUnixNano": "1790000000123456790",
            "count": 3, "sum": 0.0, "bucketCounts": [0, 3], "explicitBounds": [0.01],
            "exemplars": exemplars(json!({"asDouble": 0.5})), "flags": 1, "min": 0.0,
        })
    );
    let infinite = HistogramDataPoint { sum: Some(f64::INFINITY), ..HistogramDataPoint::default() };
    assert_eq!(json(&infinite), json!({"sum": "Infinity"}));
    // Where a reader might lose digits, a string.
    let most = HistogramDataPoint {
        count: u64::MAX,
        bucket_counts: vec![(1 << 53) - 1, 1 << 53],
        ..HistogramDataPoint::default()
    };
    let expected = json!({"count": "18446744073709551615", "bucketCounts": [9_007_199_254_740_991_u64, "9007199254740992"]});
    assert_eq!(json(&most), expected);
}

#[test]
fn metrics() {
    let point = |value| NumberDataPoint {
        attributes: vec![text("a", "b")],
        start_time_unix_nano: TIME,
        time_unix_nano: TIME + 1,
        value: Some(value),
        ..NumberDataPoint::default()
    };
    let sum = Sum {
        data_points: vec![point(number_data_point::Value::AsInt(5))],
        aggregation_temporality: 2,
        is_monotonic: true,
    };
    let gauge = Gauge { data_points: vec![point(number_data_point::Value::AsDouble(0.5))] };
    let histogram = Histogram { data_points: vec![histogram()], aggregation_temporality: 1 };
    let exponential = ExponentialHistogram {
        data_points: vec![ExponentialHistogramDataPoint {
            count: 3,
            sum: Some(1.5),
            scale: -2,
            zero_count: 1,
            positive: Some(Buckets { offset: -1, bucket_counts: vec![1, 0, 1] }),
            negative: Some(Buckets::default()),
            min: Some(-0.5),
            zero_threshold: 0.125,
            ..ExponentialHistogramDataPoint::default()
        }],
        aggregation_temporality: 2,
    };
    let metric = |name: &str, data| Metric {
        name: name.to_owned(),
        description: "what".to_owned(),
        unit: "s".to_owned(),
        metadata: vec![text("a", "b")],
        data: Some(data),
    };
    let request = ExportMetricsServiceRequest {
        resource_metrics: vec![ResourceMetrics {
            resource: Some(resource()),
            scope_metrics: vec![ScopeMetrics {
                scope: Some(scope()),
                metrics: vec![
                    metric("sum", Data::Sum(sum)),
                    metric("gauge", Data::Gauge(gauge)),
                    metric("histogram", Data::Histogram(histogram)),
                    metric("exponential", Data::ExponentialHistogram(exponential)),
                ],
                schema_url: String::new(),
            }],
            schema_url: String::new(),
        }],
    };
    let written = json(&request);
    let metrics = &written["resourceMetrics"][0]["scopeMetrics"][0]["metrics"];
    assert_eq!(metrics[0]["sum"]["dataPoints"][0]["asInt"], "5");
    assert_eq!(metrics[0]["sum"]["aggregationTemporality"], 2);
    assert_eq!(metrics[0]["sum"]["isMonotonic"], true);
    assert_eq!(metrics[1]["gauge"]["dataPoints"][0]["asDouble"], 0.5);
    assert_eq!(metrics[2]["histogram"]["aggregationTemporality"], 1);
    assert_eq!(
        metrics[3]["exponentialHistogram"]["dataPoints"][0],
        json!({
            "count": 3, "sum": 1.5, "scale": -2, "zeroCount": 1,
            "positive": {"offset": -1, "bucketCounts": [1, 0, 1]}, "negative": {},
            "min": -0.5, "zeroThreshold": 0.125,
        })
    );
    assert_read_back(&request);
}
