//! Collects metrics from time to time.
//!
//! The SDK's own periodic reader (0.33) does not join its thread, and has a deadline of its own at shutdown.

use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::Duration;

use opentelemetry::Context;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ResourceMetrics, ScopeMetrics};
use opentelemetry_sdk::metrics::reader::MetricReader;
use opentelemetry_sdk::metrics::{InstrumentKind, ManualReader, Pipeline, Temporality};
use tokio::time::Instant;

use crate::export::Exporter;

/// How long a flush may take, as for the SDK's other processors.
const FLUSH_DEADLINE: Duration = Duration::from_secs(5);

/// What the provider holds of it. Clones are the same reader.
#[derive(Clone, Debug)]
pub(super) struct Reader {
    manual: Arc<ManualReader>,
    thread: Option<Thread>,
}

/// What the thread is told.
#[derive(Clone, Debug)]
struct Thread {
    orders: Sender<Order>,
    handle: Arc<Mutex<Option<JoinHandle<()>>>>,
}

enum Order {
    Flush(SyncSender<OTelSdkResult>),
    Stop(SyncSender<OTelSdkResult>),
}

/// The thread that collects and exports.
#[derive(Debug)]
pub(super) struct PeriodicReader(Thread);

impl Reader {
    /// Collects when it is asked.
    pub(super) fn on_demand(manual: ManualReader) -> Self {
        Self { manual: Arc::new(manual), thread: None }
    }

    /// `None` after the shutdown.
    pub(super) fn collect_now(&self) -> Option<ResourceMetrics> {
        let mut metrics = ResourceMetrics::default();
        self.manual.collect(&mut metrics).ok().map(|()| metrics)
    }
}

impl PeriodicReader {
    /// # Errors
    ///
    /// The system has no thread left.
    pub(super) fn start(
        manual: ManualReader,
        exporter: Exporter,
        interval: Duration,
    ) -> io::Result<(Reader, Self)> {
        let manual = Arc::new(manual);
        let (orders, inbox) = channel();
        let worker = Worker { manual: Arc::clone(&manual), exporter, interval };
        let handle =
            std::thread::Builder::new().name("otel-metrics".to_owned()).spawn(move || worker.run(&inbox))?;
        let thread = Thread { orders, handle: Arc::new(Mutex::new(Some(handle))) };
        Ok((Reader { manual, thread: Some(thread.clone()) }, Self(thread)))
    }

    /// Exports a last time and joins the thread, if that is possible in time: `true`.
    pub(super) fn stop(&self, deadline: Duration) -> bool {
        self.0.stop(deadline).is_ok()
    }
}

impl Thread {
    fn order(
        &self,
        order: impl FnOnce(SyncSender<OTelSdkResult>) -> Order,
        deadline: Duration,
    ) -> OTelSdkResult {
        let (done, answer) = sync_channel(1);
        match self.orders.send(order(done)) {
            Ok(()) => answer.recv_timeout(deadline).map_err(|_| OTelSdkError::Timeout(deadline))?,
            Err(_) => Err(OTelSdkError::AlreadyShutdown),
        }
    }

    fn stop(&self, deadline: Duration) -> OTelSdkResult {
        // Any other failure is one of the last export, counted there: the thread is at its end.
        if let Err(OTelSdkError::Timeout(deadline)) = self.order(Order::Stop, deadline) {
            return Err(OTelSdkError::Timeout(deadline));
        }
        let handle = self.handle.lock().unwrap_or_else(PoisonError::into_inner).take();
        match handle.map(JoinHandle::join) {
            Some(Ok(())) => Ok(()),
            Some(Err(_)) => Err(OTelSdkError::InternalFailure("the metrics thread panicked".to_owned())),
            None => Err(OTelSdkError::AlreadyShutdown),
        }
    }
}

impl MetricReader for Reader {
    fn register_pipeline(&self, pipeline: Weak<Pipeline>) {
        self.manual.register_pipeline(pipeline);
    }

    fn collect(&self, metrics: &mut ResourceMetrics) -> OTelSdkResult {
        self.manual.collect(metrics)
    }

    fn force_flush(&self) -> OTelSdkResult {
        self.thread.as_ref().map_or(Ok(()), |thread| thread.order(Order::Flush, FLUSH_DEADLINE))
    }

    fn shutdown_with_timeout(&self, timeout: Duration) -> OTelSdkResult {
        match &self.thread {
            Some(thread) => thread.stop(timeout),
            None => self.manual.shutdown_with_timeout(timeout),
        }
    }

    fn temporality(&self, kind: InstrumentKind) -> Temporality {
        self.manual.temporality(kind)
    }
}

struct Worker {
    manual: Arc<ManualReader>,
    exporter: Exporter,
    interval: Duration,
}

impl Worker {
    fn run(self, orders: &Receiver<Order>) {
        // What this thread does itself makes no telemetry.
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let mut next = Instant::now() + self.interval;
        loop {
            match orders.recv_timeout(next.saturating_duration_since(Instant::now())) {
                Ok(Order::Flush(done)) => {
                    // The one who asked may have given up.
                    let _ = done.send(self.export());
                }
                Ok(Order::Stop(done)) => {
                    let exported = self.export();
                    let _ = self.manual.shutdown();
                    let _ = done.send(exported);
                    return;
                }
                Err(RecvTimeoutError::Timeout) => {
                    // The failure is counted and logged.
                    let _ = self.export();
                    // After an export that took longer than the interval, the ones that were missed are not made up for.
                    next = (next + self.interval).max(Instant::now());
                }
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn export(&self) -> OTelSdkResult {
        let mut metrics = ResourceMetrics::default();
        // Collecting calls back into the application.
        let Ok(collected) = catch_unwind(AssertUnwindSafe(|| self.manual.collect(&mut metrics))) else {
            tracing::error!("a callback of an instrument panicked: the SDK collects no metrics after that");
            return Err(OTelSdkError::InternalFailure("a callback panicked".to_owned()));
        };
        collected?;
        match points(&metrics) {
            0 => Ok(()),
            points => self.exporter.export_metrics(&metrics, points),
        }
    }
}

/// The data points of a collection.
pub(super) fn points(metrics: &ResourceMetrics) -> usize {
    fn of<T>(data: &MetricData<T>) -> usize {
        match data {
            MetricData::Gauge(gauge) => gauge.data_points().count(),
            MetricData::Sum(sum) => sum.data_points().count(),
            MetricData::Histogram(histogram) => histogram.data_points().count(),
            MetricData::ExponentialHistogram(histogram) => histogram.data_points().count(),
        }
    }
    let metrics = metrics.scope_metrics().flat_map(ScopeMetrics::metrics);
    let points = metrics.map(|metric| match metric.data() {
        AggregatedMetrics::F64(data) => of(data),
        AggregatedMetrics::U64(data) => of(data),
        AggregatedMetrics::I64(data) => of(data),
    });
    points.sum()
}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Flush(_) => "Flush",
            Self::Stop(_) => "Stop",
        })
    }
}
