//! OTLP over gRPC, with or without TLS.

use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tonic::codec::CompressionEncoding;
use tonic::metadata::MetadataMap;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Server, ServerTlsConfig};
use tonic::{Request, Response, Status};

use super::received::{Message, Received};

pub(crate) struct GrpcCollector {
    pub(crate) address: SocketAddr,
    scheme: &'static str,
    received: Receiver<Received>,
    /// Ends with it.
    _runtime: tokio::runtime::Runtime,
}

/// What it does with the calls, in their order; the last goes on for ever.
#[derive(Clone, Debug)]
pub(crate) enum GrpcAnswer {
    Ok,
    Rejected(i64),
    Fail(Status),
}

#[derive(Clone)]
struct Service {
    answers: Arc<Mutex<Vec<GrpcAnswer>>>,
    sender: Sender<Received>,
}

impl GrpcCollector {
    pub(crate) fn start(answers: &[GrpcAnswer]) -> Self {
        Self::start_with(answers, None)
    }

    pub(crate) fn start_tls(answers: &[GrpcAnswer], tls: ServerTlsConfig) -> Self {
        Self::start_with(answers, Some(tls))
    }

    fn start_with(answers: &[GrpcAnswer], tls: Option<ServerTlsConfig>) -> Self {
        let scheme = if tls.is_some() { "https" } else { "http" };
        let (sender, received) = channel();
        let service = Service { answers: Arc::new(Mutex::new(answers.to_vec())), sender };
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let mut server = Server::builder();
        if let Some(tls) = tls {
            server = server.tls_config(tls).unwrap();
        }
        let gzip = CompressionEncoding::Gzip;
        let server = server
            .add_service(
                TraceServiceServer::new(service.clone()).accept_compressed(gzip).send_compressed(gzip),
            )
            .add_service(
                MetricsServiceServer::new(service.clone()).accept_compressed(gzip).send_compressed(gzip),
            )
            .add_service(LogsServiceServer::new(service).accept_compressed(gzip).send_compressed(gzip));
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        runtime.spawn(server.serve_with_incoming(TcpIncoming::from(listener)));
        Self { address, scheme, received, _runtime: runtime }
    }

    pub(crate) fn endpoint(&self) -> String {
        let host = if self.scheme == "https" { "localhost" } else { "127.0.0.1" };
        format!("{}://{host}:{}", self.scheme, self.address.port())
    }

    pub(crate) fn next(&self) -> Received {
        self.received.recv_timeout(Duration::from_secs(10)).expect("an export")
    }

    pub(crate) fn try_next(&self) -> Option<Received> {
        self.received.try_recv().ok()
    }
}

impl Service {
    /// How many items are rejected.
    fn take(&self, metadata: &MetadataMap, message: Message) -> Result<i64, Status> {
        let headers = metadata.clone().into_headers();
        let lines = headers.iter().map(|(name, value)| format!("{name}: {}\r\n", value.to_str().unwrap()));
        self.sender.send(Received { head: lines.collect(), message }).ok();
        let mut answers = self.answers.lock().unwrap();
        match if answers.len() > 1 { answers.remove(0) } else { answers[0].clone() } {
            GrpcAnswer::Ok => Ok(0),
            GrpcAnswer::Rejected(items) => Ok(items),
            GrpcAnswer::Fail(status) => Err(status),
        }
    }
}

#[tonic::async_trait]
impl TraceService for Service {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let rejected_spans = self.take(&metadata, Message::Traces(message))?;
        let partial = ExportTracePartialSuccess { rejected_spans, error_message: "s3cret".to_owned() };
        Ok(Response::new(ExportTraceServiceResponse { partial_success: Some(partial) }))
    }
}

#[tonic::async_trait]
impl MetricsService for Service {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        self.take(&metadata, Message::Metrics(message))?;
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Service {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        self.take(&metadata, Message::Logs(message))?;
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}
