//! The time a request takes because we are there.
//!
//! The layer on the server's side starts a [`Stopwatch`] and puts it into the request's extensions; the layer on the
//! client's side, if the request gets there with its extensions, tells it when an upstream is at work.

mod series;
mod stopwatch;
mod watch;

pub(crate) use series::Overhead;
pub(crate) use watch::OverheadWatch;

use stopwatch::Stopwatch;
