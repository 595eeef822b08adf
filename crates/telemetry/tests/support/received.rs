//! What arrived.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::metrics::v1::Metric;
use opentelemetry_proto::tonic::trace::v1::Span;
use serde::de::DeserializeOwned;

/// One export.
#[derive(Debug)]
pub(crate) struct Received {
    /// Request line and headers, or a gRPC call's method and metadata.
    pub(crate) head: String,
    pub(crate) message: Message,
}

#[derive(Debug)]
pub(crate) enum Message {
    Traces(ExportTraceServiceRequest),
    Metrics(ExportMetricsServiceRequest),
    Logs(ExportLogsServiceRequest),
}

impl Message {
    /// By the path that it was posted to and its content type.
    pub(crate) fn decode(path: &str, content_type: &str, body: &[u8]) -> Self {
        fn read<T: prost::Message + Default + DeserializeOwned>(content_type: &str, body: &[u8]) -> T {
            match content_type {
                "application/x-protobuf" => T::decode(body).expect("an export request"),
                "application/json" => serde_json::from_slice(body).expect("an export request"),
                other => panic!("content type {other}"),
            }
        }
        match path.rsplit('/').next() {
            Some("traces") => Self::Traces(read(content_type, body)),
            Some("metrics") => Self::Metrics(read(content_type, body)),
            Some("logs") => Self::Logs(read(content_type, body)),
            _ => panic!("path {path}"),
        }
    }
}

impl Received {
    pub(crate) fn spans(&self) -> Vec<Span> {
        let Message::Traces(request) = &self.message else { return Vec::new() };
        let scopes = request.resource_spans.iter().flat_map(|resource| &resource.scope_spans);
        scopes.flat_map(|scope| scope.spans.clone()).collect()
    }

    pub(crate) fn metrics(&self) -> Vec<Metric> {
        let Message::Metrics(request) = &self.message else { return Vec::new() };
        let scopes = request.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
        scopes.flat_map(|scope| scope.metrics.clone()).collect()
    }

    pub(crate) fn records(&self) -> Vec<LogRecord> {
        let Message::Logs(request) = &self.message else { return Vec::new() };
        let scopes = request.resource_logs.iter().flat_map(|resource| &resource.scope_logs);
        scopes.flat_map(|scope| scope.log_records.clone()).collect()
    }

    /// The attributes of the resource, as text.
    pub(crate) fn resource(&self) -> String {
        let resource = match &self.message {
            Message::Traces(request) => request.resource_spans[0].resource.clone(),
            Message::Metrics(request) => request.resource_metrics[0].resource.clone(),
            Message::Logs(request) => request.resource_logs[0].resource.clone(),
        };
        format!("{:?}", resource.unwrap().attributes)
    }

    pub(crate) fn signal(&self) -> &'static str {
        match &self.message {
            Message::Traces(_) => "traces",
            Message::Metrics(_) => "metrics",
            Message::Logs(_) => "logs",
        }
    }
}
