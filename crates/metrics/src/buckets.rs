//! Where the buckets of histograms lie.

use tower_genai_scrape::Bounds;

/// The HTTP conventions' bounds, and what they lack for calls to models: 30 seconds to ten minutes.
pub(crate) const HTTP_DURATION: [f64; 19] = [
    0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0, 30.0, 60.0, 120.0,
    300.0, 600.0,
];

/// 256 bytes to 64 MiB.
pub(crate) const RESPONSE_SIZE: [f64; 10] = [
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

/// The GenAI conventions' bounds of durations.
pub(crate) const OPERATION_DURATION: [f64; 14] =
    [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92];

/// The GenAI conventions' bounds of token counts.
pub(crate) const TOKEN_USAGE: [f64; 14] = [
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

/// The GenAI conventions' bounds of `gen_ai.server.time_per_output_token`.
pub(crate) const TIME_PER_OUTPUT_TOKEN: [f64; 13] =
    [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1.0, 2.5];

/// A microsecond to ten seconds.
pub(crate) const OVERHEAD: [f64; 22] = [
    1e-6, 2e-6, 5e-6, 1e-5, 2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2,
    0.5, 1.0, 2.0, 5.0, 10.0,
];

/// The bounds of all histograms.
#[derive(Clone, Debug)]
pub(crate) struct Buckets {
    pub(crate) http_duration: Bounds,
    pub(crate) response_size: Bounds,
    pub(crate) operation_duration: Bounds,
    pub(crate) time_to_first_chunk: Bounds,
    pub(crate) time_per_output_chunk: Bounds,
    pub(crate) token_usage: Bounds,
    pub(crate) time_per_output_token: Bounds,
    pub(crate) overhead: Bounds,
}

impl Default for Buckets {
    fn default() -> Self {
        Self {
            http_duration: Bounds::sorted(HTTP_DURATION),
            response_size: Bounds::sorted(RESPONSE_SIZE),
            operation_duration: Bounds::sorted(OPERATION_DURATION),
            time_to_first_chunk: Bounds::sorted(OPERATION_DURATION),
            time_per_output_chunk: Bounds::sorted(OPERATION_DURATION),
            token_usage: Bounds::sorted(TOKEN_USAGE),
            time_per_output_token: Bounds::sorted(TIME_PER_OUTPUT_TOKEN),
            overhead: Bounds::sorted(OVERHEAD),
        }
    }
}
