#![doc = include_str!("../../docs/litellm.md")]

mod callbacks;
mod exception;
mod measures;
mod own;
mod provider;
mod rows;

use crate::buckets::Buckets;
use crate::calls::{Definition, Kind, LabelId, Table};

pub(crate) use callbacks::Callbacks;
pub(crate) use exception::{exception_class, exception_status, status_code};
pub(crate) use own::{collect, families};
pub(crate) use provider::api_provider;

/// `None` is what Python writes for a value that is not there.
static TABLE: Table = Table { rows: &rows::ROWS, missing: "None" };

/// The metrics, with the labels that are shown unless configured otherwise.
pub(crate) fn definitions(buckets: &Buckets, budget: usize) -> impl Iterator<Item = Definition> {
    TABLE.definitions(buckets, budget).map(|mut definition| {
        let histogram = matches!(definition.row.kind, Kind::Histogram(..));
        for (label, _) in &mut definition.labels {
            if is_personal(*label) || histogram && is_identity(*label) {
                *label = LabelId::Nothing;
            }
        }
        definition
    })
}

/// Who stands behind the one who calls: as many as there are people.
const fn is_personal(label: LabelId) -> bool {
    matches!(label, LabelId::EndUser)
}

/// Who calls. Each would multiply all buckets.
const fn is_identity(label: LabelId) -> bool {
    matches!(label, LabelId::KeyAlias | LabelId::HashedKey | LabelId::Team | LabelId::User)
}
