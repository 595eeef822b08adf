use std::io::{self, Write};

use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::decoder::Out;

/// Undoes `gzip` and `deflate`. It holds a 32 KiB window, a 32 KiB buffer and what one step yields.
pub(super) enum Deflate {
    Gzip(Box<MultiGzDecoder<Vec<u8>>>),
    /// `deflate` before its first two bytes: most servers mean zlib, as RFC 9110 does, and some send raw
    /// deflate.
    Unknown {
        first: Option<u8>,
    },
    Zlib(Box<ZlibDecoder<Vec<u8>>>),
    Raw(Box<DeflateDecoder<Vec<u8>>>),
}

impl Deflate {
    pub(super) fn new() -> Self {
        Self::Unknown { first: None }
    }

    #[inline(never)]
    pub(super) fn gzip() -> Self {
        Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new())))
    }

    #[inline(never)]
    fn of(head: [u8; 2]) -> Self {
        if is_zlib(head) {
            Self::Zlib(Box::new(ZlibDecoder::new(Vec::new())))
        } else {
            Self::Raw(Box::new(DeflateDecoder::new(Vec::new())))
        }
    }

    pub(super) fn push(&mut self, piece: &[u8], out: &mut Out<'_>) -> io::Result<()> {
        match self {
            Self::Unknown { first } => {
                let Some((head, rest)) = deflate_head(first, piece) else { return Ok(()) };
                *self = Self::of(head);
                self.decode(&head, out)?;
                self.decode(rest, out)
            }
            _ => self.decode(piece, out),
        }
    }

    fn decode(&mut self, piece: &[u8], out: &mut Out<'_>) -> io::Result<()> {
        let mut rest = piece;
        while !rest.is_empty() {
            let taken = match self {
                Self::Gzip(decoder) => step(decoder.as_mut(), rest)?,
                Self::Zlib(decoder) => step(decoder.as_mut(), rest)?,
                Self::Raw(decoder) => step(decoder.as_mut(), rest)?,
                Self::Unknown { .. } => return Ok(()),
            };
            rest = rest.get(taken..).unwrap_or_default();
            let decoded = match self {
                Self::Gzip(decoder) => decoder.get_mut(),
                Self::Zlib(decoder) => decoder.get_mut(),
                Self::Raw(decoder) => decoder.get_mut(),
                Self::Unknown { .. } => return Ok(()),
            };
            if !decoded.is_empty() {
                out(decoded)?;
                decoded.clear();
            }
            if taken == 0 {
                // Behind the end of a deflate stream.
                return Ok(());
            }
        }
        Ok(())
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
