//! The framings of streams: what cuts a body into events, at any split of the bytes.

mod event_stream;
mod lines;
mod pending;
mod sse;

#[cfg(test)]
mod collected;

#[cfg(test)]
pub(crate) use event_stream::encode;
pub(crate) use event_stream::{Base64, EventStream};
pub(crate) use lines::Lines;
use pending::Pending;
pub(crate) use sse::Sse;

/// Receives the events.
pub(crate) trait Events {
    /// How many bytes a whole event takes up that `bytes` begins with and that holds nothing new; it has then
    /// been dealt with.
    fn known(&mut self, bytes: &[u8]) -> Option<usize>;
    /// A whole event as it stands in the stream and its data, up to [`LARGEST`] bytes.
    fn whole(&mut self, event: &[u8], data: &[u8]);
    /// The data of a whole event, of up to [`LARGEST`] bytes.
    fn event(&mut self, data: &[u8]);
    /// A part of the data of an event that is larger.
    fn part(&mut self, data: &[u8]);
    /// The parts of a larger event are complete.
    fn parts_end(&mut self);
    /// The stream ended in the middle of a larger event or of one that is handed to `event` next.
    fn cut(&mut self);
    /// What kind of event comes next, where that stands outside its data.
    fn kind(&mut self, kind: &str);
    /// An event says that the call has failed, and this is the name of the fault.
    fn failure(&mut self, name: &[u8]);
    /// Some of the stream is not what it claims to be, and has been skipped.
    fn broken(&mut self);
}

/// Events up to this size are handed out whole, larger ones in parts.
pub(crate) const LARGEST: usize = 64 * 1024;
