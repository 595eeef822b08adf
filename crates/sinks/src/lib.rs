//! Where finished calls to language models go: JSON lines.
//!
//! A sink is an [`Observer`](tower_genai_core::Observer): it takes the record of each finished call off the I/O path in
//! well under a microsecond and does its work on a thread of its own, behind a bounded queue. What does not fit is
//! counted and never waited for.
//!
//! ```
//! use std::time::Duration;
//! use tower_genai_core::CallLayer;
//! use tower_genai_sinks::CallLog;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("calls.jsonl");
//! let (log, guard) = CallLog::builder(path).open()?;
//! let layer = CallLayer::client().with(log.clone());
//! # drop(layer);
//! // ... call models through the layer; at the end:
//! guard.shutdown(Duration::from_secs(5))?;
//! # Ok(())
//! # }
//! ```

pub mod call_log;

pub use call_log::{CallLog, CallLogBuilder, CallLogGuard, DropReason, Unfinished};
