//! Events of the [GenAI conventions](https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-events/), as log records.
//!
//! | event | when | severity |
//! |---|---|---|
//! | `gen_ai.client.inference.operation.details` | a call has ended | `INFO` |
//! | `gen_ai.client.operation.exception` | it has failed | `WARN` |
//!
//! The first has the attributes of the call's span. Both name that span, sampled or not, and the records are not
//! sampled themselves.

mod log;
mod observer;

pub use observer::EventObserver;
