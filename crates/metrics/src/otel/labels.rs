//! The labels that metrics share.

use crate::calls::LabelId;
use crate::names::label;

pub(super) type Label = (LabelId, &'static str);

pub(super) const OPERATION: Label = (LabelId::Operation, label::OPERATION);
pub(super) const PROVIDER: Label = (LabelId::Provider, label::PROVIDER);
pub(super) const REQUEST_MODEL: Label = (LabelId::RequestModel, label::REQUEST_MODEL);
pub(super) const RESPONSE_MODEL: Label = (LabelId::ResponseModel, label::RESPONSE_MODEL);
pub(super) const KEY_ALIAS: Label = (LabelId::KeyAlias, label::KEY_ALIAS);
pub(super) const TEAM: Label = (LabelId::Team, label::TEAM);
pub(super) const USER: Label = (LabelId::User, label::USER);
pub(super) const ERROR_TYPE: Label = (LabelId::ErrorType, label::ERROR_TYPE);
pub(super) const OUTCOME: Label = (LabelId::Outcome, label::OUTCOME);
pub(super) const USAGE_SOURCE: Label = (LabelId::UsageSource, label::USAGE_SOURCE);
pub(super) const COST_STATUS: Label = (LabelId::CostStatus, label::COST_STATUS);
pub(super) const ROLE: Label = (LabelId::Role, label::ROLE);
pub(super) const UPSTREAM: Label = (LabelId::Upstream, label::UPSTREAM);

/// The labels that every metric of the conventions has.
pub(super) const MODEL: &[Label] = &[OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL];

pub(super) const MODEL_AND_ERROR: &[Label] =
    &[OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, ERROR_TYPE];

/// With the kinds of tokens that the metric tells apart.
pub(super) const MODEL_AND_TOKEN_TYPE: &[Label] =
    &[OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, (LabelId::Part, label::OTEL_TOKEN_TYPE)];

pub(super) const MODEL_AND_MODALITY: &[Label] =
    &[OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, (LabelId::Part, label::TOKEN_MODALITY)];
