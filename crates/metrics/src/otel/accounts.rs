//! Who used what: the conventions have no metrics that say who called.

use super::labels::{
    ERROR_TYPE, KEY_ALIAS, OPERATION, OUTCOME, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, ROLE, TEAM,
    USAGE_SOURCE, USER,
};
use super::{measures, tokens};
use crate::calls::{Kind, LabelId, Measure, Row, Table};
use crate::names::{self, label};

pub(super) static TABLE: Table = Table {
    rows: &[
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
            Kind::Counter(Measure::Counts(tokens::TYPES, tokens::by_type)),
        ),
        Row::new(
            names::COST,
            "What calls cost in US dollars, summed exactly.",
            &[OPERATION, PROVIDER, REQUEST_MODEL, RESPONSE_MODEL, KEY_ALIAS, TEAM, USER, USAGE_SOURCE, ROLE],
            Kind::Counter(Measure::Money(measures::cost)),
        )
        .unit("usd")
        .with_exemplars(),
    ],
    missing: "",
};
