use std::sync::Arc;

use tower_genai_core::{CallRecord, Operation, Outcome, Usage, UsageSource};
use tower_genai_scrape::{Encoder, Family};

use super::labels::Labels;
use crate::buckets::Buckets;
use crate::names::{self, label};
use crate::series::{Census, Histogram, Key, OpenLabel, Reserved, SeriesMap};

const MODEL: &[&str] = &[label::OPERATION, label::PROVIDER, label::REQUEST_MODEL, label::RESPONSE_MODEL];

pub(super) static FAMILIES: [Family; 4] = [
    Family::histogram(
        names::OPERATION_DURATION,
        "Time from a call's begin to the end of its reply.",
        &[label::OPERATION, label::PROVIDER, label::REQUEST_MODEL, label::RESPONSE_MODEL, label::ERROR_TYPE],
    )
    .with_unit("seconds"),
    Family::histogram(
        names::TIME_TO_FIRST_CHUNK,
        "Time from a streamed call's begin to its first output.",
        MODEL,
    )
    .with_unit("seconds"),
    Family::histogram(
        names::TIME_PER_OUTPUT_TOKEN,
        "Time per output token after the first, of streamed calls that were delivered whole.",
        MODEL,
    )
    .with_unit("seconds"),
    Family::histogram(
        names::TOKEN_USAGE,
        "Tokens per call; input includes cached tokens, output includes reasoning.",
        &[
            label::OPERATION,
            label::PROVIDER,
            label::REQUEST_MODEL,
            label::RESPONSE_MODEL,
            label::OTEL_TOKEN_TYPE,
        ],
    ),
];

/// The histograms of calls.
pub(super) struct Latency {
    calls: SeriesMap<Operation, CallSeries, 4>,
    models: SeriesMap<Operation, Arc<ModelSeries>, 3>,
    buckets: Buckets,
}

/// Everything one call is observed in, so that one look-up finds it.
struct CallSeries {
    duration: Histogram,
    /// Shared by all errors of a model.
    model: Arc<ModelSeries>,
}

struct ModelSeries {
    time_to_first_chunk: Histogram,
    time_per_output_token: Histogram,
    input: Histogram,
    output: Histogram,
}

impl Latency {
    pub(super) fn new(buckets: &Buckets, budget: usize) -> Self {
        use OpenLabel::{ErrorType, Provider, RequestModel, ResponseModel};
        Self {
            calls: SeriesMap::new(
                &[names::OPERATION_DURATION],
                [Provider, RequestModel, ResponseModel, ErrorType],
                budget,
            ),
            models: SeriesMap::new(
                &[names::TIME_TO_FIRST_CHUNK, names::TIME_PER_OUTPUT_TOKEN, names::TOKEN_USAGE],
                [Provider, RequestModel, ResponseModel],
                budget,
            ),
            buckets: buckets.clone(),
        }
    }

    pub(super) fn record(&self, record: &CallRecord, labels: &Labels<'_>, reserved: &Reserved) {
        let Labels { provider, request_model, response_model, error_type } = *labels;
        let closed = record.operation();
        let key = Key { closed, open: [provider, request_model, response_model, error_type] };
        let make = |key: Key<Operation, &str, 4>| CallSeries {
            duration: Histogram::new(&self.buckets.operation_duration),
            model: self.model_of(key, reserved),
        };
        self.calls.with(key, reserved, make, |series| {
            series.duration.observe(&self.buckets.operation_duration, record.duration().as_secs_f64());
            series.model.observe(&self.buckets, record);
        });
    }

    fn model_of(&self, key: Key<Operation, &str, 4>, reserved: &Reserved) -> Arc<ModelSeries> {
        let [provider, request_model, response_model, _] = key.open;
        let key = Key { closed: key.closed, open: [provider, request_model, response_model] };
        self.models.with(key, reserved, |_| Arc::new(ModelSeries::new(&self.buckets)), Arc::clone)
    }

    pub(super) fn collect(&self, encoder: &mut Encoder<'_>, room: &mut Vec<u64>) {
        let [duration, to_first_chunk, per_output_token, token_usage] = &FAMILIES;
        let buckets = &self.buckets;
        let mut samples = encoder.family(duration);
        self.calls.show(|sets| {
            for (key, series) in sets {
                let [provider, request, response, error] = key.open();
                let labels = [key.closed.as_str(), provider, request, response, error];
                series.duration.show(&mut samples, &labels, &buckets.operation_duration, room);
            }
        });
        self.models.show(|sets| {
            let labels = |key: &Key<Operation, Box<str>, 3>| key.closed.as_str();
            let mut samples = encoder.family(to_first_chunk);
            for (key, series) in sets {
                let [provider, request, response] = key.open();
                let labels = [labels(key), provider, request, response];
                series.time_to_first_chunk.show(&mut samples, &labels, &buckets.time_to_first_chunk, room);
            }
            let mut samples = encoder.family(per_output_token);
            for (key, series) in sets {
                let [provider, request, response] = key.open();
                let labels = [labels(key), provider, request, response];
                series.time_per_output_token.show(
                    &mut samples,
                    &labels,
                    &buckets.time_per_output_token,
                    room,
                );
            }
            let mut samples = encoder.family(token_usage);
            for (key, series) in sets {
                let [provider, request, response] = key.open();
                for (token_type, tokens) in [("input", &series.input), ("output", &series.output)] {
                    let labels = [labels(key), provider, request, response, token_type];
                    tokens.show(&mut samples, &labels, &buckets.token_usage, room);
                }
            }
        });
    }

    pub(super) fn censuses(&self) -> [&dyn Census; 2] {
        [&self.calls, &self.models]
    }
}

impl ModelSeries {
    fn new(buckets: &Buckets) -> Self {
        Self {
            time_to_first_chunk: Histogram::new(&buckets.time_to_first_chunk),
            time_per_output_token: Histogram::new(&buckets.time_per_output_token),
            input: Histogram::new(&buckets.token_usage),
            output: Histogram::new(&buckets.token_usage),
        }
    }

    fn observe(&self, buckets: &Buckets, record: &CallRecord) {
        // These have no label that would keep a guess apart from what was counted.
        let estimated = record.usage_source() == UsageSource::Estimated;
        let usage = if estimated { Usage::default() } else { *record.usage() };
        for (tokens, histogram) in [(usage.input, &self.input), (usage.output, &self.output)] {
            if let Some(tokens) = tokens {
                histogram.observe(&buckets.token_usage, tokens as f64);
            }
        }
        let Some(to_first) = record.time_to_first_chunk().filter(|_| record.streamed()) else { return };
        self.time_to_first_chunk.observe(&buckets.time_to_first_chunk, to_first.as_secs_f64());
        if let (Outcome::Complete, Some(tokens @ 2..)) = (record.outcome(), usage.output) {
            let rest = record.duration().saturating_sub(to_first).as_secs_f64();
            self.time_per_output_token.observe(&buckets.time_per_output_token, rest / (tokens - 1) as f64);
        }
    }
}
