//! The one clock of the workspace.

pub use quanta::{Clock, Instant, Mock};
