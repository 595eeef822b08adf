//! Which metrics there are and which labels they have, as the operator says.
//!
//! The tables of the namings say what could be shown. A [`Catalogue`] takes away from it and adds to it, and tells every
//! fault of what was asked for.

mod apply;
mod custom;
mod selector;

use std::collections::HashSet;

use tower_genai_scrape::{Bounds, BoundsError};

use crate::fault::Fault;

pub(crate) use apply::{Allowed, Applied};
pub(crate) use custom::{CustomLabel, CustomLabels};

/// What was asked for, in the order in which it was.
#[derive(Clone, Debug, Default)]
pub(crate) struct Catalogue {
    /// Metrics, by name or by pattern; all when empty.
    pub(crate) only: Vec<String>,
    pub(crate) exclude: Vec<String>,
    /// The labels that metrics keep.
    pub(crate) labels_of: Vec<(String, Vec<String>)>,
    pub(crate) exclude_labels: Vec<String>,
    pub(crate) include_labels: Vec<String>,
    pub(crate) allow: Vec<(String, HashSet<Box<str>>)>,
    pub(crate) custom: Vec<CustomLabel>,
    pub(crate) budgets: Vec<(String, usize)>,
    pub(crate) buckets: Vec<(String, Result<Bounds, BoundsError>)>,
    /// What could not even be written down.
    pub(crate) faults: Vec<Fault>,
}
