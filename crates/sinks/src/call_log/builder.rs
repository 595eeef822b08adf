use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use http::HeaderName;

use super::guard::CallLogGuard;
use super::observer::CallLog;
use super::queue::Queue;
use super::target::{self, Target};
use super::writer::Writer;

/// Lines that may wait for the writer.
const QUEUE: usize = 8192;

/// Puts a [`CallLog`] together.
#[derive(Clone, Debug)]
#[must_use]
pub struct CallLogBuilder {
    path: PathBuf,
    echo_header: Option<HeaderName>,
    queue: usize,
}

impl CallLogBuilder {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, echo_header: None, queue: QUEUE }
    }

    /// Copies a request header into each line, as `echo`. Never name one that carries a credential.
    pub fn echo_header(mut self, name: HeaderName) -> Self {
        self.echo_header = Some(name);
        self
    }

    /// How many lines may wait for the writer, 8192 unless said otherwise; at least one. Further ones are dropped.
    pub fn queue(mut self, lines: usize) -> Self {
        self.queue = lines.max(1);
        self
    }

    /// Opens the file, behind what is in it, and starts the writer's thread.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened or the thread cannot be started.
    pub fn open(self) -> io::Result<(CallLog, CallLogGuard)> {
        let target = target::open(self.path.clone())?;
        self.start(target)
    }

    pub(super) fn start(self, target: Box<dyn Target>) -> io::Result<(CallLog, CallLogGuard)> {
        let (sender, messages) = mpsc::sync_channel(self.queue);
        let queue = Arc::new(Queue::new(sender));
        let writer = Writer::new(messages, Arc::clone(&queue), target);
        let (ends, ended) = mpsc::channel();
        let thread = thread::Builder::new().name("call-log".to_owned()).spawn(move || {
            let _ends = ends;
            writer.run();
        })?;
        Ok((CallLog::new(Arc::clone(&queue), self.echo_header), CallLogGuard::new(queue, ended, thread)))
    }
}
