//! Sends messages and tries again.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use tokio::runtime::{Builder, Runtime};
use tokio::time::Instant;

use super::encoding::Encoding;
#[cfg(feature = "otlp-grpc")]
use super::grpc::GrpcClient;
#[cfg(feature = "otlp-http")]
use super::http::HttpClient;
use super::{hint, retry};
use crate::config::{Endpoint, OtlpConfig, Protocol};
use crate::export::destination::missing_feature;
use crate::export::{BuildError, ExportError, Request};
use crate::pipeline::Closed;
use crate::stats::ExportStats;

/// Sends batches to a collector, on the thread that calls it.
///
/// The SDK's threads drive it without a runtime, so it brings its own, which runs on that same thread and only while a
/// batch is under way.
pub(crate) struct Sender {
    /// Taken on drop.
    runtime: Option<Runtime>,
    transport: Transport,
    protocol: Protocol,
    endpoint: Endpoint,
    timeout: Duration,
    closed: Closed,
    stats: ExportStats,
}

enum Transport {
    #[cfg(feature = "otlp-http")]
    Http(HttpClient),
    #[cfg(feature = "otlp-grpc")]
    Grpc(GrpcClient),
}

impl Transport {
    fn new(config: &OtlpConfig) -> Result<Self, BuildError> {
        if let Some(feature) = missing_feature(config.protocol) {
            return Err(BuildError::NotCompiled(config.protocol.as_str(), feature));
        }
        let transport = match config.protocol {
            #[cfg(feature = "otlp-grpc")]
            Protocol::Grpc => GrpcClient::new(config).map(Self::Grpc),
            #[cfg(feature = "otlp-http")]
            _ => HttpClient::new(config).map(Self::Http),
            #[cfg(not(feature = "otlp-http"))]
            _ => Err("HTTP is not part of this build".to_owned()),
        };
        transport.map_err(|cause| BuildError::Tls(config.endpoint.clone(), cause))
    }

    fn prepare(&self, body: Bytes) -> Result<Bytes, ExportError> {
        match self {
            #[cfg(feature = "otlp-http")]
            Self::Http(client) => client.compress(body),
            #[cfg(feature = "otlp-grpc")]
            Self::Grpc(_) => Ok(body),
        }
    }

    async fn send<R: Request>(&self, body: Bytes) -> Result<Bytes, ExportError> {
        match self {
            #[cfg(feature = "otlp-http")]
            Self::Http(client) => client.post(body).await,
            #[cfg(feature = "otlp-grpc")]
            Self::Grpc(client) => client.call(R::METHOD, body).await,
        }
    }
}

impl Sender {
    /// `timeout` is for one batch, retries included.
    ///
    /// # Errors
    ///
    /// The protocol is not compiled in, TLS cannot be spoken, or the system has no files left.
    pub(crate) fn new(
        config: &OtlpConfig,
        timeout: Duration,
        closed: Closed,
        stats: ExportStats,
    ) -> Result<Self, BuildError> {
        let transport = Transport::new(config)?;
        // Names are resolved on a thread of this runtime, which goes soon after.
        let runtime = Builder::new_current_thread()
            .enable_all()
            .max_blocking_threads(1)
            .thread_keep_alive(Duration::from_secs(1))
            .thread_name("otlp-resolver")
            .build()
            .map_err(BuildError::System)?;
        Ok(Self {
            runtime: Some(runtime),
            transport,
            protocol: config.protocol,
            endpoint: config.endpoint.clone(),
            timeout,
            closed,
            stats,
        })
    }

    pub(crate) const fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    pub(crate) const fn hint(&self, error: &ExportError) -> &'static str {
        hint::hint(error, self.protocol)
    }

    /// Sends a message and returns how many of its items the collector rejects.
    pub(crate) fn send<R: Request>(&self, request: &R, items: u64) -> Result<u64, ExportError> {
        let Some(runtime) = &self.runtime else { return Err(ExportError::Shutdown) };
        let start = Instant::now();
        let encoding = Encoding::of(self.protocol);
        let body = self.transport.prepare(encoding.write(request)?)?;
        let bytes = body.len();
        let mut closed = self.closed.clone();
        let answer = runtime.block_on(async {
            tokio::select! {
                answer = tokio::time::timeout(self.timeout, self.try_often::<R>(body)) => {
                    answer.unwrap_or(Err(ExportError::Timeout))
                }
                () = closed.over() => Err(ExportError::Shutdown),
            }
        });
        let sent = answer.and_then(|answer| encoding.rejected::<R>(&answer));
        tracing::debug!(
            signal = %self.stats.signal(),
            protocol = self.protocol.as_str(),
            endpoint = %self.endpoint,
            items,
            bytes,
            rejected = sent.as_ref().ok(),
            error = sent.as_ref().err().map(tracing::field::display),
            duration_ms = start.elapsed().as_secs_f64() * 1e3,
            "OTEL export"
        );
        sent
    }

    async fn try_often<R: Request>(&self, body: Bytes) -> Result<Bytes, ExportError> {
        // The pooled connection was not driven since the last batch: let it notice that it has been closed.
        tokio::task::yield_now().await;
        tokio::task::yield_now().await;
        let mut failed = 0;
        loop {
            let error = match self.transport.send::<R>(body.clone()).await {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            failed += 1;
            let Some(pause) = retry::pause(&error, failed).filter(|pause| *pause < self.timeout) else {
                return Err(error);
            };
            self.stats.fail(error.reason());
            tracing::debug!(signal = %self.stats.signal(), %error, ?pause, "OTEL export: trying again");
            tokio::time::sleep(pause).await;
        }
    }
}

impl Drop for Sender {
    fn drop(&mut self) {
        // Not left to the runtime's own drop, which would wait for a resolver that hangs.
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_millis(50));
        }
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("protocol", &self.protocol)
            .field("endpoint", &self.endpoint)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}
