mod json;

use json::UsageEvent;
use memchr::{memchr_iter, memchr2, memmem};

use super::cursor::Cursor;
use super::{LARGEST_HELD, Output};

/// Takes the extra event out of a stream: the one whose data has `"choices":[]` and an object as `usage`.
///
/// What passes and what is removed, in their order, are the bytes of the stream. Events that are whole in a frame pass
/// with it; of one that straddles frames, what has come is held back as long as it may be the extra one, which in most
/// events is until `"choices":[{`. Lines may end in LF, CR or CRLF, and data may have several lines. Comments stay,
/// inside the extra event as well: they are no part of it. An event of more than
/// [`LARGEST_HELD`](super::LARGEST_HELD) bytes is not the extra one.
#[derive(Debug)]
pub struct EventRemover {
    line: Line,
    /// The last byte was a carriage return, so that a line feed belongs to it.
    after_cr: bool,
    /// The last line was the end of an event that was removed.
    after_removed: bool,
    event: Event,
    /// What has come in earlier frames of an event that may be the extra one.
    held: Vec<u8>,
    /// Whether there is a comment in it.
    has_comment: bool,
    data: UsageEvent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Event {
    /// None has begun; there may have been comments.
    None,
    /// It may be the extra one.
    Undecided,
    /// It is not.
    Passing,
}

/// Where in a line the next byte is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// At the start of the stream, this far into a byte order mark.
    Mark(usize),
    Start,
    /// This far into the name `data`.
    Name(usize),
    /// Behind `data:`, where one space is not part of the value.
    Colon,
    /// In the value of `data`.
    Data,
    /// In a comment or another field.
    Other,
}

const MARK: &[u8] = b"\xef\xbb\xbf";

const NAME: &[u8] = b"data";

impl EventRemover {
    /// A remover for one stream.
    pub fn new() -> Self {
        Self {
            line: Line::Mark(0),
            after_cr: false,
            after_removed: false,
            event: Event::None,
            held: Vec::new(),
            has_comment: false,
            data: UsageEvent::new(),
        }
    }

    /// How many bytes are held back.
    pub fn held_len(&self) -> usize {
        self.held.len()
    }

    /// Takes the next bytes of the stream.
    pub fn push(&mut self, frame: &[u8], out: &mut impl Output) {
        let mut cursor = Cursor::new(frame, self.event == Event::Undecided);
        cursor.at = self.quiet(frame);
        while let Some(&byte) = cursor.rest().first() {
            if std::mem::take(&mut self.after_cr) {
                let of_removed = std::mem::take(&mut self.after_removed);
                if byte == b'\n' {
                    cursor.at += 1;
                    if of_removed {
                        out.removed(b"\n");
                        cursor.sent = cursor.at;
                    }
                    continue;
                }
            }
            self.step(byte, &mut cursor, out);
        }
        if cursor.hold.is_some() && self.held.len() + cursor.held().len() > LARGEST_HELD {
            self.release(&mut cursor, out);
        }
        cursor.pass_read(out);
        self.held.extend_from_slice(cursor.held());
    }

    /// The stream has ended, or is cut.
    ///
    /// An event whose blank line is missing is removed as well when all of its data has come: not every client waits
    /// for the blank line.
    pub fn finish(&mut self, out: &mut impl Output) {
        self.event_end(&mut Cursor::new(&[], self.event == Event::Undecided), out);
        *self = Self::new();
    }

    /// How many bytes at the start of a frame cannot be part of the extra event and end with an event. Nearly all frames
    /// are such as a whole.
    #[inline]
    fn quiet(&mut self, frame: &[u8]) -> usize {
        if self.event == Event::Undecided || self.after_removed {
            return 0;
        }
        let end = if frame.ends_with(b"\n\n") || frame.ends_with(b"\r\n\r\n") {
            frame.len()
        } else {
            memmem::rfind(frame, b"\n\n").map_or(0, |blank| blank + 2)
        };
        if end == 0 || frame.get(..end).is_none_or(may_have_empty_array) {
            return 0;
        }
        self.line = Line::Start;
        self.after_cr = false;
        self.event = Event::None;
        end
    }

    fn step(&mut self, byte: u8, cursor: &mut Cursor<'_>, out: &mut impl Output) {
        match (self.line, byte) {
            (Line::Mark(matched), _) if MARK.get(matched) == Some(&byte) => {
                cursor.at += 1;
                self.line = if matched + 1 == MARK.len() { Line::Start } else { Line::Mark(matched + 1) };
            }
            (Line::Mark(0), _) => self.line = Line::Start,
            // A name that begins with a part of the mark is none that means anything.
            (Line::Mark(_), _) => {
                self.event = Event::Passing;
                self.line = Line::Other;
            }
            (Line::Start, b'\n' | b'\r') => {
                cursor.at += 1;
                self.line_end(byte);
                self.event_end(cursor, out);
            }
            (Line::Start, b':') => {
                self.has_comment |= self.event == Event::Undecided;
                self.line = Line::Other;
            }
            (Line::Start, _) => {
                if self.event == Event::None {
                    self.event = Event::Undecided;
                    self.has_comment = false;
                    self.data.restart();
                    cursor.hold = Some(cursor.at);
                }
                self.line = Line::Name(0);
            }
            (Line::Name(matched), b'\n' | b'\r') => {
                cursor.at += 1;
                // `data` without a colon is a field without a value.
                if matched == NAME.len() {
                    self.data.begin_line();
                }
                self.line_end(byte);
            }
            (Line::Name(matched), b':') if matched == NAME.len() => {
                cursor.at += 1;
                self.line = Line::Colon;
            }
            (Line::Name(matched), _) if NAME.get(matched) == Some(&byte) => {
                cursor.at += 1;
                self.line = Line::Name(matched + 1);
            }
            (Line::Name(_), _) => self.line = Line::Other,
            (Line::Colon, _) => {
                cursor.at += usize::from(byte == b' ');
                self.data.begin_line();
                self.line = Line::Data;
            }
            (Line::Data | Line::Other, _) => {
                let rest = cursor.rest();
                let end = memchr2(b'\n', b'\r', rest);
                let (value, end) = rest.split_at(end.unwrap_or(rest.len()));
                cursor.at += value.len();
                if self.line == Line::Data && self.event == Event::Undecided && !self.data.push(value) {
                    self.release(cursor, out);
                }
                if let Some(&end) = end.first() {
                    cursor.at += 1;
                    self.line_end(end);
                }
            }
        }
    }

    fn line_end(&mut self, byte: u8) {
        self.line = Line::Start;
        self.after_cr = byte == b'\r';
    }

    /// A blank line has been read.
    fn event_end(&mut self, cursor: &mut Cursor<'_>, out: &mut impl Output) {
        let size = self.held.len() + cursor.held().len();
        if self.event == Event::Undecided && self.data.is_extra() && size <= LARGEST_HELD {
            cursor.pass_read(out);
            if self.held.is_empty() && !self.has_comment {
                out.removed(cursor.held());
            } else {
                self.held.extend_from_slice(cursor.held());
                remove_fields(&self.held, out);
                self.held.clear();
            }
            cursor.sent = cursor.at;
            cursor.hold = None;
            self.after_removed = self.after_cr;
        } else {
            self.release(cursor, out);
        }
        self.event = Event::None;
    }

    /// The event is not the extra one: what is held back of it passes, and so will the rest.
    fn release(&mut self, cursor: &mut Cursor<'_>, out: &mut impl Output) {
        if !self.held.is_empty() {
            out.other(&self.held);
            self.held.clear();
        }
        cursor.hold = None;
        self.event = Event::Passing;
    }
}

impl Default for EventRemover {
    fn default() -> Self {
        Self::new()
    }
}

/// Whether there is an opening bracket that nothing but blanks parts from a closing one, or from the end of its line:
/// then data may go on in the next.
fn may_have_empty_array(bytes: &[u8]) -> bool {
    memchr_iter(b'[', bytes).any(|open| {
        let behind = bytes.get(open + 1..).unwrap_or_default();
        let next = behind.iter().find(|byte| !matches!(byte, b' ' | b'\t'));
        next.is_none_or(|next| matches!(next, b']' | b'\n' | b'\r'))
    })
}

/// Hands on the comments of an event and removes its other lines.
fn remove_fields(event: &[u8], out: &mut impl Output) {
    let mut rest = event;
    while !rest.is_empty() {
        let end = memchr2(b'\n', b'\r', rest).map_or(rest.len(), |end| end + 1);
        let crlf = rest.get(end - 1..=end) == Some(b"\r\n");
        let (line, behind) = rest.split_at(end + usize::from(crlf));
        if line.starts_with(b":") {
            out.other(line);
        } else {
            out.removed(line);
        }
        rest = behind;
    }
}

#[cfg(test)]
mod tests;
