//! Between the I/O path and the writer.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::mpsc::{SyncSender, TrySendError};

use tower_genai_core::CallRecord;

use super::stats::{DropReason, Stats};

/// A finished call on its way to the file.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) record: CallRecord,
    pub(super) echo: Option<Arc<str>>,
}

/// What the writer is told.
#[derive(Debug)]
pub(super) enum Message {
    Call(Box<Entry>),
    /// A flag has been raised.
    Look,
}

/// The sending end, with everything both ends share.
#[derive(Debug)]
pub(super) struct Queue {
    sender: SyncSender<Message>,
    pub(super) stats: Stats,
    reopen: AtomicBool,
    closing: AtomicBool,
}

impl Queue {
    pub(super) fn new(sender: SyncSender<Message>) -> Self {
        Self {
            sender,
            stats: Stats::default(),
            reopen: AtomicBool::new(false),
            closing: AtomicBool::new(false),
        }
    }

    /// Never waits.
    pub(super) fn push(&self, entry: Entry) {
        if self.is_closing() {
            return self.stats.count_dropped(DropReason::Closed, 1);
        }
        match self.sender.try_send(Message::Call(Box::new(entry))) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => self.stats.count_dropped(DropReason::QueueFull, 1),
            Err(TrySendError::Disconnected(_)) => self.stats.count_dropped(DropReason::Closed, 1),
        }
    }

    pub(super) fn ask_reopen(&self) {
        self.reopen.store(true, SeqCst);
        self.wake();
    }

    pub(super) fn take_reopen(&self) -> bool {
        self.reopen.swap(false, SeqCst)
    }

    pub(super) fn close(&self) {
        self.closing.store(true, SeqCst);
        self.wake();
    }

    pub(super) fn is_closing(&self) -> bool {
        self.closing.load(SeqCst)
    }

    fn wake(&self) {
        // A writer whose queue is full is awake, and looks at the flags after every batch.
        let _ = self.sender.try_send(Message::Look);
    }
}
