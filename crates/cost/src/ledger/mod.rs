//! Who spent what, in the memory of one process.
//!
//! A [`SpendLedger`] is an observer that adds up what calls cost, exactly, by model, provider, key alias, team, user and
//! tag, since it was made and over windows of time. It is bounded, and whatever it can no longer tell apart is still in its
//! sums. What it knows is what one process saw: totals of a fleet, and those that outlive a restart, come from the metrics.
//!
//! ```
//! use std::time::Duration;
//! use tower_genai_core::CallLayer;
//! use tower_genai_cost::ledger::{Dimension, SpendLedger, SpendQuery};
//! use tower_genai_cost::Pricing;
//!
//! let ledger = SpendLedger::new();
//! let layer = CallLayer::client().with(Pricing::embedded()).with(ledger.clone());
//! # drop(layer);
//! // ... calls ...
//! let day = SpendQuery::new().group_by(Dimension::Team).since(Duration::from_secs(24 * 60 * 60));
//! let report = ledger.report(&day)?;
//! for group in report.groups() {
//!     println!("{:?} spent ${} in {} calls", group.value(0), group.spend().reported.cost, group.spend().calls);
//! }
//! # Ok::<(), tower_genai_cost::ledger::SinceError>(())
//! ```
//!
//! # Windows of time
//!
//! Calls are counted in the minute in which they end. Minutes are kept for [`MINUTES_KEPT`], hours for [`HOURS_KEPT`]; the
//! beginning of a window is moved back to the beginning of its minute, or, further back, of its hour, and the report says
//! where it begins. Minutes and hours are those of UTC.
//!
//! # Bounds
//!
//! An *account* is a set of values that occurred together: one model at one provider, asked by one key alias, team and user,
//! with the same tags. A ledger holds a bounded number of accounts and of buckets of time. Beyond it the account that has
//! been quiet longest is folded: first its user and tags become `other`, then its model and key alias, at last everything.
//! Its sums and its history go with it, so that no total ever changes; how often a value was folded is counted.

mod account;
mod builder;
mod dimension;
mod history;
mod observer;
mod report;
mod row;
mod shard;
mod spend;
mod spend_ledger;
#[cfg(test)]
mod tests;
mod timeline;
mod usd_sum;

pub use builder::SpendLedgerBuilder;
pub use dimension::{Dimension, UnknownDimension};
pub use history::{HOURS_KEPT, MINUTES_KEPT};
pub use report::{SinceError, SpendGroup, SpendQuery, SpendReport};
pub use spend::{Amounts, Spend, TokenTotals};
pub use spend_ledger::SpendLedger;
pub use usd_sum::UsdSum;
