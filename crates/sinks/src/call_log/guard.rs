use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::queue::Queue;

/// How long a guard that is merely dropped waits.
const ON_DROP: Duration = Duration::from_secs(1);

/// Owns the writer's thread. Keep it for as long as calls are made, and [`shutdown`](Self::shutdown) at the end.
///
/// Dropping it does the same with a deadline of one second.
#[derive(Debug)]
#[must_use = "the log ends when its guard is dropped"]
pub struct CallLogGuard {
    queue: Arc<Queue>,
    /// Is disconnected by the end of the thread.
    ended: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

impl CallLogGuard {
    pub(super) fn new(queue: Arc<Queue>, ended: Receiver<()>, thread: JoinHandle<()>) -> Self {
        Self { queue, ended, thread: Some(thread) }
    }

    /// Writes what is queued and ends the thread. Calls that end later are counted as dropped.
    ///
    /// # Errors
    ///
    /// When the file did not take everything in time: a pipe that nobody reads, a network file system that hangs. The
    /// thread is left behind in that case.
    pub fn shutdown(mut self, deadline: Duration) -> Result<(), Unfinished> {
        self.finish(deadline)
    }

    fn finish(&mut self, deadline: Duration) -> Result<(), Unfinished> {
        let Some(thread) = self.thread.take() else { return Ok(()) };
        self.queue.close();
        match self.ended.recv_timeout(deadline) {
            Err(RecvTimeoutError::Timeout) => Err(Unfinished { deadline }),
            Ok(()) | Err(RecvTimeoutError::Disconnected) => {
                // A panic of the thread has been reported by the panic hook.
                let _ = thread.join();
                Ok(())
            }
        }
    }
}

impl Drop for CallLogGuard {
    fn drop(&mut self) {
        let _ = self.finish(ON_DROP);
    }
}

/// The call log could not be written out in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished {
    deadline: Duration,
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the call log was not written out within {:?}", self.deadline)
    }
}

impl std::error::Error for Unfinished {}
