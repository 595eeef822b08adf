//! The metrics of release 1.41.

use tower_genai_core::CallRecord;

use super::labels::{MODEL, MODEL_AND_ERROR, MODEL_AND_TOKEN_TYPE};
use super::{measures, tokens};
use crate::calls::{BoundsOf, Kind, Measure, Row, Table};
use crate::names;

pub(super) static TABLE: Table = Table {
    rows: &[
        Row::new(
            names::OPERATION_DURATION,
            "Time from a call's begin to the end of its reply.",
            MODEL_AND_ERROR,
            Kind::Histogram(
                BoundsOf::Shared(|buckets| &buckets.operation_duration),
                Measure::Seconds(measures::duration),
            ),
        )
        .unit("seconds")
        .with_exemplars(),
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
        .with_exemplars()
        .following(),
        Row::new(
            names::TIME_PER_OUTPUT_CHUNK,
            "Time that each output of a streamed call after the first was waited for.",
            MODEL,
            Kind::Histogram(
                BoundsOf::Shared(|buckets| &buckets.time_per_output_chunk),
                Measure::Chunks(CallRecord::chunk_times),
            ),
        )
        .unit("seconds")
        .following(),
        TIME_PER_OUTPUT_TOKEN,
        Row::new(
            names::TOKEN_USAGE,
            "Tokens per call; input includes cached tokens, output includes reasoning.",
            MODEL_AND_TOKEN_TYPE,
            Kind::Histogram(
                BoundsOf::Shared(|buckets| &buckets.token_usage),
                Measure::Counts(tokens::DIRECTIONS, tokens::per_call),
            ),
        )
        .following(),
    ],
    missing: "",
};

/// The same in all states of the conventions.
pub(super) const TIME_PER_OUTPUT_TOKEN: Row = Row::new(
    names::TIME_PER_OUTPUT_TOKEN,
    "Time per output token after the first, of streamed calls that were delivered whole.",
    MODEL,
    Kind::Histogram(
        BoundsOf::Shared(|buckets| &buckets.time_per_output_token),
        Measure::Seconds(measures::time_per_output_token),
    ),
)
.unit("seconds")
.following();
