//! What is said in calls, in spans and events, where it is asked for: see [`Capture`].
//!
//! The attributes are those of the conventions: `gen_ai.system_instructions`, `gen_ai.input.messages`,
//! `gen_ai.output.messages` and `gen_ai.tool.definitions`. Spans have them as JSON in a string, events as maps and
//! lists. Who may not see something takes it out with [`CallLayer::redact`](tower_genai_core::CallLayer::redact), before
//! anything of this is made.

mod capture;
mod fit;
mod size;
mod values;

pub use capture::Capture;
pub use values::{event_attributes, span_attributes};
