//! A provider that answers with what was recorded, or with a scripted fault, cut and encoded as a header asks.
//!
//! | request header | meaning |
//! |---|---|
//! | `x-replay-id` | the recorded exchange to answer with |
//! | `x-replay-host` | without an id: only exchanges of this host |
//! | `x-replay-mode` | how the body is sent, see [`Mode`] |
//! | `x-replay-lines` | how the lines of an event stream end: `lf` (as recorded), `cr` or `crlf` |
//! | `x-replay-usage` | what becomes of `stream_options.include_usage`: `honour` adds the event that it asks for, `reject` answers with 400 |
//! | `x-replay-script` | a scripted answer instead of a recorded one, see [`Script`] |

mod answer;
mod body;
mod mode;
mod received;
mod script;
mod server;
mod usage;
mod voice;

pub use body::ReplyBody;
pub use mode::Mode;
pub use received::Received;
pub use script::Script;
pub use server::{Replay, Settings};
pub use usage::{EXTRA_INPUT, EXTRA_OUTPUT, with_event, with_lines};
pub use voice::{INPUT_TOKENS, MODEL};
