//! What became of the telemetry.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use crate::signal::Signal;

macro_rules! reasons {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)*
        }

        impl $name {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// The value of the `reason` label.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)*
                }
            }
        }
    };
}

reasons! {
    /// Why an item was lost: a span, a data point or a log record.
    DropReason {
        /// The queue was full: items come faster than the destination takes them.
        QueueFull = "queue_full",
        /// The export of its batch failed, retries included.
        ExportFailed = "export_failed",
        /// The collector took the batch and rejected some of its items.
        Rejected = "rejected",
        /// It was still waiting at the end of the time that shutdown had, or came later.
        Shutdown = "shutdown",
    }
}

reasons! {
    /// Why an attempt to export failed.
    FailureReason {
        /// No connection could be made: refused, unreachable, no such host, no TLS.
        Connect = "connect",
        /// The time for the batch was over.
        Timeout = "timeout",
        /// The collector answered, and it said no.
        Status = "status",
        /// The connection broke, the answer could not be read, or standard output could not be written.
        Transport = "transport",
        /// Shutdown did not wait any longer.
        Shutdown = "shutdown",
    }
}

/// Counters of one export pipeline. Clones show the same counters.
///
/// Of spans and log records, those that were made = exported + dropped (all reasons) + pending.
#[derive(Clone)]
pub struct ExportStats {
    signal: Signal,
    destination: &'static str,
    counters: Arc<Counters>,
}

/// Beside the number of items that wait, in one word, so that no item slips in between.
const CLOSED: usize = 1 << (usize::BITS - 1);

#[derive(Default)]
struct Counters {
    exported: AtomicU64,
    /// With [`CLOSED`] once nothing is taken any more.
    pending: AtomicUsize,
    dropped: [AtomicU64; DropReason::ALL.len()],
    failures: [AtomicU64; FailureReason::ALL.len()],
}

impl ExportStats {
    pub(crate) fn new(signal: Signal, destination: &'static str) -> Self {
        Self { signal, destination, counters: Arc::default() }
    }

    /// What is exported.
    pub const fn signal(&self) -> Signal {
        self.signal
    }

    /// Where to, as in the `destination` label: `otlp`, `console` or `in_memory`.
    pub const fn destination(&self) -> &'static str {
        self.destination
    }

    /// Items that their destination has taken.
    pub fn exported(&self) -> u64 {
        self.counters.exported.load(Relaxed)
    }

    /// Items that were lost.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.counters.dropped[reason as usize].load(Relaxed)
    }

    /// Items that were lost, for whatever reason.
    pub fn lost(&self) -> u64 {
        DropReason::ALL.iter().map(|reason| self.dropped(*reason)).sum()
    }

    /// Attempts to export that failed; a batch may take several.
    pub fn failures(&self, reason: FailureReason) -> u64 {
        self.counters.failures[reason as usize].load(Relaxed)
    }

    /// Items that wait to be exported.
    pub fn pending(&self) -> usize {
        self.counters.pending.load(Relaxed) & !CLOSED
    }

    /// Takes a place in a queue of so many; false when it is full, or nothing is exported any more.
    pub(crate) fn enqueue(&self, capacity: usize) -> bool {
        let more = |pending: usize| (pending < capacity).then_some(pending + 1);
        match self.counters.pending.fetch_update(Relaxed, Relaxed, more) {
            Ok(_) => return true,
            Err(pending) if pending & CLOSED == 0 => self.lose(DropReason::QueueFull, 1),
            Err(_) => self.lose(DropReason::Shutdown, 1),
        }
        false
    }

    pub(crate) fn dequeue(&self, items: usize) {
        self.counters.pending.fetch_sub(items, Relaxed);
    }

    /// Gives all up that still wait, and all that comes.
    pub(crate) fn abandon(&self) {
        let items = self.counters.pending.swap(CLOSED, Relaxed) & !CLOSED;
        self.lose(DropReason::Shutdown, items as u64);
    }

    pub(crate) fn export(&self, items: u64) {
        self.counters.exported.fetch_add(items, Relaxed);
    }

    pub(crate) fn lose(&self, reason: DropReason, items: u64) {
        self.counters.dropped[reason as usize].fetch_add(items, Relaxed);
    }

    pub(crate) fn fail(&self, reason: FailureReason) {
        self.counters.failures[reason as usize].fetch_add(1, Relaxed);
    }
}

impl fmt::Debug for ExportStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ExportStats");
        shown.field("signal", &self.signal).field("destination", &self.destination);
        shown.field("exported", &self.exported()).field("pending", &self.pending());
        for reason in DropReason::ALL {
            shown.field(reason.as_str(), &self.dropped(*reason));
        }
        shown.finish_non_exhaustive()
    }
}

/// The counters of all pipelines, a [`Source`](tower_genai_scrape::Source) for `/metrics`. Clones show the same counters.
#[derive(Clone, Debug, Default)]
pub struct TelemetryStats(Vec<ExportStats>);

impl FromIterator<ExportStats> for TelemetryStats {
    fn from_iter<I: IntoIterator<Item = ExportStats>>(pipelines: I) -> Self {
        Self(pipelines.into_iter().collect())
    }
}

impl TelemetryStats {
    /// Whether nothing is exported.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The pipelines that run, in the order of [`Signal::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = &ExportStats> {
        self.0.iter()
    }

    /// The pipeline of a signal; `None` when it is not exported.
    pub fn of(&self, signal: Signal) -> Option<&ExportStats> {
        self.0.iter().find(|stats| stats.signal == signal)
    }
}
