//! What a model's price depends on beside counts: the hour, the region, the speed, and how searches are counted.

mod off_peak;
mod search;
mod uplift;

pub(crate) use off_peak::{Day, OffPeak, Window};
pub use search::FreeSearches;
pub(crate) use uplift::{Condition, Uplift};

/// The terms of a model that has any.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Prices of some hours.
    pub(crate) off_peak: Option<OffPeak>,
    /// Factors on the prices of tokens.
    pub(crate) uplifts: Vec<Uplift>,
    /// Whether a search by Google's models is charged per query instead of once per grounded prompt.
    pub(crate) search_per_query: bool,
    /// Searches an account has free.
    pub(crate) free_searches: Option<FreeSearches>,
    /// Images sent with a call that are not charged.
    pub(crate) free_input_images: u64,
}
