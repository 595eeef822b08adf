use opentelemetry::metrics::{Counter, Histogram, Meter};
use tower_genai_core::Profile;

/// The conventions' bounds of durations.
const SECONDS: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// The conventions' bounds of token counts.
const TOKENS: [f64; 14] = [
    1.0,
    4.0,
    16.0,
    64.0,
    256.0,
    1024.0,
    4096.0,
    16_384.0,
    65_536.0,
    262_144.0,
    1_048_576.0,
    4_194_304.0,
    16_777_216.0,
    67_108_864.0,
];

/// The conventions' bounds of `gen_ai.server.time_to_first_token`.
const TO_FIRST_TOKEN: [f64; 16] =
    [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The conventions' bounds of `gen_ai.server.time_per_output_token`.
const PER_OUTPUT_TOKEN: [f64; 13] = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5];

/// The conventions know no cost: from a hundredth of a cent to ten dollars.
const DOLLARS: [f64; 16] =
    [0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0];

/// The instruments of a profile.
pub(super) struct Instruments {
    pub(super) v1_41: Option<Released>,
    pub(super) v2026_10: Option<Renamed>,
    pub(super) operation_duration: Histogram<f64>,
    pub(super) time_to_first_token: Histogram<f64>,
    pub(super) time_per_output_token: Histogram<f64>,
    pub(super) response_duration: Histogram<f64>,
    pub(super) cost: Histogram<f64>,
}

/// Those of release 1.41 alone.
pub(super) struct Released {
    pub(super) token_usage: Histogram<u64>,
    pub(super) time_to_first_chunk: Histogram<f64>,
}

/// Those of October 2026 alone.
pub(super) struct Renamed {
    pub(super) duration: Histogram<f64>,
    pub(super) time_to_first_chunk: Histogram<f64>,
    pub(super) input_tokens: Histogram<u64>,
    pub(super) output_tokens: Histogram<u64>,
    pub(super) usage: UsageCounters,
}

pub(super) struct UsageCounters {
    pub(super) input: Counter<u64>,
    pub(super) output: Counter<u64>,
    pub(super) cache_read: Counter<u64>,
    pub(super) cache_write: Counter<u64>,
    pub(super) reasoning: Counter<u64>,
}

impl Instruments {
    pub(super) fn new(meter: &Meter, profile: Profile) -> Self {
        let duration = "Time from a call's begin to the end of its reply.";
        Self {
            v1_41: profile.has_v1_41().then(|| Released::new(meter)),
            v2026_10: profile.has_v2026_10().then(|| Renamed::new(meter)),
            operation_duration: seconds(meter, "gen_ai.client.operation.duration", duration, &SECONDS),
            time_to_first_token: seconds(
                meter,
                "gen_ai.server.time_to_first_token",
                "Time to the first output of streamed calls that were delivered whole.",
                &TO_FIRST_TOKEN,
            ),
            time_per_output_token: seconds(
                meter,
                "gen_ai.server.time_per_output_token",
                "Time per output token after the first, of streamed calls that were delivered whole.",
                &PER_OUTPUT_TOKEN,
            ),
            response_duration: seconds(
                meter,
                "gen_ai.client.response.duration",
                "The provider's time: from sending a request to it to the end of its reply.",
                &SECONDS,
            ),
            cost: meter
                .f64_histogram("gen_ai.usage.cost")
                .with_unit("USD")
                .with_description("What a call cost.")
                .with_boundaries(DOLLARS.to_vec())
                .build(),
        }
    }
}

impl Released {
    fn new(meter: &Meter) -> Self {
        Self {
            token_usage: tokens(
                meter,
                "gen_ai.client.token.usage",
                "Tokens per call; input includes cached tokens, output includes reasoning.",
            ),
            time_to_first_chunk: to_first_chunk(meter, "gen_ai.client.operation.time_to_first_chunk"),
        }
    }
}

impl Renamed {
    fn new(meter: &Meter) -> Self {
        let duration = "Time from a call's begin to the end of its reply.";
        Self {
            duration: seconds(meter, "gen_ai.client.inference.duration", duration, &SECONDS),
            time_to_first_chunk: to_first_chunk(meter, "gen_ai.client.inference.time_to_first_chunk"),
            input_tokens: tokens(
                meter,
                "gen_ai.client.inference.operation.input_tokens",
                "Input tokens per call, cached ones included.",
            ),
            output_tokens: tokens(
                meter,
                "gen_ai.client.inference.operation.output_tokens",
                "Output tokens per call, reasoning included.",
            ),
            usage: UsageCounters {
                input: counter(
                    meter,
                    "gen_ai.client.inference.usage.input_tokens",
                    "Input tokens, cached ones included.",
                ),
                output: counter(
                    meter,
                    "gen_ai.client.inference.usage.output_tokens",
                    "Output tokens, reasoning included.",
                ),
                cache_read: counter(
                    meter,
                    "gen_ai.client.inference.usage.cache_read.input_tokens",
                    "Input tokens that were read from a cache.",
                ),
                cache_write: counter(
                    meter,
                    "gen_ai.client.inference.usage.cache_write.input_tokens",
                    "Input tokens that were written to a cache.",
                ),
                reasoning: counter(
                    meter,
                    "gen_ai.client.inference.usage.reasoning.output_tokens",
                    "Output tokens spent on reasoning.",
                ),
            },
        }
    }
}

fn to_first_chunk(meter: &Meter, name: &'static str) -> Histogram<f64> {
    seconds(meter, name, "Time from a streamed call's begin to its first output.", &SECONDS)
}

fn seconds(meter: &Meter, name: &'static str, what: &'static str, bounds: &[f64]) -> Histogram<f64> {
    meter.f64_histogram(name).with_unit("s").with_description(what).with_boundaries(bounds.to_vec()).build()
}

fn tokens(meter: &Meter, name: &'static str, what: &'static str) -> Histogram<u64> {
    let builder = meter.u64_histogram(name).with_unit("{token}").with_description(what);
    builder.with_boundaries(TOKENS.to_vec()).build()
}

fn counter(meter: &Meter, name: &'static str, what: &'static str) -> Counter<u64> {
    meter.u64_counter(name).with_unit("{token}").with_description(what).build()
}
