//! The metrics with their labels.

use super::measures;
use crate::calls::{BoundsOf, Kind, LabelId, Measure, Row};
use crate::names::{self, label};

const OPERATION: (LabelId, &str) = (LabelId::Operation, label::OPERATION);
const PROVIDER: (LabelId, &str) = (LabelId::Provider, label::PROVIDER);
const REQUEST_MODEL: (LabelId, &str) = (LabelId::RequestModel, label::REQUEST_MODEL);
const RESPONSE_MODEL: (LabelId, &str) = (LabelId::ResponseModel, label::RESPONSE_MODEL);
const KEY_ALIAS: (LabelId, &str) = (LabelId::KeyAlias, label::KEY_ALIAS);
const TEAM: (LabelId, &str) = (LabelId::Team, label::TEAM);
const USER: (LabelId, &str) = (LabelId::User, label::USER);
const ERROR_TYPE: (LabelId, &str) = (LabelId::ErrorType, label::ERROR_TYPE);
const OUTCOME: (LabelId, &str) = (LabelId::Outcome, label::OUTCOME);
const USAGE_SOURCE: (LabelId, &str) = (LabelId::UsageSource, label::USAGE_SOURCE);
const COST_STATUS: (LabelId, &str) = (LabelId::CostStatus, label::COST_STATUS);
const ROLE: (LabelId, &str) = (LabelId::Role, label::ROLE);

/// The labels that every metric of the conventions has.
const MODEL: &[(LabelId, &str)] = &[OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL];
const MODEL_AND_ERROR: &[(LabelId, &str)] = &[OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, ERROR_TYPE];

pub(super) static V1_41: [Row; 8] = [
    Row::new(
        names::OPERATION_DURATION,
        "Time from a call's begin to the end of its reply.",
        MODEL_AND_ERROR,
        Kind::Histogram(
            BoundsOf::Shared(|buckets| &buckets.operation_duration),
            Measure::Seconds(measures::duration),
        ),
    )
    .unit("seconds"),
    Row::new(
        names::TIME_TO_FIRST_CHUNK,
        "Time from a streamed call's begin to its first output.",
        MODEL,
        Kind::Histogram(
            BoundsOf::Shared(|buckets| &buckets.time_to_first_chunk),
            Measure::Seconds(measures::time_to_first_chunk),
        ),
    )
    .unit("seconds")
    .following(),
    Row::new(
        names::TIME_PER_OUTPUT_TOKEN,
        "Time per output token after the first, of streamed calls that were delivered whole.",
        MODEL,
        Kind::Histogram(
            BoundsOf::Shared(|buckets| &buckets.time_per_output_token),
            Measure::Seconds(measures::time_per_output_token),
        ),
    )
    .unit("seconds")
    .following(),
    Row::new(
        names::TOKEN_USAGE,
        "Tokens per call; input includes cached tokens, output includes reasoning.",
        &[OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, (LabelId::Part, label::OTEL_TOKEN_TYPE)],
        Kind::Histogram(
            BoundsOf::Shared(|buckets| &buckets.token_usage),
            Measure::Counts(measures::DIRECTIONS, measures::tokens_per_call),
        ),
    )
    .following(),
    Row::new(
        names::CALLS,
        "Calls that have ended, by what became of them.",
        &[
            OPERATION,
            PROVIDER,
            REQUEST_MODEL,
            RESPONSE_MODEL,
            KEY_ALIAS,
            TEAM,
            USER,
            OUTCOME,
            ERROR_TYPE,
            ROLE,
        ],
        Kind::Counter(Measure::Count(measures::one)),
    )
    .of_all_calls(),
    Row::new(
        names::TOKENS,
        "Tokens used. Cached and audio tokens are parts of input, reasoning and audio tokens of output.",
        &[
            OPERATION,
            PROVIDER,
            REQUEST_MODEL,
            RESPONSE_MODEL,
            KEY_ALIAS,
            TEAM,
            USER,
            (LabelId::Part, label::TOKEN_TYPE),
            USAGE_SOURCE,
            ROLE,
        ],
        Kind::Counter(Measure::Counts(measures::TOKEN_TYPES, measures::tokens)),
    ),
    Row::new(
        names::COST,
        "What calls cost in US dollars, summed exactly.",
        &[OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, KEY_ALIAS, TEAM, USER, USAGE_SOURCE, ROLE],
        Kind::Counter(Measure::Money(measures::cost)),
    )
    .unit("usd"),
    Row::new(
        names::COST_CALLS,
        "Calls by whether they could be priced.",
        &[COST_STATUS, PROVIDER, RESPONSE_MODEL],
        Kind::Counter(Measure::Count(measures::one_if_priced_or_not)),
    ),
];
