//! Usage that the client did not ask for.
//!
//! OpenAI's chat and text completions, and the servers that speak them, stream usage only where the request says
//! `"stream_options":{"include_usage":true}`: one more event then follows the last one with choices, and holds
//! [no choices and the usage of the whole
//! request](https://platform.openai.com/docs/api-reference/chat/create#chat-create-stream_options).
//!
//! A [`RequestEditor`] says so in a request that does not, and an [`EventRemover`] takes the extra event out of the
//! reply, so that the one in the middle knows the usage and the client sees what it asked for. Both take the bytes at
//! any split, hand them on as they come, and hold back no more than [`LARGEST_HELD`] bytes.
//!
//! ```
//! use std::ops::Range;
//! use tower_genai_wire::usage_event::{EventRemover, Output, RequestEditor};
//!
//! struct Text<'a>(&'a str, String);
//! impl Output for Text<'_> {
//!     fn frame(&mut self, range: Range<usize>) {
//!         self.1.push_str(&self.0[range]);
//!     }
//!     fn other(&mut self, bytes: &[u8]) {
//!         self.1.push_str(std::str::from_utf8(bytes).unwrap());
//!     }
//! }
//!
//! let mut request = Text(r#"{"model": "gpt-4o-mini", "stream": true}"#, String::new());
//! RequestEditor::new().push(request.0.as_bytes(), &mut request);
//! assert_eq!(request.1, r#"{"model": "gpt-4o-mini", "stream": true,"stream_options":{"include_usage":true}}"#);
//!
//! let mut reply = Text("data: {\"choices\":[],\"usage\":{\"total_tokens\":9}}\n\ndata: [DONE]\n\n", String::new());
//! EventRemover::new().push(reply.0.as_bytes(), &mut reply);
//! assert_eq!(reply.1, "data: [DONE]\n\n");
//! ```

mod cursor;
mod editor;
mod members;
mod output;
mod remover;

pub use editor::RequestEditor;
pub use output::Output;
pub use remover::EventRemover;

use crate::Api;

/// No more than this is held back of a stream: an event that is larger, or a member of a request, passes as it is.
pub const LARGEST_HELD: usize = 64 * 1024;

/// Providers, by their `gen_ai.provider.name`, whose streams state their usage whether it is asked for or not, in an
/// event that has choices as well: DeepSeek, Groq (`x_groq.usage`) and Mistral.
const STATED_ANYWAY: [&str; 3] = ["deepseek", "groq", "mistral_ai"];

/// Whether streams of this API state usage only on request.
///
/// `provider` is the `gen_ai.provider.name`, if it is known: of some it is known that they need not be asked.
///
/// ```
/// use tower_genai_wire::{Api, usage_event};
///
/// assert!(usage_event::on_request_only(Api::OpenAiChat, Some("azure.ai.openai")));
/// assert!(usage_event::on_request_only(Api::OpenAiChat, None));
/// assert!(!usage_event::on_request_only(Api::OpenAiChat, Some("mistral_ai")));
/// assert!(!usage_event::on_request_only(Api::OpenAiResponses, Some("openai")));
/// ```
pub fn on_request_only(api: Api, provider: Option<&str>) -> bool {
    matches!(api, Api::OpenAiChat | Api::OpenAiCompletions)
        && provider.is_none_or(|provider| !STATED_ANYWAY.contains(&provider))
}
