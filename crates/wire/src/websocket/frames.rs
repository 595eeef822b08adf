use std::io::Cursor;

use tungstenite::protocol::frame::FrameHeader;
use tungstenite::protocol::frame::coding::{Control, Data, OpCode};

/// Receives what is in the frames of one direction.
pub(super) trait Payload {
    /// A message begins. Says whether it can be: `false` breaks the reading off.
    fn begin(&mut self, compressed: bool) -> bool;
    /// Whether the payload of the message is looked at; else it passes unread.
    fn is_wanted(&self) -> bool;
    /// Some of its payload, unmasked. Says whether it could be read.
    fn part(&mut self, payload: &[u8]) -> bool;
    /// It ends. Says whether it could be read.
    fn end(&mut self) -> bool;
    /// A close frame: its sender says nothing more.
    fn close(&mut self);
}

/// Cuts the bytes of one direction into frames, at any split, and puts the fragments of messages together.
///
/// Nothing is kept but the header of a frame that has not arrived whole.
#[derive(Debug, Default)]
pub(super) struct Frames {
    header: [u8; LONGEST_HEADER],
    header_len: usize,
    frame: Option<Frame>,
    /// Whether a message has begun that has not ended.
    in_message: bool,
    broken: bool,
}

/// The frame whose payload is passing.
#[derive(Debug)]
struct Frame {
    left: u64,
    mask: Option<[u8; MASK]>,
    /// Whether it is a part of a message; else it is a control frame.
    data: bool,
    /// Whether it is the last of its message.
    last: bool,
}

const LONGEST_HEADER: usize = 14;

/// A control frame has no longer payload.
const LONGEST_CONTROL: u64 = 125;

/// Masked bytes are unmasked by pieces of this size. It is a multiple of the mask's.
const PIECE: usize = 1024;

const MASK: usize = 4;

impl Frames {
    /// Whether the bytes have stopped making sense; they are not read any further.
    pub(super) const fn is_broken(&self) -> bool {
        self.broken
    }

    pub(super) fn push(&mut self, bytes: &[u8], payload: &mut impl Payload) {
        let mut rest = bytes;
        while !rest.is_empty() && !self.broken {
            rest = match self.frame.take() {
                Some(frame) => self.payload(frame, rest, payload),
                None => self.header(rest, payload),
            };
        }
    }

    fn header<'a>(&mut self, bytes: &'a [u8], payload: &mut impl Payload) -> &'a [u8] {
        let before = self.header_len;
        let more = bytes.len().min(LONGEST_HEADER - before);
        let (Some(room), Some(more)) = (self.header.get_mut(before..before + more), bytes.get(..more)) else {
            return self.give_up();
        };
        room.copy_from_slice(more);
        let so_far = self.header.get(..before + more.len()).unwrap_or_default();
        let mut cursor = Cursor::new(so_far);
        let parsed = FrameHeader::parse(&mut cursor);
        let length = usize::try_from(cursor.position()).unwrap_or(LONGEST_HEADER);
        match parsed {
            Ok(Some((header, left))) => {
                self.header_len = 0;
                self.begin(&header, left, payload);
                bytes.get(length.saturating_sub(before)..).unwrap_or_default()
            }
            Ok(None) => {
                self.header_len = before + more.len();
                &[]
            }
            Err(_) => self.give_up(),
        }
    }

    /// A frame begins, and ends at once when it is empty.
    fn begin(&mut self, header: &FrameHeader, left: u64, payload: &mut impl Payload) {
        let FrameHeader { is_final: last, rsv1: compressed, mask, .. } = *header;
        let allowed = match header.opcode {
            OpCode::Data(Data::Continue) => self.in_message && !compressed,
            OpCode::Data(_) if self.in_message => false,
            OpCode::Data(_) => {
                self.in_message = true;
                payload.begin(compressed)
            }
            OpCode::Control(_) => last && !compressed && left <= LONGEST_CONTROL,
        };
        if !allowed || header.rsv2 || header.rsv3 || i64::try_from(left).is_err() {
            self.broken = true;
            return;
        }
        if header.opcode == OpCode::Control(Control::Close) {
            payload.close();
        }
        let data = matches!(header.opcode, OpCode::Data(_));
        let frame = Frame { left, mask, data, last };
        if left == 0 {
            self.end(&frame, payload);
        } else {
            self.frame = Some(frame);
        }
    }

    fn payload<'a>(&mut self, mut frame: Frame, bytes: &'a [u8], payload: &mut impl Payload) -> &'a [u8] {
        let here = usize::try_from(frame.left).unwrap_or(usize::MAX).min(bytes.len());
        let (part, rest) = bytes.split_at(here);
        if frame.data && payload.is_wanted() && !frame.read(part, payload) {
            return self.give_up();
        }
        frame.left -= here as u64;
        if frame.left == 0 {
            self.end(&frame, payload);
        } else {
            self.frame = Some(frame);
        }
        rest
    }

    fn end(&mut self, frame: &Frame, payload: &mut impl Payload) {
        if frame.data && frame.last {
            self.in_message = false;
            self.broken |= !payload.end();
        }
    }

    fn give_up<'a>(&mut self) -> &'a [u8] {
        self.broken = true;
        &[]
    }
}

impl Frame {
    fn read(&mut self, part: &[u8], payload: &mut impl Payload) -> bool {
        let Some(mask) = &mut self.mask else { return payload.part(part) };
        let mut unmasked = [0; PIECE];
        for piece in part.chunks(PIECE) {
            for ((to, byte), mask) in unmasked.iter_mut().zip(piece).zip(mask.iter().cycle()) {
                *to = byte ^ mask;
            }
            mask.rotate_left(piece.len() % MASK);
            if !payload.part(unmasked.get(..piece.len()).unwrap_or_default()) {
                return false;
            }
        }
        true
    }
}
