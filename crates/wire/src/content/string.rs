use super::{
    CUT,
    media::{Digest, MediaReader},
};
use crate::text::Unescape;

/// A string as it arrives, of which only so much is kept.
#[derive(Debug)]
pub(super) struct StringReader {
    unescape: Unescape,
    kept: Vec<u8>,
    room: usize,
    cut: bool,
    /// Where media may stand.
    media: Option<Box<MediaReader>>,
    /// Whether some of what may be media was not kept.
    withheld: bool,
}

/// A string that was read.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Piece {
    pub(super) text: String,
    /// Whether there was more than is kept.
    pub(super) cut: bool,
    /// What is known of it as media, where media may stand. Then only a short text is kept.
    pub(super) digest: Option<Box<Digest>>,
}

/// Of what may be media so much is kept, in case that it is none.
const MOST_OF_MEDIA: usize = 256;

/// Strings are decoded by this many bytes at a time where media may stand.
const PIECE: usize = 1024;

/// What was cut loses so many bytes, as half a secret may have spaces in it, and then goes back to a space, or by as many
/// again.
const LONGEST_WORD: usize = 256;

impl StringReader {
    pub(super) fn new(room: usize, media: bool) -> Self {
        Self {
            unescape: Unescape::default(),
            kept: Vec::new(),
            room,
            cut: false,
            media: media.then(|| Box::new(MediaReader::new())),
            withheld: false,
        }
    }

    /// Takes the next bytes of the string as they are written.
    pub(super) fn push(&mut self, raw: &[u8]) {
        if self.media.is_none() {
            self.plain(raw);
            return;
        }
        let mut decoded = Vec::with_capacity(raw.len().min(PIECE));
        for piece in raw.chunks(PIECE) {
            decoded.clear();
            self.unescape.push(piece, &mut decoded);
            self.decoded(&decoded);
        }
    }

    fn plain(&mut self, raw: &[u8]) {
        let mut rest = raw;
        while !rest.is_empty() {
            let room = self.room.saturating_sub(self.kept.len());
            if room == 0 {
                self.cut = true;
                return;
            }
            let (piece, behind) = rest.split_at(room.min(rest.len()));
            reserve(&mut self.kept, piece.len(), self.room);
            self.unescape.push(piece, &mut self.kept);
            rest = behind;
        }
    }

    /// Takes the next bytes of a string that may be media.
    fn decoded(&mut self, bytes: &[u8]) {
        let mut rest = bytes;
        if let Some(media) = self.media.as_mut().filter(|media| media.is_possible()) {
            let (maybe, behind) = rest.split_at(media.push(rest).min(rest.len()));
            let room = MOST_OF_MEDIA.saturating_sub(self.kept.len());
            self.withheld |= maybe.len() > room;
            self.kept.extend_from_slice(maybe.get(..room).unwrap_or(maybe));
            rest = behind;
        }
        let room = if self.withheld { 0 } else { self.room.saturating_sub(self.kept.len()) };
        self.cut |= rest.len() > room;
        let kept = rest.get(..room).unwrap_or(rest);
        reserve(&mut self.kept, kept.len(), self.room);
        self.kept.extend_from_slice(kept);
    }

    /// The string will not end: what there is of it is a part.
    pub(super) const fn break_off(&mut self) {
        self.cut = true;
    }

    /// The string has ended.
    pub(super) fn end(mut self) -> Piece {
        if self.media.is_some() {
            let mut last = Vec::new();
            self.unescape.end(&mut last);
            self.decoded(&last);
        } else {
            self.unescape.end(&mut self.kept);
        }
        let digest = self.media.and_then(|media| media.end());
        if self.kept.len() > self.room {
            self.kept.truncate(self.room);
            self.cut = true;
        }
        if self.withheld {
            if digest.is_some() {
                self.kept.clear();
            } else {
                self.cut = true;
            }
        }
        if self.cut {
            self.kept.truncate(whole_characters(&self.kept));
        }
        self.kept.shrink_to_fit();
        let text = String::from_utf8(self.kept)
            .unwrap_or_else(|broken| String::from_utf8_lossy(broken.as_bytes()).into_owned());
        Piece { text, cut: self.cut, digest: digest.map(Box::new) }
    }
}

impl Piece {
    /// The text, with a mark where it was cut.
    pub(super) fn finish(self) -> String {
        let Self { mut text, cut, .. } = self;
        if cut {
            mark_cut(&mut text);
        }
        text
    }
}

/// Marks a text that was cut.
pub(super) fn mark_cut(text: &mut String) {
    text.push_str(CUT);
}

/// Takes away from the end of a text that was cut what may be part of a secret.
pub(super) fn trim_cut(text: &mut String) {
    let Some(len) = text.strip_suffix(CUT).map(str::len) else { return };
    let end = boundary(text, len.saturating_sub(LONGEST_WORD));
    let from = boundary(text, end.saturating_sub(LONGEST_WORD));
    let space = text.get(from..end).and_then(|word| word.rfind(char::is_whitespace));
    text.truncate(from + space.unwrap_or(0));
    text.push_str(CUT);
}

/// The last place up to there where a character begins.
pub(super) fn boundary(text: &str, at: usize) -> usize {
    (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// Makes room for so many bytes more: a fourth of what there is at least, and no more than will be kept.
fn reserve(to: &mut Vec<u8>, more: usize, most: usize) {
    if to.capacity() - to.len() < more {
        let room = most.saturating_sub(to.len());
        to.reserve_exact(more.max((to.len() / 4).min(room)));
    }
}

/// How many bytes are whole characters: all but an incomplete one at the end.
fn whole_characters(bytes: &[u8]) -> usize {
    let last = bytes.iter().rposition(|byte| *byte & 0xc0 != 0x80).unwrap_or(0);
    match std::str::from_utf8(bytes.get(last..).unwrap_or_default()) {
        Err(fault) if fault.error_len().is_none() => last,
        _ => bytes.len(),
    }
}
