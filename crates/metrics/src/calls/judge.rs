use super::LabelId;
use super::key::SEPARATOR;
use super::labels::{CallLabels, Facts, is_answered};
use crate::catalogue::Allowed;
use crate::series::{OTHER, Reserved, Vocabulary, error_type, is_presentable};

/// How many different error types get a label value of their own.
const ERROR_TYPES: usize = 100;

/// Decides which values become labels.
pub(super) struct Judge {
    /// Models that an upstream has answered for.
    models: Vocabulary,
    error_types: Vocabulary,
    /// The only values that some labels may have.
    allowed: Allowed,
}

impl Judge {
    pub(super) fn new(budget: usize, allowed: Allowed) -> Self {
        Self { models: Vocabulary::new(budget), error_types: Vocabulary::new(ERROR_TYPES), allowed }
    }

    /// The labels of a call; those that had to be folded are told. What has once been shown always will be.
    pub(super) fn labels<'r>(
        &self,
        facts: Facts<'r>,
        labels: &[LabelId],
        reserved: &Reserved,
        mut folded: impl FnMut(LabelId),
    ) -> CallLabels<'r> {
        let mut judged = CallLabels::new();
        for label in labels {
            let mut value = label.of(facts);
            if *label == LabelId::ErrorType {
                value = error_type(value);
            }
            if !value.is_empty() && !self.may_be_shown(*label, value, facts, reserved) {
                folded(*label);
                value = OTHER;
            }
            judged.set(*label, value);
        }
        judged
    }

    fn may_be_shown(&self, label: LabelId, value: &str, facts: Facts<'_>, reserved: &Reserved) -> bool {
        if self.allowed.iter().any(|(known, values)| *known == label && !values.contains(value)) {
            return false;
        }
        let record = facts.record;
        match label {
            LabelId::RequestModel | LabelId::Model if record.request_model().is_some() => {
                // Anybody can ask for any model; what an upstream answers for exists.
                reserved.models.contains(value) && !value.contains(SEPARATOR)
                    || is_presentable(value)
                        && if is_answered(record) {
                            self.models.admit(value)
                        } else {
                            self.models.contains(value)
                        }
            }
            LabelId::ErrorType => self.error_types.admit(value),
            LabelId::Provider
            | LabelId::ApiProvider
            | LabelId::ResponseModel
            | LabelId::Model
            | LabelId::ServiceTier
            | LabelId::Custom(_) => is_presentable(value),
            LabelId::KeyAlias | LabelId::Team | LabelId::User | LabelId::EndUser => {
                is_presentable(value) || reserved.keeps(label, value) && !value.contains(SEPARATOR)
            }
            _ => !value.contains(SEPARATOR),
        }
    }
}
