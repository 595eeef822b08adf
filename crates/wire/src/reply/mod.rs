//! Reading replies.

mod body;
mod collector;
mod counts;
mod documents;
mod framing;
mod head;
mod headers;
mod progress;
mod reader;
mod reading;

#[cfg(test)]
mod tests;

pub use framing::is_stream_type;
pub use head::ReplyHead;
pub use progress::Progress;
pub use reader::ReplyReader;
