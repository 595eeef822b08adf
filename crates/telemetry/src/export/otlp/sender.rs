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
use crate::export::{BuildError, ExportError, Request, Sent};
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

/// What collectors take unless they are told otherwise, with room for the framing: by default a
/// [gRPC server](https://pkg.go.dev/google.golang.org/grpc#MaxRecvMsgSize) takes messages of 4 MiB.
const MOST_BYTES: usize = 4 * 1024 * 1024 - 1024;

/// How far a batch came.
#[derive(Debug, Default)]
struct Progress {
    arrived: u64,
    rejected: u64,
    bytes: usize,
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

    /// Sends a message, in halves where it is too large, and returns what became of its items.
    pub(crate) fn send<R: Request>(&self, request: R, items: u64) -> Sent {
        let Some(runtime) = &self.runtime else { return Sent::failed(ExportError::Shutdown, items) };
        let start = Instant::now();
        let mut progress = Progress::default();
        let mut closed = self.closed.clone();
        let answer = runtime.block_on(async {
            tokio::select! {
                answer = tokio::time::timeout(self.timeout, self.send_all(request, &mut progress)) => {
                    answer.unwrap_or(Err(ExportError::Timeout))
                }
                () = closed.over() => Err(ExportError::Shutdown),
            }
        });
        let error = answer.err();
        tracing::debug!(
            signal = %self.stats.signal(),
            protocol = self.protocol.as_str(),
            endpoint = %self.endpoint,
            items,
            bytes = progress.bytes,
            rejected = error.is_none().then_some(progress.rejected),
            error = error.as_ref().map(tracing::field::display),
            duration_ms = start.elapsed().as_secs_f64() * 1e3,
            "OTEL export"
        );
        let lost = if error.is_some() { items.saturating_sub(progress.arrived) } else { 0 };
        Sent { rejected: progress.rejected, lost, error }
    }

    /// The error is the last; those items have arrived that `progress` says.
    async fn send_all<R: Request>(&self, request: R, progress: &mut Progress) -> Result<(), ExportError> {
        let encoding = Encoding::of(self.protocol);
        let mut failure = None;
        let mut waiting = vec![request];
        while let Some(mut request) = waiting.pop() {
            let pieces = request.pieces();
            let body = encoding.write(&request)?;
            let sent = if body.len() > MOST_BYTES && pieces > 1 {
                None
            } else {
                let body = self.transport.prepare(body)?;
                progress.bytes += body.len();
                let answer = self.try_often::<R>(body).await;
                Some(answer.and_then(|answer| encoding.rejected::<R>(&answer)))
            };
            match sent {
                Some(Ok(rejected)) => {
                    let items = request.items();
                    progress.arrived += items;
                    progress.rejected += rejected.min(items);
                    continue;
                }
                Some(Err(error)) if !retry::is_too_large(&error) => return Err(error),
                // The others may be smaller.
                Some(Err(error)) if pieces <= 1 => {
                    if let Some(before) = failure.replace(error) {
                        self.stats.fail(before.reason());
                    }
                    continue;
                }
                Some(Err(error)) => {
                    self.stats.fail(error.reason());
                    tracing::debug!(signal = %self.stats.signal(), %error, pieces, "OTEL export: sending halves");
                }
                None => {}
            }
            let second = request.split_off(pieces / 2);
            waiting.extend([second, request]);
        }
        failure.map_or(Ok(()), Err)
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
