use std::fmt;

use flate2::{Decompress, FlushDecompress, Status};

/// Undoes the compression of one direction's messages. It holds a window of 32 KiB, between messages only where
/// the sender keeps its own.
pub(super) struct Inflater {
    stream: Option<Box<Decompress>>,
    keeps_window: bool,
    /// Bytes of the message that went in and came out.
    taken: u64,
    given: u64,
}

/// The bytes are not compressed data, or grow beyond reason.
#[derive(Debug)]
pub(super) struct Broken;

/// Output may be this many times the input: JSON stays far below 100.
const RATIO: u64 = 256;

/// Below this much output of a message the ratio does not matter.
const FREE: u64 = 1024 * 1024;

/// What a sender leaves out at the end of each message.
const TAIL: &[u8] = &[0x00, 0x00, 0xff, 0xff];

const PIECE: usize = 4096;

impl Inflater {
    pub(super) const fn new(keeps_window: bool) -> Self {
        Self { stream: None, keeps_window, taken: 0, given: 0 }
    }

    /// Whether a message must be read for the sake of those that follow.
    pub(super) const fn keeps_window(&self) -> bool {
        self.keeps_window
    }

    /// Decodes more of a message and hands out all that it yields.
    pub(super) fn push(&mut self, bytes: &[u8], mut out: impl FnMut(&[u8])) -> Result<(), Broken> {
        self.taken += bytes.len() as u64;
        let stream = self.stream.get_or_insert_with(|| Box::new(Decompress::new(false)));
        let mut piece = [0; PIECE];
        let mut rest = bytes;
        loop {
            let (taken, given) = (stream.total_in(), stream.total_out());
            let status = stream.decompress(rest, &mut piece, FlushDecompress::Sync).map_err(|_| Broken)?;
            let taken = usize::try_from(stream.total_in() - taken).unwrap_or(usize::MAX);
            let given = usize::try_from(stream.total_out() - given).unwrap_or(usize::MAX);
            rest = rest.get(taken..).unwrap_or_default();
            self.given += given as u64;
            if self.given > FREE && self.given / RATIO > self.taken {
                return Err(Broken);
            }
            out(piece.get(..given).unwrap_or_default());
            match status {
                // A sender may end its stream with a message, and then begins a new one.
                Status::StreamEnd => stream.reset(false),
                // There may be more to come out, whether or not there is more to go in.
                _ if given == PIECE => continue,
                _ if taken == 0 && given == 0 && !rest.is_empty() => return Err(Broken),
                _ => {}
            }
            if rest.is_empty() {
                return Ok(());
            }
        }
    }

    /// The message has ended.
    pub(super) fn end(&mut self, out: impl FnMut(&[u8])) -> Result<(), Broken> {
        self.push(TAIL, out)?;
        (self.taken, self.given) = (0, 0);
        if !self.keeps_window {
            self.stream = None;
        }
        Ok(())
    }
}

impl fmt::Debug for Inflater {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflater").field("keeps_window", &self.keeps_window).finish_non_exhaustive()
    }
}
