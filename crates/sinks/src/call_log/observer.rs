use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use http::HeaderName;
use tower_genai_core::{CallId, CallRecord, Head, Observer, Watch};

use super::builder::CallLogBuilder;
use super::queue::{Entry, Queue};
use super::stats::DropReason;

/// Writes a line for each finished call; see the [module](super).
///
/// Clones write to the same log. What the I/O path does is a copy of the record and a push to a bounded queue.
#[derive(Clone, Debug)]
pub struct CallLog {
    queue: Arc<Queue>,
    echo: Option<Arc<Echo>>,
}

impl CallLog {
    /// A log in the file at `path`; `-` is the standard output.
    pub fn builder(path: impl Into<PathBuf>) -> CallLogBuilder {
        CallLogBuilder::new(path.into())
    }

    pub(super) fn new(queue: Arc<Queue>, echo_header: Option<HeaderName>) -> Self {
        let echo = echo_header.map(|header| Arc::new(Echo { header, values: papaya::HashMap::new() }));
        Self { queue, echo }
    }

    /// Opens the file again, for a log that has been moved away. It happens on the writer's thread.
    pub fn reopen(&self) {
        self.queue.ask_reopen();
    }

    /// Lines written so far.
    pub fn written(&self) -> u64 {
        self.queue.stats.written()
    }

    /// Lines lost so far: `tower_genai_call_log_dropped_total`.
    pub fn dropped(&self, reason: DropReason) -> u64 {
        self.queue.stats.dropped(reason)
    }
}

impl Observer for CallLog {
    fn name(&self) -> &'static str {
        "call_log"
    }

    fn begin(&self, head: &mut Head<'_>) -> Option<Box<dyn Watch>> {
        if let (Some(echo), Some(call)) = (&self.echo, head.call())
            && let Some(value) = head.parts.headers.get(&echo.header)
        {
            echo.values.pin().insert(call.id(), String::from_utf8_lossy(value.as_bytes()).into());
        }
        None
    }

    fn on_end(&self, record: &CallRecord) {
        let echo = self.echo.as_ref().and_then(|echo| echo.values.pin().remove(&record.id()).cloned());
        self.queue.push(Entry { record: record.clone(), echo });
    }
}

/// The header that is copied, and its values for the calls that have not ended.
struct Echo {
    header: HeaderName,
    values: papaya::HashMap<CallId, Arc<str>>,
}

impl fmt::Debug for Echo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Echo").field("header", &self.header).finish_non_exhaustive()
    }
}
