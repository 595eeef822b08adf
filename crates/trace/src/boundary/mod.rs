//! Where a process ends and its callers and the services it calls begin: who a span's parent is, and what goes out.

mod audience;
mod crossing;
mod outgoing;
pub(crate) mod strip;
mod trust;

pub use audience::Audience;
pub(crate) use audience::Sight;
pub(crate) use crossing::{Boundary, Caller};
pub use outgoing::Outgoing;
pub use trust::Trust;
