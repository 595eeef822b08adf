use sha2::{Digest as _, Sha256};
use smallvec::SmallVec;

use crate::framing::Base64;

/// Media as it passes: base64 in either alphabet, bare or in a `data:` URI.
///
/// What is handed to it is media until a byte shows that it is not.
#[derive(Debug)]
pub(super) struct MediaReader {
    state: State,
    mime_type: Option<String>,
    base64: Base64,
    hasher: Sha256,
    size: u64,
}

#[derive(Debug)]
enum State {
    /// In what may be the head of a `data:` URI.
    Head(SmallVec<[u8; LONGEST_HEAD]>),
    Body,
    /// In letters that make no sense.
    Broken,
    /// Another text.
    Text,
}

/// What is known of media.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Digest {
    pub(super) mime_type: Option<String>,
    pub(super) size: u64,
    pub(super) sha256: String,
}

const LONGEST_HEAD: usize = 128;

const SCHEME: &[u8] = b"data:";

impl MediaReader {
    pub(super) fn new() -> Self {
        Self {
            state: State::Head(SmallVec::new()),
            mime_type: None,
            base64: Base64::default(),
            hasher: Sha256::new(),
            size: 0,
        }
    }

    /// Whether this may yet be media.
    pub(super) const fn is_possible(&self) -> bool {
        !matches!(self.state, State::Text)
    }

    /// Takes the next bytes, and says how many of them may be media.
    pub(super) fn push(&mut self, bytes: &[u8]) -> usize {
        let mut taken = 0;
        while let State::Head(head) = &mut self.state {
            let Some(byte) = bytes.get(taken) else { return taken };
            if head.len() < SCHEME.len() && SCHEME.get(head.len()) != Some(byte) {
                // No URI: what was taken for its beginning may be base64.
                let head = std::mem::take(head);
                self.state = State::Body;
                self.body(&head);
            } else if head.len() >= SCHEME.len() && *byte == b',' {
                let header = head.get(SCHEME.len()..).and_then(|header| std::str::from_utf8(header).ok());
                let mime_type = header.and_then(|header| header.strip_suffix(";base64"));
                let Some(mime_type) = mime_type else {
                    self.state = State::Text;
                    return taken;
                };
                let mime_type = mime_type.split(';').next().filter(|kind| !kind.is_empty());
                self.mime_type = mime_type.map(str::to_owned);
                self.state = State::Body;
                taken += 1;
            } else if head.len() == LONGEST_HEAD {
                self.state = State::Text;
            } else {
                head.push(*byte);
                taken += 1;
            }
        }
        if self.is_possible() {
            taken += self.body(bytes.get(taken..).unwrap_or_default());
        }
        taken
    }

    /// The text has ended: what is known of it, if it was media.
    pub(super) fn end(mut self) -> Option<Digest> {
        if let State::Head(head) = &mut self.state {
            let head = std::mem::take(head);
            self.state = State::Body;
            self.body(&head);
        }
        let Self { state, base64, hasher, size, .. } = &mut self;
        let is_whole = base64.end(&mut |bytes| {
            hasher.update(bytes);
            *size += bytes.len() as u64;
        });
        if !is_whole || !matches!(state, State::Body) || *size == 0 {
            return None;
        }
        Some(Digest { mime_type: self.mime_type, size: self.size, sha256: hex(&self.hasher.finalize()) })
    }

    fn body(&mut self, bytes: &[u8]) -> usize {
        let letter =
            |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_' | b'=');
        let end = bytes.iter().position(|byte| !letter(byte));
        let letters = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default();
        if matches!(self.state, State::Body) {
            let standard = memchr::memchr2(b'-', b'_', letters).is_none();
            let is_base64 = if standard { self.base64(letters) } else { self.base64_url(letters) };
            if !is_base64 {
                self.state = State::Broken;
            }
        }
        if end.is_some() {
            self.state = State::Text;
        }
        letters.len()
    }

    fn base64(&mut self, letters: &[u8]) -> bool {
        let Self { base64, hasher, size, .. } = self;
        base64.push(letters, &mut |bytes| {
            hasher.update(bytes);
            *size += bytes.len() as u64;
        })
    }

    /// The same in the [alphabet for URLs](https://www.rfc-editor.org/rfc/rfc4648#section-5).
    fn base64_url(&mut self, letters: &[u8]) -> bool {
        let mut piece = [0; 1024];
        letters.chunks(piece.len()).all(|letters| {
            for (to, letter) in piece.iter_mut().zip(letters) {
                *to = match letter {
                    b'-' => b'+',
                    b'_' => b'/',
                    letter => *letter,
                };
            }
            self.base64(piece.get(..letters.len()).unwrap_or_default())
        })
    }
}

fn hex(bytes: &[u8]) -> String {
    let digit = |nibble: u8| char::from_digit(nibble.into(), 16).unwrap_or('0');
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}
