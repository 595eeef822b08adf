//! A provider that answers with what was recorded, or with a scripted fault, cut and encoded as a header asks.
//!
//! | request header | meaning |
//! |---|---|
//! | `x-replay-id` | the recorded exchange to answer with |
//! | `x-replay-host` | without an id: only exchanges of this host |
//! | `x-replay-mode` | how the body is sent, see [`Mode`] |
//! | `x-replay-script` | a scripted answer instead of a recorded one, see [`Script`] |

mod answer;
mod body;
mod mode;
mod received;
mod script;
mod server;
mod voice;

pub use body::ReplyBody;
pub use mode::Mode;
pub use received::Received;
pub use script::Script;
pub use server::{Replay, Settings};
pub use voice::{INPUT_TOKENS, MODEL};
