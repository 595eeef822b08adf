use std::fmt;
use std::future::{Future, ready};
use std::time::Duration;

use bytes::Bytes;
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::trace::{SpanData, SpanExporter};
use prost::Message;
use tokio::runtime::{Builder, Runtime};

use super::ClientError;
use super::client::Client;
use super::closing::{Closed, Listener};
use super::log::FailureLog;
use super::retry;
use crate::config::{Endpoint, OtlpConfig};
use crate::stats::{DropReason, ExportStats};

/// Sends batches of spans to a collector, on the thread that calls it.
///
/// The SDK's batch thread drives it without a runtime, so it brings its own, which runs on that same thread and only
/// while a batch is under way.
pub(crate) struct OtlpExporter {
    /// Taken on drop.
    runtime: Option<Runtime>,
    client: Client,
    timeout: Duration,
    resource: ResourceAttributesWithSchema,
    closed: Closed,
    stats: ExportStats,
    log: FailureLog,
}

/// Why no exporter could be built.
#[derive(Debug)]
pub(crate) enum BuildError {
    /// Of another kind than is built yet.
    Exporter,
    Tls(Endpoint, String),
    Runtime(std::io::Error),
}

impl OtlpExporter {
    pub(crate) fn new(
        config: &OtlpConfig,
        batch_timeout: Duration,
        listener: Listener,
        stats: ExportStats,
    ) -> Result<Self, BuildError> {
        let client = Client::new(config.endpoint.clone(), &config.headers)
            .map_err(|cause| BuildError::Tls(config.endpoint.clone(), cause))?;
        // Names are resolved on a thread of this runtime, which goes soon after.
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .thread_keep_alive(Duration::from_secs(1))
            .thread_name("otlp-resolver")
            .build()
            .map_err(BuildError::Runtime)?;
        Ok(Self {
            runtime: Some(runtime),
            client,
            timeout: config.timeout.min(batch_timeout),
            resource: ResourceAttributesWithSchema::default(),
            closed: listener.into_closed(),
            stats,
            log: FailureLog::default(),
        })
    }

    fn send(&self, spans: Vec<SpanData>) -> Result<u64, ClientError> {
        if self.closed.is_over() {
            return Err(ClientError::Shutdown);
        }
        let Some(runtime) = &self.runtime else { return Err(ClientError::Shutdown) };
        let resource_spans = group_spans_by_resource_and_scope(spans, &self.resource);
        let body = Bytes::from(ExportTraceServiceRequest { resource_spans }.encode_to_vec());
        let mut closed = self.closed.clone();
        let answer = runtime.block_on(async {
            tokio::select! {
                answer = tokio::time::timeout(self.timeout, self.post(body)) => {
                    answer.unwrap_or(Err(ClientError::Timeout))
                }
                () = closed.over() => Err(ClientError::Shutdown),
            }
        })?;
        let answer = ExportTraceServiceResponse::decode(answer)
            .map_err(|_| ClientError::Transport("the answer is not a collector's".to_owned()))?;
        let rejected = answer.partial_success.map_or(0, |partial| partial.rejected_spans);
        Ok(u64::try_from(rejected).unwrap_or(0))
    }

    async fn post(&self, body: Bytes) -> Result<Bytes, ClientError> {
        // The pooled connection was not driven since the last batch: let it notice that it has been closed.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let mut failed = 0;
        loop {
            let error = match self.client.post(body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failed += 1;
            let Some(pause) = retry::pause(&error, failed).filter(|pause| *pause < self.timeout) else {
                return Err(error);
            };
            self.stats.fail(error.reason());
            tokio::time::sleep(pause).await;
        }
    }

    fn export_now(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let spans = batch.len();
        self.stats.dequeue(spans);
        match self.send(batch) {
            Ok(rejected) => {
                let rejected = rejected.min(spans as u64);
                self.stats.export(spans as u64 - rejected);
                self.log.succeeded(self.client.endpoint());
                if rejected > 0 {
                    self.stats.drop_spans(DropReason::Rejected, rejected);
                    self.log.rejected(self.client.endpoint(), rejected);
                }
                Ok(())
            }
            Err(error) => {
                self.stats.fail(error.reason());
                let reason = match error {
                    ClientError::Shutdown => DropReason::Shutdown,
                    _ => DropReason::ExportFailed,
                };
                self.stats.drop_spans(reason, spans as u64);
                self.log.failed(self.client.endpoint(), &error, spans);
                Err(OTelSdkError::InternalFailure(error.to_string()))
            }
        }
    }
}

impl SpanExporter for OtlpExporter {
    fn export(&self, batch: Vec<SpanData>) -> impl Future<Output = OTelSdkResult> + Send {
        ready(self.export_now(batch))
    }

    fn set_resource(&mut self, resource: &Resource) {
        self.resource = resource.into();
    }
}

impl Drop for OtlpExporter {
    fn drop(&mut self) {
        // Not left to the runtime's own drop, which would wait for a resolver that hangs.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_millis(50));
        }
    }
}

impl fmt::Debug for OtlpExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtlpExporter")
            .field("endpoint", self.client.endpoint())
            .field("timeout", &self.timeout)
            .field("stats", &self.stats)
            .finish_non_exhaustive()
    }
}
