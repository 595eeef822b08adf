use tower_genai_core::{CallRecord, CostStatus, Observer, Operation, UsageSource};

use super::account::{Key, MAX_BYTES, MAX_TAGS, OTHER};
use super::spend::Addition;
use super::{Dimension, SpendLedger};

/// Counts each call once, when its record is final.
impl Observer for SpendLedger {
    fn name(&self) -> &'static str {
        "spend_ledger"
    }

    fn on_end(&self, record: &CallRecord) {
        let call = Addition::of(record);
        let caller = record.caller();
        let texts = [
            model(record),
            record.provider().unwrap_or_default(),
            caller.key_alias().unwrap_or_default(),
            caller.team().unwrap_or_default(),
            caller.user().unwrap_or_default(),
        ];
        let key = Key { texts, tags: caller.tags() };
        if is_modest(key) {
            self.count(key, &call);
        } else {
            self.count_cut(key, &call);
        }
    }
}

impl Addition {
    fn of(record: &CallRecord) -> Self {
        let unread = record.operation() == Operation::Unknown;
        Self {
            // A call that nobody recognised is not expected to tell its usage.
            status: record.cost_status().filter(|status| !(unread && *status == CostStatus::NoUsage)),
            estimated: record.usage_source() == UsageSource::Estimated,
            cost: record.cost().map(tower_genai_core::Cost::total),
            usage: *record.usage(),
        }
    }
}

/// The model that served; else the one asked for, if the upstream accepted it: anyone can ask for any name.
fn model(record: &CallRecord) -> &str {
    let accepted =
        || record.cost().is_some() || record.exchange().status.is_some_and(|status| status.is_success());
    match (record.response_model(), record.request_model()) {
        (Some(served), _) => served,
        (None, Some(asked)) if accepted() => asked,
        (None, Some(_)) => OTHER,
        (None, None) => "",
    }
}

/// Whether all values can be kept as they are.
fn is_modest(key: Key<'_>) -> bool {
    let fits = |text: &str| text.len() <= MAX_BYTES;
    key.texts.iter().all(|text| fits(text))
        && key.tags.len() <= MAX_TAGS
        && key.tags.iter().all(|tag| fits(tag))
}

impl SpendLedger {
    /// Counts a call some of whose values are too long, or whose tags are too many: these become `other`.
    fn count_cut(&self, mut key: Key<'_>, call: &Addition) {
        for (text, dimension) in key.texts.iter_mut().zip(Dimension::ALL) {
            if text.len() > MAX_BYTES {
                *text = OTHER;
                self.count_folded(dimension);
            }
        }
        let mut tags: Vec<Box<str>> = Vec::new();
        for (at, tag) in key.tags.iter().enumerate() {
            let kept = at < MAX_TAGS && tag.len() <= MAX_BYTES;
            if !kept {
                self.count_folded(Dimension::Tag);
            }
            let tag = if kept { tag } else { OTHER };
            if !tags.iter().any(|other| &**other == tag) {
                tags.push(tag.into());
            }
        }
        self.count(Key { tags: &tags, ..key }, call);
    }
}
