use tower_genai_core::Profile;
use tower_genai_core::clock::Clock;

use crate::buckets::Buckets;
use crate::builder::DEFAULT_SERIES_BUDGET;
use crate::calls::{Definition, Measure, Options};
use crate::catalogue::{Applied, CustomLabels};
use crate::litellm::Callbacks;
use crate::series::Reserved;
use crate::{Naming, litellm, otel};

/// What a store is to be, once everything about it is known to be possible.
pub(crate) struct Plan {
    pub(crate) buckets: Buckets,
    pub(crate) budget: usize,
    /// The metrics of calls, their labels, and what is not shown.
    pub(crate) applied: Applied,
    pub(crate) naming: Naming,
    pub(crate) callbacks: Callbacks,
    pub(crate) options: Options,
    pub(crate) reserved: Reserved,
    pub(crate) revision: String,
    pub(crate) clock: Clock,
}

impl Default for Plan {
    fn default() -> Self {
        let (buckets, budget, options) = (Buckets::default(), DEFAULT_SERIES_BUDGET, Options::default());
        let naming = Naming::default();
        Self {
            applied: Applied {
                definitions: definitions(naming, Profile::default(), &buckets, budget, options),
                custom: CustomLabels::default(),
                allowed: Vec::new(),
                hidden: Vec::new(),
            },
            naming,
            callbacks: Callbacks::default(),
            buckets,
            budget,
            options,
            reserved: Reserved::default(),
            revision: String::new(),
            clock: Clock::new(),
        }
    }
}

/// The metrics of calls, in the order in which they are shown. A name that several tables have is the first one's.
pub(crate) fn definitions(
    naming: Naming,
    profile: Profile,
    buckets: &Buckets,
    budget: usize,
    options: Options,
) -> Vec<Definition> {
    let otel = naming.has_otel().then(|| otel::tables(profile)).into_iter().flatten();
    let otel = otel.chain([otel::OURS]).flat_map(|table| table.definitions(buckets, budget));
    let litellm = naming.has_litellm().then(|| litellm::definitions(buckets, budget));
    let mut all: Vec<Definition> = Vec::new();
    for definition in otel.chain(litellm.into_iter().flatten()) {
        let known = all.iter().any(|known| known.row.name == definition.row.name);
        let asked = options.chunks || !matches!(definition.row.measure(), Measure::Chunks(_));
        if asked && !known {
            all.push(definition);
        }
    }
    all
}
