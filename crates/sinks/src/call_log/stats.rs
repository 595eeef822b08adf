use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Why a line is not in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DropReason {
    /// The writer could not keep up.
    QueueFull,
    /// The file could not be written: a full disk, a closed pipe.
    Io,
    /// The call ended after the log had been shut down.
    Closed,
}

impl DropReason {
    /// Every reason there is.
    pub const ALL: [Self; 3] = [Self::QueueFull, Self::Io, Self::Closed];

    /// The value of the `reason` label.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::Io => "io",
            Self::Closed => "closed",
        }
    }
}

/// What became of the lines.
#[derive(Debug, Default)]
pub(super) struct Stats {
    written: AtomicU64,
    dropped: [AtomicU64; 3],
}

impl Stats {
    pub(super) fn count_written(&self, lines: u64) {
        self.written.fetch_add(lines, Relaxed);
    }

    pub(super) fn written(&self) -> u64 {
        self.written.load(Relaxed)
    }

    pub(super) fn count_dropped(&self, reason: DropReason, lines: u64) {
        self.dropped[reason as usize].fetch_add(lines, Relaxed);
    }

    pub(super) fn dropped(&self, reason: DropReason) -> u64 {
        self.dropped[reason as usize].load(Relaxed)
    }
}
