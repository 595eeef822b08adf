use std::fmt;

use serde::Serialize;

use super::{CUT, Json, Message, Part, string::trim_cut};

/// What was said in a call, in the shape of [OpenTelemetry's
/// conventions](https://opentelemetry.io/docs/specs/semconv/gen-ai/gen-ai-spans/): each field serializes to the value
/// of the attribute of its name, such as `gen_ai.input.messages`.
///
/// It may hold anything that people say to a model, and does not show in debug output. Media that stands in a message
/// itself is never in it, only its size and hash.
///
/// ```
/// use tower_genai_wire::{Api, RequestHead, RequestReader};
///
/// let mut reader = RequestReader::new(Api::OpenAiChat, &RequestHead::default());
/// reader.keep_content(Api::OpenAiChat, 1024);
/// reader.push(br#"{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hi, I am Ada."}]}"#);
///
/// let mut content = reader.take_content().unwrap_or_default();
/// content.for_each_text(&mut |text| *text = text.replace("Ada", "..."));
/// assert_eq!(
///     serde_json::to_string(&content.input_messages)?,
///     r#"[{"role":"user","parts":[{"type":"text","content":"Hi, I am ...."}]}]"#,
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Content {
    /// Instructions that stand apart from the messages. Those that are messages are among the
    /// [input messages](Self::input_messages).
    pub system_instructions: Vec<Part>,
    /// The messages that the model was given.
    pub input_messages: Vec<Message>,
    /// The messages that it made, one for each choice.
    pub output_messages: Vec<Message>,
    /// The tools that it could use, as the conventions write them: `type`, `name`, `description`, `parameters`.
    pub tool_definitions: Vec<Json>,
    /// Whether something is missing because there was more than is kept.
    pub truncated: bool,
}

impl Content {
    /// Adds what another part of the call holds: the reply to the request.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.system_instructions.extend(other.system_instructions);
        self.input_messages.extend(other.input_messages);
        self.output_messages.extend(other.output_messages);
        self.tool_definitions.extend(other.tool_definitions);
        self.truncated |= other.truncated;
        self
    }

    /// Whether nothing was said.
    pub const fn is_empty(&self) -> bool {
        self.system_instructions.is_empty()
            && self.input_messages.is_empty()
            && self.output_messages.is_empty()
            && self.tool_definitions.is_empty()
    }

    /// Shows every text there is, to be read or replaced: what was said, names and ids, addresses, and in the values of
    /// tools all strings, the keys of their objects, and numbers as they are written, which become strings where they
    /// are replaced. Only the names that the conventions give to kinds of parts are not shown.
    pub fn for_each_text(&mut self, visit: &mut dyn FnMut(&mut String)) {
        self.system_instructions.iter_mut().for_each(|part| part.for_each_text(visit));
        self.input_messages.iter_mut().for_each(|message| message.for_each_text(visit));
        self.output_messages.iter_mut().for_each(|message| message.for_each_text(visit));
        self.tool_definitions.iter_mut().for_each(|tool| tool.for_each_text(visit));
    }

    /// Takes away from the end of every text that was cut what may be part of a secret nobody would know for one: some
    /// hundred bytes, back to a space. To be done after all that is whole was looked through, lest this cut it in two.
    pub fn trim_cuts(&mut self) {
        self.for_each_text(&mut trim_cut);
    }

    /// What stands at the end of a text that was cut, because there was more than is kept.
    pub const CUT: &'static str = CUT;
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Content")
            .field("system_instructions", &self.system_instructions.len())
            .field("input_messages", &self.input_messages.len())
            .field("output_messages", &self.output_messages.len())
            .field("tool_definitions", &self.tool_definitions.len())
            .field("truncated", &self.truncated)
            .finish()
    }
}
