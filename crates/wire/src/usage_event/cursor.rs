use super::Output;

/// How far one frame has been dealt with.
pub(super) struct Cursor<'a> {
    frame: &'a [u8],
    /// Read so far.
    pub(super) at: usize,
    /// Handed on so far.
    pub(super) sent: usize,
    /// Where what is held back begins.
    pub(super) hold: Option<usize>,
}

impl<'a> Cursor<'a> {
    /// A new frame; its beginning may belong to what is held back of earlier ones.
    pub(super) fn new(frame: &'a [u8], holding: bool) -> Self {
        Self { frame, at: 0, sent: 0, hold: holding.then_some(0) }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.frame.get(self.at..).unwrap_or_default()
    }

    /// Passes the frame up to `end`.
    pub(super) fn pass(&mut self, end: usize, out: &mut impl Output) {
        if end > self.sent {
            out.frame(self.sent..end);
            self.sent = end;
        }
    }

    /// Passes what has been read and is not held back.
    pub(super) fn pass_read(&mut self, out: &mut impl Output) {
        self.pass(self.hold.unwrap_or(self.at), out);
    }

    /// What has been read of the frame and is held back.
    pub(super) fn held(&self) -> &'a [u8] {
        self.hold.and_then(|hold| self.frame.get(hold..self.at)).unwrap_or_default()
    }

    /// Leaves out what is held back.
    pub(super) fn drop_held(&mut self) {
        self.sent = self.at;
        self.hold = None;
    }
}
