//! Metrics of the [GenAI conventions](https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-metrics/) through an
//! OpenTelemetry meter, for those who push metrics instead of being scraped.
//!
//! | instrument | unit | profile | what |
//! |---|---|---|---|
//! | `gen_ai.client.operation.duration` | s | `V1_41`; in `V2026_10` what is no inference | begin to end of the reply |
//! | `gen_ai.client.token.usage` | {token} | `V1_41` | by `gen_ai.token.type` |
//! | `gen_ai.client.operation.time_to_first_chunk` | s | `V1_41` | streams |
//! | `gen_ai.client.inference.duration` | s | `V2026_10` | begin to end of the reply |
//! | `gen_ai.client.inference.time_to_first_chunk` | s | `V2026_10` | streams |
//! | `gen_ai.client.inference.operation.{input,output}_tokens` | {token} | `V2026_10` | per call |
//! | `gen_ai.client.inference.usage.{input,output,cache_read.input,cache_write.input,reasoning.output}_tokens` | {token} | `V2026_10` | counters, by `gen_ai.token.modality` |
//! | `gen_ai.server.time_to_first_token` | s | both | streams that were delivered whole |
//! | `gen_ai.server.time_per_output_token` | s | both | streams that were delivered whole, after the first token |
//! | `gen_ai.client.response.duration` | s | both | of client layers: the provider's time, as LiteLLM names it |
//! | `gen_ai.usage.cost` | USD | both | what a priced call cost, as LiteLLM names it |
//!
//! All but the five counters are histograms with the conventions' buckets. LiteLLM's dashboard for OpenTelemetry reads
//! the names of `V1_41` and those of both.
//!
//! # Attributes
//!
//! `gen_ai.operation.name`, `gen_ai.provider.name`, `gen_ai.request.model`, `gen_ai.response.model`, `server.address`,
//! `server.port`, and `error.type` on durations and token counts of calls. Their number is bounded, whoever chooses
//! the values: a model is shown once an upstream has answered for it, and `other` else; and when there are 2,000
//! sets of values, what is new is counted under `other` and `_OTHER`.

mod instruments;
mod observer;
mod sets;

pub use observer::MeterObserver;
