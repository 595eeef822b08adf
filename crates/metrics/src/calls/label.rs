use http::StatusCode;
use tower_genai_core::{CostStatus, Operation, Outcome, Role, UsageSource};

use super::Facts;
use crate::litellm;

/// A label value that a call can have, whatever a naming calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(dead_code, reason = "a naming uses those it has")]
pub(crate) enum LabelId {
    Operation,
    Provider,
    RequestModel,
    ResponseModel,
    ErrorType,
    Outcome,
    UsageSource,
    CostStatus,
    Role,
    Streamed,
    KeyAlias,
    HashedKey,
    Team,
    User,
    EndUser,
    Upstream,
    Route,
    StatusCode,
    ServiceTier,
    /// LiteLLM's name for the provider.
    ApiProvider,
    /// The model asked for, else the one that answered.
    Model,
    /// The base URL of the upstream.
    ApiBase,
    /// The template of the API's path.
    ApiRoute,
    /// The status that the client was answered with, or would have been.
    ClientStatus,
    /// The status of what a failed call was raised as.
    ExceptionStatus,
    /// What a failed call was raised as.
    ExceptionClass,
    /// Which of the metric's several numbers a sample is: the type of tokens, their modality, the kind of a limit.
    Part,
    /// A label whose value nobody here can know.
    Nothing,
    /// A label of the operator's own, by its place among them.
    Custom(u8),
}

/// What a call's labels say that comes from a closed list of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Closed {
    operation: Operation,
    role: Role,
    outcome: Outcome,
    usage_source: UsageSource,
    cost_status: Option<CostStatus>,
    streamed: bool,
}

impl Closed {
    pub(super) fn of(facts: Facts<'_>) -> Self {
        let record = facts.record;
        Self {
            operation: record.operation(),
            role: record.role(),
            outcome: record.outcome(),
            usage_source: record.usage_source(),
            cost_status: record.cost_status(),
            streamed: record.streamed(),
        }
    }
}

/// How many labels of the operator's own there can be.
pub(crate) const MAX_CUSTOM: u8 = 16;

impl LabelId {
    const CUSTOM: usize = 28;

    /// How many labels there are.
    pub(super) const COUNT: usize = Self::CUSTOM + MAX_CUSTOM as usize;

    /// Its place among all labels.
    pub(super) const fn index(self) -> usize {
        match self {
            Self::Operation => 0,
            Self::Provider => 1,
            Self::RequestModel => 2,
            Self::ResponseModel => 3,
            Self::ErrorType => 4,
            Self::Outcome => 5,
            Self::UsageSource => 6,
            Self::CostStatus => 7,
            Self::Role => 8,
            Self::Streamed => 9,
            Self::KeyAlias => 10,
            Self::HashedKey => 11,
            Self::Team => 12,
            Self::User => 13,
            Self::EndUser => 14,
            Self::Upstream => 15,
            Self::Route => 16,
            Self::StatusCode => 17,
            Self::ServiceTier => 18,
            Self::Part => 19,
            Self::Nothing => 20,
            Self::ApiProvider => 21,
            Self::Model => 22,
            Self::ApiBase => 23,
            Self::ApiRoute => 24,
            Self::ClientStatus => 25,
            Self::ExceptionStatus => 26,
            Self::ExceptionClass => 27,
            Self::Custom(place) => {
                let last = MAX_CUSTOM - 1;
                Self::CUSTOM + if place > last { last } else { place } as usize
            }
        }
    }

    /// Whether all its values are in [`Closed`].
    pub(super) const fn is_closed(self) -> bool {
        matches!(
            self,
            Self::Operation
                | Self::Outcome
                | Self::UsageSource
                | Self::CostStatus
                | Self::Role
                | Self::Streamed
        )
    }

    /// Whether the call itself says nothing about it.
    pub(super) const fn is_silent(self) -> bool {
        matches!(self, Self::Part | Self::Nothing)
    }

    /// What the call says, before anybody has judged whether that may be shown; empty when nobody knows.
    pub(super) fn of(self, facts: Facts<'_>) -> &str {
        let record = facts.record;
        let caller = record.caller();
        match self {
            Self::Operation => record.operation().as_str(),
            Self::Provider => record.provider().unwrap_or_default(),
            Self::RequestModel => record.request_model().unwrap_or_default(),
            Self::ResponseModel => record.response_model().unwrap_or_default(),
            Self::ErrorType => record.error_type().unwrap_or_default(),
            Self::Outcome => record.outcome().as_str(),
            Self::UsageSource => record.usage_source().as_str(),
            Self::CostStatus => record.cost_status().map_or("", CostStatus::as_str),
            Self::Role => record.role().as_str(),
            Self::Streamed => {
                if record.streamed() {
                    "true"
                } else {
                    "false"
                }
            }
            Self::KeyAlias => caller.key_alias().unwrap_or_default(),
            Self::HashedKey => facts.hashed_key,
            Self::Team => caller.team().unwrap_or_default(),
            Self::User => caller.user().unwrap_or_default(),
            Self::EndUser => caller.end_user().unwrap_or_default(),
            Self::Upstream => record.upstream().name().unwrap_or_default(),
            Self::Route => record.exchange().route.as_deref().unwrap_or_default(),
            Self::StatusCode => record.exchange().status.as_ref().map_or("", StatusCode::as_str),
            Self::ServiceTier => {
                let served = record.reply().service_tier.as_deref();
                served.or(record.request().service_tier.as_deref()).unwrap_or_default()
            }
            Self::ApiProvider => litellm::api_provider(record.provider().unwrap_or_default()),
            Self::Model => record.request_model().or(record.response_model()).unwrap_or_default(),
            Self::ApiBase => record.upstream().api_base().unwrap_or_default(),
            Self::ApiRoute => record.api_route().unwrap_or_default(),
            Self::ClientStatus => litellm::status_code(record),
            Self::ExceptionStatus => litellm::exception_status(record),
            Self::ExceptionClass => facts.exception,
            Self::Custom(place) => facts.custom.get(usize::from(place)).map_or("", |value| value),
            Self::Part | Self::Nothing => "",
        }
    }
}

/// A set of labels.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct LabelMask(u64);

const _: () = assert!(LabelId::COUNT <= 64);

impl LabelMask {
    pub(super) const NONE: Self = Self(0);

    pub(super) const fn contains(self, label: LabelId) -> bool {
        self.0 & (1 << label.index()) != 0
    }

    pub(super) const fn insert(&mut self, label: LabelId) {
        self.0 |= 1 << label.index();
    }

    pub(super) const fn is_empty(self) -> bool {
        self.0 == 0
    }
}
