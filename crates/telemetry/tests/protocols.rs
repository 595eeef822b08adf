//! Every signal over every protocol, and what collectors may answer.
#![cfg(all(feature = "otlp-grpc", feature = "otlp-json"))]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what went wrong by failing"
)]

mod support;

use std::time::Duration;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point;
use support::authority::Authority;
use support::emit::{SECOND, make_everything, make_span, start_all};
use support::grpc::{GrpcAnswer, GrpcCollector};
use support::received::Received;
use support::{Answer, Collector};
use tonic::{Code, Status};
use tower_genai_telemetry::{DropReason, ExportStats, FailureReason, Signal, Telemetry, TelemetryConfig};

/// Either collector.
enum Either {
    Http(Collector),
    Grpc(GrpcCollector),
}

impl Either {
    fn start(protocol: &str) -> Self {
        match protocol {
            "grpc" => Self::Grpc(GrpcCollector::start(&[GrpcAnswer::Ok])),
            _ => Self::Http(Collector::start(&[Answer::Ok])),
        }
    }

    fn start_tls(protocol: &str, authority: &Authority) -> Self {
        match protocol {
            "grpc" => Self::Grpc(GrpcCollector::start_tls(&[GrpcAnswer::Ok], authority.grpc_server())),
            _ => Self::Http(Collector::start_tls(&[Answer::Ok], authority.server())),
        }
    }

    fn endpoint(&self) -> String {
        match self {
            Self::Http(collector) => collector.endpoint(),
            Self::Grpc(collector) => collector.endpoint(),
        }
    }

    fn next(&self) -> Received {
        match self {
            Self::Http(collector) => collector.next(),
            Self::Grpc(collector) => collector.next(),
        }
    }

    fn try_next(&self) -> Option<Received> {
        match self {
            Self::Http(collector) => collector.try_next(),
            Self::Grpc(collector) => collector.try_next(),
        }
    }
}

#[test]
fn every_signal_arrives_over_every_protocol() {
    for (protocol, compression) in [
        ("http/protobuf", "none"),
        ("http/protobuf", "gzip"),
        ("http/json", "none"),
        ("http/json", "gzip"),
        ("grpc", "none"),
        ("grpc", "gzip"),
    ] {
        let collector = Either::start(protocol);
        let telemetry = start_all(&[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint()),
            ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
            ("OTEL_EXPORTER_OTLP_COMPRESSION", compression),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-api-key=s3cret"),
            ("OTEL_SERVICE_NAME", "search"),
        ]);
        make_everything(&telemetry);
        let stats = telemetry.stats().clone();
        telemetry.shutdown(5 * SECOND).unwrap();
        let mut received: Vec<_> = (0..3).map(|_| collector.next()).collect();
        received.sort_by_key(Received::signal);
        let [logs, metrics, traces] = received.as_slice() else { panic!("{received:?}") };
        assert!(collector.try_next().is_none());

        for received in &received {
            assert!(received.head.contains("x-api-key: s3cret"), "{}", received.head);
            assert!(received.head.contains("user-agent: tower-genai-telemetry/"), "{}", received.head);
            assert!(received.resource().contains("search"), "{received:?}");
            let compressed = received.head.contains("encoding: gzip");
            assert_eq!(compressed || protocol == "grpc", compression == "gzip" || protocol == "grpc");
            if protocol != "grpc" {
                let path = format!("POST /v1/{} HTTP/1.1\r\n", received.signal());
                assert!(received.head.starts_with(&path), "{}", received.head);
            }
        }

        let spans = traces.spans();
        assert_eq!((spans.len(), spans[0].name.as_str(), spans[0].kind), (1, "chat gpt-4o-mini", 3));
        assert_eq!((spans[0].trace_id.len(), spans[0].span_id.len()), (16, 8));
        assert!(spans[0].start_time_unix_nano > 0 && spans[0].events[0].name == "first");

        let metrics = metrics.metrics();
        assert_eq!(metrics.len(), 2);
        for metric in metrics {
            match (metric.name.as_str(), metric.data.unwrap()) {
                ("calls", Data::Sum(sum)) => {
                    assert!(sum.is_monotonic && sum.aggregation_temporality == 2);
                    assert_eq!(sum.data_points[0].value, Some(number_data_point::Value::AsInt(3)));
                }
                ("duration", Data::Histogram(histogram)) => {
                    let point = &histogram.data_points[0];
                    assert_eq!((point.count, point.sum, point.max), (1, Some(0.75), Some(0.75)));
                    assert_eq!(point.bucket_counts, [0, 1, 0]);
                    assert_eq!(point.explicit_bounds, [0.5, 1.0]);
                }
                other => panic!("{other:?}"),
            }
        }

        let records = logs.records();
        assert_eq!(records.len(), 1);
        assert_eq!(records[0].event_name, "gen_ai.client.inference.operation.details");
        assert_eq!(records[0].severity_number, 9);
        assert_eq!(records[0].attributes[0].value.clone().unwrap().value, Some(Value::IntValue(12)));
        assert_eq!(records[0].body.clone().unwrap().value, Some(Value::StringValue("said".to_owned())));

        for (signal, items) in [(Signal::Traces, 1), (Signal::Metrics, 2), (Signal::Logs, 1)] {
            let stats = stats.of(signal).unwrap();
            assert_eq!((stats.destination(), stats.signal()), ("otlp", signal));
            assert_eq!((stats.exported(), stats.lost(), stats.pending()), (items, 0, 0), "{stats:?}");
        }
    }
}

#[test]
fn certificates_of_files_are_trusted_and_shown() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    for protocol in ["http/protobuf", "grpc"] {
        let collector = Either::start_tls(protocol, &authority);
        let endpoint = collector.endpoint();
        let run = |trusted: &Authority, client: Option<&Authority>| {
            let mut variables = vec![
                ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.clone()),
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol.to_owned()),
                ("OTEL_EXPORTER_OTLP_TIMEOUT", "500".to_owned()),
                ("OTEL_EXPORTER_OTLP_CERTIFICATE", trusted.file("ca.pem")),
            ];
            if let Some(client) = client {
                variables.push(("OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE", client.file("client.pem")));
                variables.push(("OTEL_EXPORTER_OTLP_CLIENT_KEY", client.file("client.key")));
            }
            let telemetry =
                Telemetry::start(TelemetryConfig::from_env(&variables.as_slice()).unwrap()).unwrap();
            let stats = telemetry.stats().of(Signal::Traces).unwrap().clone();
            make_span(&telemetry);
            telemetry.shutdown(3 * SECOND).ok();
            stats
        };
        let stats = run(&authority, Some(&authority));
        assert_eq!((stats.exported(), stats.lost()), (1, 0), "{protocol}: {:?}", failures(&stats));
        assert_eq!(collector.next().spans().len(), 1);

        let stats = run(&stranger, Some(&authority));
        assert_eq!((stats.exported(), stats.lost()), (0, 1), "{protocol}");
        assert!(stats.failures(FailureReason::Connect) >= 1, "{protocol}: {:?}", failures(&stats));
        // In TLS 1.3 the client has its connection before the server has judged it.
        for client in [None, Some(&stranger)] {
            let stats = run(&authority, client);
            assert_eq!((stats.exported(), stats.lost()), (0, 1), "{protocol}");
        }
        assert!(collector.try_next().is_none());
    }
}

fn failures(stats: &ExportStats) -> Vec<(&'static str, u64)> {
    let all = FailureReason::ALL.iter().map(|reason| (reason.as_str(), stats.failures(*reason)));
    all.filter(|(_, count)| *count > 0).collect()
}

/// What becomes of two spans.
fn over_grpc(endpoint: &str) -> ExportStats {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "5000"),
    ];
    let telemetry = Telemetry::start(TelemetryConfig::from_env(&variables).unwrap()).unwrap();
    let stats = telemetry.stats().of(Signal::Traces).unwrap().clone();
    make_span(&telemetry);
    make_span(&telemetry);
    telemetry.shutdown(6 * SECOND).ok();
    stats
}

#[test]
fn grpc_statuses_are_tried_again_or_final() {
    let busy = Status::with_details(Code::ResourceExhausted, "busy", retry_info(50).into());
    let passing = [Status::unavailable("s3cret"), Status::aborted("s3cret"), busy];
    for status in passing {
        let collector = GrpcCollector::start(&[GrpcAnswer::Fail(status), GrpcAnswer::Ok]);
        let stats = over_grpc(&collector.endpoint());
        assert_eq!((stats.exported(), stats.lost()), (2, 0));
        assert_eq!(failures(&stats), [("status", 1)]);
        assert_eq!([collector.next().spans().len(), collector.next().spans().len()], [2, 2]);
    }
    let finals =
        [Status::invalid_argument("s3cret"), Status::unauthenticated("s3cret"), Status::internal("s3cret")];
    for status in finals {
        let collector = GrpcCollector::start(&[GrpcAnswer::Fail(status), GrpcAnswer::Ok]);
        let stats = over_grpc(&collector.endpoint());
        assert_eq!((stats.exported(), stats.dropped(DropReason::ExportFailed)), (0, 2));
        assert_eq!(failures(&stats), [("status", 1)]);
        collector.next();
        assert!(collector.try_next().is_none(), "one attempt");
    }
    let too_large = Status::resource_exhausted("too large");
    let collector = GrpcCollector::start(&[GrpcAnswer::Fail(too_large), GrpcAnswer::Ok]);
    let stats = over_grpc(&collector.endpoint());
    assert_eq!((stats.exported(), stats.lost()), (2, 0));
    assert_eq!(failures(&stats), [("status", 1)]);
    let sizes: Vec<_> = std::iter::from_fn(|| collector.try_next()).map(|got| got.spans().len()).collect();
    assert_eq!(sizes, [2, 1, 1]);
}

/// `google.rpc.Status` with a `RetryInfo`, by hand.
fn retry_info(millis: u8) -> Vec<u8> {
    let nanos = u32::from(millis) * 1_000_000;
    let mut delay = vec![0x10];
    prost::encoding::encode_varint(nanos.into(), &mut delay);
    let message = |tag: u8, body: &[u8]| {
        let mut message = vec![tag << 3 | 2, u8::try_from(body.len()).unwrap()];
        message.extend_from_slice(body);
        message
    };
    let info = message(1, &delay);
    let any = [message(1, b"type.googleapis.com/google.rpc.RetryInfo"), message(2, &info)].concat();
    message(3, &any)
}

#[test]
fn what_a_grpc_collector_rejects_is_counted_and_not_sent_again() {
    let collector = GrpcCollector::start(&[GrpcAnswer::Rejected(1)]);
    let stats = over_grpc(&collector.endpoint());
    assert_eq!((stats.exported(), stats.dropped(DropReason::Rejected)), (1, 1));
    assert_eq!(failures(&stats), []);
    collector.next();
    assert!(collector.try_next().is_none());
}

#[test]
fn a_grpc_collector_that_is_not_there_or_speaks_something_else_is_counted() {
    let stats = over_grpc("http://127.0.0.1:9");
    assert_eq!((stats.exported(), stats.dropped(DropReason::ExportFailed)), (0, 2));
    assert_eq!(failures(&stats), [("connect", 4)]);

    // An HTTP/1.1 server hangs up on it.
    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", other.local_addr().unwrap());
    std::thread::spawn(move || {
        use std::io::Write;
        for stream in other.incoming() {
            stream.unwrap().write_all(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n").ok();
        }
    });
    let stats = over_grpc(&endpoint);
    assert_eq!((stats.exported(), stats.dropped(DropReason::ExportFailed)), (0, 2));
    assert_eq!(stats.failures(FailureReason::Status), 0, "{:?}", failures(&stats));
}

#[test]
fn rejections_in_json_are_counted() {
    let answer = br#"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}"#;
    let collector = Collector::start(&[Answer::Body(answer.to_vec())]);
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", collector.endpoint()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/json".to_owned()),
    ];
    let telemetry = Telemetry::start(TelemetryConfig::from_env(&variables).unwrap()).unwrap();
    let stats = telemetry.stats().of(Signal::Traces).unwrap().clone();
    make_span(&telemetry);
    make_span(&telemetry);
    let error = telemetry.shutdown(2 * SECOND).unwrap_err();
    assert_eq!((error.lost(Signal::Traces), error.lost(Signal::Metrics)), (1, 0));
    assert_eq!((stats.exported(), stats.dropped(DropReason::Rejected)), (1, 1));
}

#[test]
fn a_grpc_connection_lives_from_batch_to_batch() {
    let collector = GrpcCollector::start(&[GrpcAnswer::Ok]);
    let variables =
        [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.endpoint()), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")];
    let telemetry = Telemetry::start(TelemetryConfig::from_env(&variables).unwrap()).unwrap();
    let stats = telemetry.stats().of(Signal::Traces).unwrap().clone();
    for _ in 0..3 {
        make_span(&telemetry);
        telemetry.tracer_provider().unwrap().force_flush().unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
    telemetry.shutdown(SECOND).unwrap();
    assert_eq!((stats.exported(), failures(&stats)), (3, vec![]));
}
