//! What an export of each signal consists of.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::logs::v1::{ResourceLogs, ScopeLogs};
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
use opentelemetry_proto::tonic::metrics::v1::{Metric, metric::Data};
use opentelemetry_proto::tonic::metrics::v1::{ResourceMetrics, ScopeMetrics};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans};

use super::json::Json;

/// A message to a collector, and what its answer says.
pub(super) trait Request: prost::Message + Sized {
    /// The path of its gRPC method.
    #[cfg(feature = "otlp-grpc")]
    const METHOD: &'static str;

    /// What the answer's `partialSuccess` calls the items that were rejected, in JSON.
    #[cfg(feature = "otlp-http")]
    const REJECTED: &'static str;

    /// How many items an answer in Protobuf rejects.
    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    fn rejected(answer: &[u8]) -> Result<i64, prost::DecodeError>;

    /// Appends the message as JSON.
    fn write_json(&self, body: &mut Vec<u8>) -> serde_json::Result<()>;

    /// The same in pieces: a span, a log record or a metric each.
    fn split(self) -> impl Iterator<Item = Self>;

    /// How many pieces there are.
    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    fn pieces(&self) -> usize;

    /// How many spans, log records or data points there are.
    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    fn items(&self) -> u64;

    /// Keeps the first so many pieces, and returns the others.
    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    fn split_off(&mut self, pieces: usize) -> Self;
}

/// What the messages have in common: pieces by scope, and scopes by resource.
macro_rules! pieces {
    ($resources:ident, $Resource:ident, $scopes:ident, $Scope:ident, $pieces:ident) => {
        #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
        fn pieces(&self) -> usize {
            let scopes = self.$resources.iter().flat_map(|resource| &resource.$scopes);
            scopes.map(|scope| scope.$pieces.len()).sum()
        }

        #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
        fn split_off(&mut self, pieces: usize) -> Self {
            let mut left = pieces;
            let mut behind = Vec::new();
            for resource in &mut self.$resources {
                let mut $scopes = Vec::new();
                for scope in &mut resource.$scopes {
                    let kept = left.min(scope.$pieces.len());
                    left -= kept;
                    let $pieces = scope.$pieces.split_off(kept);
                    if !$pieces.is_empty() {
                        let schema_url = scope.schema_url.clone();
                        $scopes.push($Scope { scope: scope.scope.clone(), $pieces, schema_url });
                    }
                }
                resource.$scopes.retain(|scope| !scope.$pieces.is_empty());
                if !$scopes.is_empty() {
                    let schema_url = resource.schema_url.clone();
                    behind.push($Resource { resource: resource.resource.clone(), $scopes, schema_url });
                }
            }
            self.$resources.retain(|resource| !resource.$scopes.is_empty());
            Self { $resources: behind }
        }
    };
}

impl Request for ExportTraceServiceRequest {
    #[cfg(feature = "otlp-grpc")]
    const METHOD: &'static str = "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    #[cfg(feature = "otlp-http")]
    const REJECTED: &'static str = "rejectedSpans";

    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    fn rejected(answer: &[u8]) -> Result<i64, prost::DecodeError> {
        use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse as Response;
        let answer: Response = prost::Message::decode(answer)?;
        Ok(answer.partial_success.map_or(0, |partial| partial.rejected_spans))
    }

    fn write_json(&self, body: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(body, &Json(self))
    }

    fn split(self) -> impl Iterator<Item = Self> {
        self.resource_spans.into_iter().flat_map(|resource| {
            let ResourceSpans { resource, scope_spans, schema_url } = resource;
            scope_spans.into_iter().flat_map(move |ScopeSpans { scope, spans, schema_url: scope_schema }| {
                let (resource, schema_url) = (resource.clone(), schema_url.clone());
                spans.into_iter().map(move |span| Self {
                    resource_spans: vec![ResourceSpans {
                        resource: resource.clone(),
                        scope_spans: vec![ScopeSpans {
                            scope: scope.clone(),
                            spans: vec![span],
                            schema_url: scope_schema.clone(),
                        }],
                        schema_url: schema_url.clone(),
                    }],
                })
            })
        })
    }

    pieces!(resource_spans, ResourceSpans, scope_spans, ScopeSpans, spans);

    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    fn items(&self) -> u64 {
        self.pieces() as u64
    }
}

impl Request for ExportMetricsServiceRequest {
    #[cfg(feature = "otlp-grpc")]
    const METHOD: &'static str = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export";
    #[cfg(feature = "otlp-http")]
    const REJECTED: &'static str = "rejectedDataPoints";

    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    fn rejected(answer: &[u8]) -> Result<i64, prost::DecodeError> {
        use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceResponse as Response;
        let answer: Response = prost::Message::decode(answer)?;
        Ok(answer.partial_success.map_or(0, |partial| partial.rejected_data_points))
    }

    fn write_json(&self, body: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(body, &Json(self))
    }

    fn split(self) -> impl Iterator<Item = Self> {
        self.resource_metrics.into_iter().flat_map(|resource| {
            let ResourceMetrics { resource, scope_metrics, schema_url } = resource;
            scope_metrics.into_iter().flat_map(
                move |ScopeMetrics { scope, metrics, schema_url: scope_schema }| {
                    let (resource, schema_url) = (resource.clone(), schema_url.clone());
                    metrics.into_iter().map(move |metric| Self {
                        resource_metrics: vec![ResourceMetrics {
                            resource: resource.clone(),
                            scope_metrics: vec![ScopeMetrics {
                                scope: scope.clone(),
                                metrics: vec![metric],
                                schema_url: scope_schema.clone(),
                            }],
                            schema_url: schema_url.clone(),
                        }],
                    })
                },
            )
        })
    }

    pieces!(resource_metrics, ResourceMetrics, scope_metrics, ScopeMetrics, metrics);

    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    fn items(&self) -> u64 {
        let scopes = self.resource_metrics.iter().flat_map(|resource| &resource.scope_metrics);
        scopes.flat_map(|scope| &scope.metrics).map(points).sum()
    }
}

impl Request for ExportLogsServiceRequest {
    #[cfg(feature = "otlp-grpc")]
    const METHOD: &'static str = "/opentelemetry.proto.collector.logs.v1.LogsService/Export";
    #[cfg(feature = "otlp-http")]
    const REJECTED: &'static str = "rejectedLogRecords";

    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    fn rejected(answer: &[u8]) -> Result<i64, prost::DecodeError> {
        use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceResponse as Response;
        let answer: Response = prost::Message::decode(answer)?;
        Ok(answer.partial_success.map_or(0, |partial| partial.rejected_log_records))
    }

    fn write_json(&self, body: &mut Vec<u8>) -> serde_json::Result<()> {
        serde_json::to_writer(body, &Json(self))
    }

    fn split(self) -> impl Iterator<Item = Self> {
        self.resource_logs.into_iter().flat_map(|resource| {
            let ResourceLogs { resource, scope_logs, schema_url } = resource;
            scope_logs.into_iter().flat_map(
                move |ScopeLogs { scope, log_records, schema_url: scope_schema }| {
                    let (resource, schema_url) = (resource.clone(), schema_url.clone());
                    log_records.into_iter().map(move |record| Self {
                        resource_logs: vec![ResourceLogs {
                            resource: resource.clone(),
                            scope_logs: vec![ScopeLogs {
                                scope: scope.clone(),
                                log_records: vec![record],
                                schema_url: scope_schema.clone(),
                            }],
                            schema_url: schema_url.clone(),
                        }],
                    })
                },
            )
        })
    }

    pieces!(resource_logs, ResourceLogs, scope_logs, ScopeLogs, log_records);

    #[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
    fn items(&self) -> u64 {
        self.pieces() as u64
    }
}

/// How many data points there are in a metric.
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
fn points(metric: &Metric) -> u64 {
    let points = match &metric.data {
        Some(Data::Gauge(gauge)) => gauge.data_points.len(),
        Some(Data::Sum(sum)) => sum.data_points.len(),
        Some(Data::Histogram(histogram)) => histogram.data_points.len(),
        Some(Data::ExponentialHistogram(histogram)) => histogram.data_points.len(),
        Some(Data::Summary(summary)) => summary.data_points.len(),
        None => 0,
    };
    points as u64
}
