//! The naming of OpenTelemetry's conventions, and what they have no name for.

mod accounts;
mod labels;
mod measures;
mod ours;
mod tokens;
mod v1_41;
mod v2026_10;

use tower_genai_core::Profile;

use crate::calls::Table;

/// The naming in a state of the conventions.
pub(crate) fn tables(profile: Profile) -> impl Iterator<Item = &'static Table> {
    let v1_41 = profile.has_v1_41().then_some(&v1_41::TABLE);
    let v2026_10 = profile.has_v2026_10().then_some(&v2026_10::TABLE);
    v1_41.into_iter().chain(v2026_10).chain([&accounts::TABLE])
}

/// What every naming has.
pub(crate) static OURS: &Table = &ours::TABLE;
