use std::io;
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::time::Duration;

use tower_genai_core::clock::{Clock, Instant};

use super::line::Line;
use super::queue::{Message, Queue};
use super::stats::DropReason;
use super::target::Target;

/// Lines are gathered up to this size while more are waiting.
const BATCH: usize = 64 * 1024;

/// A file that cannot be written is complained about this often.
const COMPLAINTS: Duration = Duration::from_secs(60);

/// The thread's work: from the queue to the file.
pub(super) struct Writer {
    messages: Receiver<Message>,
    queue: Arc<Queue>,
    target: Box<dyn Target>,
    batch: Vec<u8>,
    /// Where the lines of the batch end.
    ends: Vec<usize>,
    /// The file ends in the middle of a line.
    torn: bool,
    clock: Clock,
    complained: Option<Instant>,
}

impl Writer {
    pub(super) fn new(messages: Receiver<Message>, queue: Arc<Queue>, target: Box<dyn Target>) -> Self {
        Self {
            messages,
            queue,
            target,
            batch: Vec::with_capacity(BATCH),
            ends: Vec::new(),
            torn: false,
            clock: Clock::new(),
            complained: None,
        }
    }

    /// Writes until the log is closed and everything queued is written.
    pub(super) fn run(mut self) {
        while let Ok(message) = self.messages.recv() {
            self.gather(message);
            let mut drained = false;
            while self.batch.len() < BATCH {
                let Ok(message) = self.messages.try_recv() else {
                    drained = true;
                    break;
                };
                self.gather(message);
            }
            if self.queue.take_reopen() {
                self.reopen();
            }
            self.flush();
            if drained && self.queue.is_closing() {
                break;
            }
        }
        // What slipped in between the last look and the end.
        while let Ok(message) = self.messages.try_recv() {
            self.gather(message);
        }
        self.flush();
    }

    fn gather(&mut self, message: Message) {
        let Message::Call(entry) = message else { return };
        if self.batch.is_empty() && self.torn {
            self.batch.push(b'\n');
        }
        let start = self.batch.len();
        match serde_json::to_writer(&mut self.batch, &Line::of(&entry)) {
            Ok(()) => {
                self.batch.push(b'\n');
                self.ends.push(self.batch.len());
            }
            Err(error) => {
                self.batch.truncate(start);
                self.lose(1, &error.into());
            }
        }
    }

    fn flush(&mut self) {
        if self.batch.is_empty() {
            return;
        }
        match self.write() {
            Ok(()) => {
                self.queue.stats.count_written(self.ends.len() as u64);
                self.torn = false;
            }
            Err((written, error)) => {
                let whole = self.ends.partition_point(|end| *end <= written);
                self.queue.stats.count_written(whole as u64);
                if written > 0 {
                    self.torn = self.batch[written - 1] != b'\n';
                }
                self.lose((self.ends.len() - whole) as u64, &error);
            }
        }
        self.batch.clear();
        self.ends.clear();
    }

    /// Writes the batch, or says how much of it was written before the error.
    fn write(&mut self) -> Result<(), (usize, io::Error)> {
        let mut written = 0;
        while written < self.batch.len() {
            match self.target.write(&self.batch[written..]) {
                Ok(0) => return Err((written, io::ErrorKind::WriteZero.into())),
                Ok(n) => written += n,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err((written, error)),
            }
        }
        Ok(())
    }

    fn reopen(&mut self) {
        // What was gathered before belongs into the old file.
        self.flush();
        match self.target.reopen() {
            Ok(()) => self.torn = false,
            Err(error) => {
                let path = self.target.name().display();
                tracing::warn!(%path, %error, "the call log cannot be opened again; the old file is kept");
            }
        }
    }

    fn lose(&mut self, lines: u64, error: &io::Error) {
        self.queue.stats.count_dropped(DropReason::Io, lines);
        let now = self.clock.now();
        if self.complained.is_none_or(|last| now.duration_since(last) >= COMPLAINTS) {
            self.complained = Some(now);
            let dropped = self.queue.stats.dropped(DropReason::Io);
            let path = self.target.name().display();
            tracing::warn!(%path, %error, dropped, "the call log cannot be written; lines are lost");
        }
    }
}
