//! What became of the spans.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

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
    /// Why a span was lost.
    DropReason {
        /// The queue was full: spans come faster than the collector takes them.
        QueueFull = "queue_full",
        /// The export of its batch failed, retries included.
        ExportFailed = "export_failed",
        /// The collector took the batch and rejected some of its spans.
        Rejected = "rejected",
        /// It was still waiting at the end of the time that shutdown had.
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
        /// The collector answered with a status other than 2xx.
        Status = "status",
        /// The connection broke, or the answer could not be read.
        Transport = "transport",
        /// Shutdown did not wait any longer.
        Shutdown = "shutdown",
    }
}

/// Counters of one export pipeline. Clones show the same counters.
///
/// Spans that ended = exported + dropped (all reasons) + pending.
#[derive(Clone, Default)]
pub struct ExportStats(Arc<Counters>);

#[derive(Default)]
struct Counters {
    exported: AtomicU64,
    pending: AtomicUsize,
    dropped: [AtomicU64; DropReason::ALL.len()],
    failures: [AtomicU64; FailureReason::ALL.len()],
}

impl ExportStats {
    /// The value of the `destination` label.
    pub const DESTINATION: &'static str = "otlp";

    /// The value of the `signal` label.
    pub const SIGNAL: &'static str = "traces";

    /// Spans the collector has taken.
    pub fn exported(&self) -> u64 {
        self.0.exported.load(Relaxed)
    }

    /// Spans that were lost.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.0.dropped[reason as usize].load(Relaxed)
    }

    /// Attempts to export that failed; a batch may take several.
    pub fn failures(&self, reason: FailureReason) -> u64 {
        self.0.failures[reason as usize].load(Relaxed)
    }

    /// Spans that wait to be exported.
    pub fn pending(&self) -> usize {
        self.0.pending.load(Relaxed)
    }

    /// Takes a place in a queue of so many; false when it is full.
    pub(crate) fn enqueue(&self, capacity: usize) -> bool {
        if self.0.pending.fetch_add(1, Relaxed) < capacity {
            return true;
        }
        self.0.pending.fetch_sub(1, Relaxed);
        self.drop_spans(DropReason::QueueFull, 1);
        false
    }

    pub(crate) fn dequeue(&self, spans: usize) {
        self.0.pending.fetch_sub(spans, Relaxed);
    }

    /// Gives all up that still wait.
    pub(crate) fn abandon(&self) {
        let spans = self.0.pending.swap(0, Relaxed);
        self.drop_spans(DropReason::Shutdown, spans as u64);
    }

    pub(crate) fn export(&self, spans: u64) {
        self.0.exported.fetch_add(spans, Relaxed);
    }

    pub(crate) fn drop_spans(&self, reason: DropReason, spans: u64) {
        self.0.dropped[reason as usize].fetch_add(spans, Relaxed);
    }

    pub(crate) fn fail(&self, reason: FailureReason) {
        self.0.failures[reason as usize].fetch_add(1, Relaxed);
    }
}

impl fmt::Debug for ExportStats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("ExportStats");
        shown.field("exported", &self.exported()).field("pending", &self.pending());
        for reason in DropReason::ALL {
            shown.field(reason.as_str(), &self.dropped(*reason));
        }
        shown.finish_non_exhaustive()
    }
}
