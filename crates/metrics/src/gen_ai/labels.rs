use tower_genai_core::CallRecord;

use crate::series::{OTHER, OpenLabel, Reserved, Vocabulary, error_type, is_presentable};

/// How many different error types get a label value of their own.
const ERROR_TYPES: usize = 100;

/// The label values of a call whose choice is not ours.
#[derive(Clone, Copy, Debug)]
pub(super) struct Labels<'r> {
    pub(super) provider: &'r str,
    pub(super) request_model: &'r str,
    pub(super) response_model: &'r str,
    pub(super) error_type: &'r str,
}

/// Decides which values become labels.
pub(super) struct Judge {
    /// Models that an upstream has answered for.
    models: Vocabulary,
    error_types: Vocabulary,
}

impl Judge {
    pub(super) fn new(budget: usize) -> Self {
        Self { models: Vocabulary::new(budget), error_types: Vocabulary::new(ERROR_TYPES) }
    }

    /// The labels of a call; those that had to be folded are told.
    pub(super) fn labels<'r>(
        &self,
        record: &'r CallRecord,
        reserved: &Reserved,
        folded: impl Fn(OpenLabel),
    ) -> Labels<'r> {
        let keep = |label, value: Option<&'r str>, keep: &dyn Fn(&str) -> bool| match value {
            None => "",
            Some(value) if keep(value) => value,
            Some(_) => {
                folded(label);
                OTHER
            }
        };
        // Within a session there was an answer to the request that opened it.
        let answered =
            record.exchange().status.is_some_and(|status| status.is_success()) || record.session().is_some();
        Labels {
            provider: keep(OpenLabel::Provider, record.provider(), &is_presentable),
            request_model: keep(OpenLabel::RequestModel, record.request_model(), &|model| {
                // Anybody can ask for any model; what an upstream answers for exists.
                reserved.models.contains(model)
                    || (is_presentable(model)
                        && if answered { self.models.admit(model) } else { self.models.contains(model) })
            }),
            response_model: keep(OpenLabel::ResponseModel, record.response_model(), &is_presentable),
            error_type: keep(OpenLabel::ErrorType, record.error_type().map(error_type), &|word| {
                self.error_types.admit(word)
            }),
        }
    }
}
