use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::calls::LabelId;

/// Values the operator has named: they keep their series when the budget is used up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Reserved {
    pub(crate) models: HashSet<Box<str>, RandomState>,
    pub(crate) key_aliases: HashSet<Box<str>, RandomState>,
    pub(crate) teams: HashSet<Box<str>, RandomState>,
    pub(crate) users: HashSet<Box<str>, RandomState>,
    pub(crate) hashed_keys: HashSet<Box<str>, RandomState>,
}

impl Reserved {
    /// Whether the value stays when a label set is folded.
    pub(crate) fn keeps(&self, label: LabelId, value: &str) -> bool {
        value.is_empty()
            || match label {
                LabelId::RequestModel | LabelId::ResponseModel | LabelId::Model => {
                    self.models.contains(value)
                }
                LabelId::KeyAlias => self.key_aliases.contains(value),
                LabelId::Team => self.teams.contains(value),
                LabelId::User => self.users.contains(value),
                LabelId::HashedKey => self.hashed_keys.contains(value),
                LabelId::Provider
                | LabelId::ApiProvider
                | LabelId::EndUser
                | LabelId::Upstream
                | LabelId::Route
                | LabelId::ServiceTier
                | LabelId::Custom(_) => false,
                // Few already; and errors, which are few as well, are what one looks for when things go wrong.
                LabelId::Operation
                | LabelId::ErrorType
                | LabelId::Outcome
                | LabelId::UsageSource
                | LabelId::CostStatus
                | LabelId::Role
                | LabelId::Streamed
                | LabelId::StatusCode
                | LabelId::ApiBase
                | LabelId::ApiRoute
                | LabelId::ClientStatus
                | LabelId::ExceptionStatus
                | LabelId::ExceptionClass
                | LabelId::Part
                | LabelId::Nothing => true,
            }
    }
}
