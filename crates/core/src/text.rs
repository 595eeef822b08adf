//! The text of a call, for observers that ask for it.

use tower_genai_wire::KeptText;

/// What was kept of the text of a call because an observer asked for it with
/// [`Observer::text_limit`](crate::Observer::text_limit).
#[derive(Clone, Debug, Default)]
pub struct CallText {
    pub(crate) request: KeptText,
    pub(crate) reply: KeptText,
}

impl CallText {
    /// The text of the request.
    pub const fn request(&self) -> &KeptText {
        &self.request
    }

    /// The text of the reply, as far as it was read.
    pub const fn reply(&self) -> &KeptText {
        &self.reply
    }
}

/// No more text than this is kept of a request or a reply, whatever observers ask for.
pub(crate) const MOST_TEXT: u32 = 128 * 1024;
