//! Content-encodings, undone beside the stream.

use std::io::{self, Write};

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

/// A decoder of one content-encoding. It holds a 32 KiB window, a 32 KiB buffer and what one step yields.
pub(crate) struct Decoder {
    stage: Stage,
    taken: u64,
    given: u64,
}

enum Stage {
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    /// `deflate` before its first two bytes: most servers mean zlib, as RFC 9110 does, and some send raw
    /// deflate.
    Deflate {
        first: Option<u8>,
    },
    Zlib(Box<ZlibDecoder<Vec<u8>>>),
    Raw(Box<DeflateDecoder<Vec<u8>>>),
}

/// What a `content-encoding` asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Encoding {
    Identity,
    Gzip,
    Deflate,
    Unknown,
}

/// Output may be this many times the input. Event streams, which repeat themselves most, stay below 100.
const RATIO: u64 = 256;

/// Below this much output the ratio does not matter.
const FREE: u64 = 1024 * 1024;

/// Input goes in by pieces of this size, so that no step yields much.
const PIECE: usize = 1024;

impl Encoding {
    /// Reads a `content-encoding`. A body that was encoded twice is unknown.
    pub(crate) fn of(header: Option<&str>) -> Self {
        let Some(header) = header else { return Self::Identity };
        let mut encoding = Self::Identity;
        for coding in header.split(',').map(str::trim) {
            if coding.is_empty() || coding.eq_ignore_ascii_case("identity") {
                continue;
            }
            encoding = if encoding != Self::Identity {
                Self::Unknown
            } else if coding.eq_ignore_ascii_case("gzip") || coding.eq_ignore_ascii_case("x-gzip") {
                Self::Gzip
            } else if coding.eq_ignore_ascii_case("deflate") {
                Self::Deflate
            } else {
                Self::Unknown
            };
        }
        encoding
    }
}

impl Decoder {
    /// A decoder, for an encoding that has one.
    pub(crate) fn new(encoding: Encoding) -> Option<Self> {
        let stage = match encoding {
            Encoding::Gzip => gzip(),
            Encoding::Deflate => Stage::Deflate { first: None },
            Encoding::Identity | Encoding::Unknown => return None,
        };
        Some(Self { stage, taken: 0, given: 0 })
    }

    /// Decodes the next bytes and hands out all that they yield.
    ///
    /// # Errors
    ///
    /// The bytes are not in this encoding, or grow beyond reason.
    #[inline(never)]
    pub(crate) fn push(&mut self, bytes: &[u8], mut out: impl FnMut(&[u8])) -> io::Result<()> {
        for piece in bytes.chunks(PIECE) {
            self.taken += piece.len() as u64;
            match &mut self.stage {
                Stage::Deflate { first } => {
                    let Some((head, rest)) = deflate_head(first, piece) else { continue };
                    self.stage = deflate(head);
                    self.decode(&head, &mut out)?;
                    self.decode(rest, &mut out)?;
                }
                _ => self.decode(piece, &mut out)?,
            }
        }
        Ok(())
    }

    fn decode(&mut self, piece: &[u8], out: &mut impl FnMut(&[u8])) -> io::Result<()> {
        let mut rest = piece;
        while !rest.is_empty() {
            let taken = match &mut self.stage {
                Stage::Gzip(decoder) => step(decoder.as_mut(), rest)?,
                Stage::Zlib(decoder) => step(decoder.as_mut(), rest)?,
                Stage::Raw(decoder) => step(decoder.as_mut(), rest)?,
                Stage::Deflate { .. } => return Ok(()),
            };
            rest = rest.get(taken..).unwrap_or_default();
            let decoded = match &mut self.stage {
                Stage::Gzip(decoder) => decoder.get_mut(),
                Stage::Zlib(decoder) => decoder.get_mut(),
                Stage::Raw(decoder) => decoder.get_mut(),
                Stage::Deflate { .. } => return Ok(()),
            };
            self.given += decoded.len() as u64;
            if self.given > FREE && self.given / RATIO > self.taken {
                return Err(io::ErrorKind::InvalidData.into());
            }
            out(decoded);
            decoded.clear();
            if taken == 0 {
                // Behind the end of a deflate stream.
                return Ok(());
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder")
            .field("taken", &self.taken)
            .field("given", &self.given)
            .finish_non_exhaustive()
    }
}

// Decoders are made in functions of their own, whose frames are large.

#[inline(never)]
fn gzip() -> Stage {
    Stage::Gzip(Box::new(MultiGzDecoder::new(Vec::new())))
}

#[inline(never)]
fn deflate(head: [u8; 2]) -> Stage {
    if is_zlib(head) {
        Stage::Zlib(Box::new(ZlibDecoder::new(Vec::new())))
    } else {
        Stage::Raw(Box::new(DeflateDecoder::new(Vec::new())))
    }
}

/// Decodes some of the input, and flushes, since an event must not wait in a buffer for the next one.
fn step(decoder: &mut impl Write, input: &[u8]) -> io::Result<usize> {
    let taken = decoder.write(input)?;
    decoder.flush()?;
    Ok(taken)
}

fn deflate_head<'a>(first: &mut Option<u8>, piece: &'a [u8]) -> Option<([u8; 2], &'a [u8])> {
    match (*first, piece) {
        (Some(first), [second, rest @ ..]) => Some(([first, *second], rest)),
        (None, [first, second, rest @ ..]) => Some(([*first, *second], rest)),
        (None, [only]) => {
            *first = Some(*only);
            None
        }
        (_, []) => None,
    }
}

/// RFC 1950: the method is 8 and the two bytes are a multiple of 31.
fn is_zlib([method, flags]: [u8; 2]) -> bool {
    method & 0x0f == 8 && u16::from_be_bytes([method, flags]) % 31 == 0
}
