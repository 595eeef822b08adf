/// What one push brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// This push carried the first event with output: text, a tool call, reasoning, audio. Only streams have
    /// it; a role, a ping or metadata is not output.
    pub first_output: bool,
    /// How many events with output this push has completed, that one among them. An event that is passed over, because
    /// it can hold no fact, has output.
    pub outputs: u32,
    /// This push carried the event that ends the stream, or the end of the document.
    pub terminal: bool,
}
