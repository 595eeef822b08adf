use std::ops::Range;

/// Receives what a machine makes of the bytes it is fed, in the order of the stream.
///
/// Most bytes pass as they are, and are told as a range of the frame that was just pushed, so that the receiver need
/// not copy them.
pub trait Output {
    /// These bytes of the frame that is being pushed pass.
    fn frame(&mut self, range: Range<usize>);
    /// These bytes pass at this place, and are none of the frame: they were held back from an earlier one, or added.
    fn other(&mut self, bytes: &[u8]);
    /// These bytes stood at this place and are left out.
    fn removed(&mut self, bytes: &[u8]) {
        let _ = bytes;
    }
}
