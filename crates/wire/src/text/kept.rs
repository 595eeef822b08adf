use std::fmt;

/// The text of one side of a call: see [`RequestReader::keep_text`](crate::RequestReader::keep_text) and
/// [`ReplyReader::keep_text`](crate::ReplyReader::keep_text).
///
/// It does not show in debug output.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct KeptText {
    pub(super) text: String,
    /// Where the strings end.
    pub(super) ends: Vec<usize>,
    pub(super) messages: u64,
    pub(super) names: u64,
    pub(super) is_whole: bool,
}

impl KeptText {
    /// The strings. Those of a request stand by themselves, roles and names among them; in a reply all text of a choice
    /// is one, however many events it came in.
    pub fn pieces(&self) -> impl ExactSizeIterator<Item = &str> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let piece = self.text.get(start..*end).unwrap_or_default();
            start = *end;
            piece
        })
    }

    /// How many messages the request has.
    pub const fn messages(&self) -> u64 {
        self.messages
    }

    /// How many of them have a name.
    pub const fn names(&self) -> u64 {
        self.names
    }

    /// Whether these strings are all that the model was given, or all of what came of its answer: `false` where the
    /// limit was passed or there is something beside text, such as images, tools or audio.
    pub const fn is_whole(&self) -> bool {
        self.is_whole
    }
}

impl fmt::Debug for KeptText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeptText")
            .field("pieces", &self.ends.len())
            .field("messages", &self.messages)
            .field("is_whole", &self.is_whole)
            .finish_non_exhaustive()
    }
}
