//! Where the layers stand.
//!
//! Those that record calls stand around each upstream, on the client side, where nothing has been rewritten any more;
//! those around the front see exchanges only: the `SERVER` span and the HTTP metrics.

mod layers;
mod observers;
mod patterns;
mod source;
mod traffic_spans;

pub(crate) use layers::Layers;
pub(crate) use observers::TelemetryObservers;
