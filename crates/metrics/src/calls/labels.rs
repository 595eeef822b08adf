use tower_genai_core::CallRecord;

use super::LabelId;

/// What is known about a call that has ended.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts<'r> {
    pub(crate) record: &'r CallRecord,
    /// The values of the operator's own labels, in their order.
    pub(crate) custom: &'r [&'r str],
    /// What a failed call was raised as; empty where no naming asks for it.
    pub(crate) exception: &'r str,
    /// The hash of the caller's key, where it may be shown; else empty.
    pub(crate) hashed_key: &'r str,
}

/// Whether an upstream has answered for what the call asked. Within a session there was an answer to the request that
/// opened it.
pub(super) fn is_answered(record: &CallRecord) -> bool {
    record.exchange().status.is_some_and(|status| status.is_success()) || record.session().is_some()
}

/// The values of a call's labels, each judged to be one that may be shown. Empty: nobody knows.
#[derive(Clone, Copy, Debug)]
pub(super) struct CallLabels<'r>([&'r str; LabelId::COUNT]);

impl<'r> CallLabels<'r> {
    pub(super) const fn new() -> Self {
        Self([""; LabelId::COUNT])
    }

    pub(super) const fn get(&self, label: LabelId) -> &'r str {
        self.0[label.index()]
    }

    pub(super) const fn set(&mut self, label: LabelId, value: &'r str) {
        self.0[label.index()] = value;
    }
}
