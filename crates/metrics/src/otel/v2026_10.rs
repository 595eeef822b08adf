//! The metrics of the conventions' main branch in October 2026.

use super::labels::{MODEL, MODEL_AND_ERROR, MODEL_AND_MODALITY};
use super::{measures, tokens, v1_41};
use crate::calls::{BoundsOf, Kind, Measure, Row, Table};
use crate::names;

pub(super) static TABLE: Table = Table {
    rows: &[
        Row::new(
            names::OPERATION_DURATION,
            "Time from the begin of a call that is no inference to the end of its reply.",
            MODEL_AND_ERROR,
            Kind::Histogram(
                BoundsOf::Shared(|buckets| &buckets.operation_duration),
                Measure::Seconds(measures::duration_without_inference),
            ),
        )
        .unit("seconds")
        .with_exemplars(),
        Row::new(
            names::INFERENCE_DURATION,
            "Time from an inference's begin to the end of its reply.",
            MODEL_AND_ERROR,
            Kind::Histogram(
                BoundsOf::Shared(|buckets| &buckets.operation_duration),
                Measure::Seconds(measures::inference_duration),
            ),
        )
        .unit("seconds")
        .with_exemplars(),
        Row::new(
            names::INFERENCE_TIME_TO_FIRST_CHUNK,
            "Time from a streamed inference's begin to its first output.",
            MODEL,
            Kind::Histogram(
                BoundsOf::Shared(|buckets| &buckets.time_to_first_chunk),
                Measure::Seconds(measures::inference_time_to_first_chunk),
            ),
        )
        .unit("seconds")
        .with_exemplars()
        .following(),
        Row::new(
            names::INFERENCE_TIME_PER_OUTPUT_CHUNK,
            "Time that each output of a streamed inference after the first was waited for.",
            MODEL,
            Kind::Histogram(
                BoundsOf::Shared(|buckets| &buckets.time_per_output_chunk),
                Measure::Chunks(measures::inference_chunk_times),
            ),
        )
        .unit("seconds")
        .following(),
        v1_41::TIME_PER_OUTPUT_TOKEN,
        Row::new(
            names::INFERENCE_INPUT_TOKENS,
            "Input tokens per inference, cached tokens included.",
            MODEL_AND_ERROR,
            Kind::Histogram(
                BoundsOf::Shared(|buckets| &buckets.token_usage),
                Measure::Count(tokens::input_per_inference),
            ),
        )
        .following(),
        Row::new(
            names::INFERENCE_OUTPUT_TOKENS,
            "Output tokens per inference, reasoning included.",
            MODEL_AND_ERROR,
            Kind::Histogram(
                BoundsOf::Shared(|buckets| &buckets.token_usage),
                Measure::Count(tokens::output_per_inference),
            ),
        )
        .following(),
        Row::new(
            names::USAGE_INPUT_TOKENS,
            "Input tokens used, cached tokens included.",
            MODEL_AND_MODALITY,
            Kind::Counter(Measure::Counts(tokens::MODALITIES, tokens::input)),
        )
        .following(),
        Row::new(
            names::USAGE_OUTPUT_TOKENS,
            "Output tokens used, reasoning included.",
            MODEL_AND_MODALITY,
            Kind::Counter(Measure::Counts(tokens::MODALITIES, tokens::output)),
        )
        .following(),
        Row::new(
            names::USAGE_CACHE_READ_TOKENS,
            "Input tokens that were read from the provider's cache.",
            MODEL_AND_MODALITY,
            Kind::Counter(Measure::Counts(tokens::MODALITIES, tokens::cache_read)),
        )
        .following(),
        Row::new(
            names::USAGE_CACHE_WRITE_TOKENS,
            "Input tokens that were written to the provider's cache.",
            MODEL_AND_MODALITY,
            Kind::Counter(Measure::Counts(tokens::MODALITIES, tokens::cache_write)),
        )
        .following(),
        Row::new(
            names::USAGE_REASONING_TOKENS,
            "Output tokens that were spent on reasoning.",
            MODEL_AND_MODALITY,
            Kind::Counter(Measure::Counts(tokens::MODALITIES, tokens::reasoning)),
        )
        .following(),
    ],
    missing: "",
};
