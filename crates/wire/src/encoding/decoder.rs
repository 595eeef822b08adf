use std::{fmt, io};

use smallvec::SmallVec;

use super::{
    DecoderBudget,
    brotli::Brotli,
    coding::{Coding, Codings},
    deflate::Deflate,
    zstd::Zstd,
};

/// Undoes the content-encoding of a body, step by step where it was encoded twice.
#[derive(Debug)]
pub(crate) struct Decoder {
    steps: SmallVec<[Step; 1]>,
}

/// Undoes one coding.
struct Step {
    decoder: One,
    taken: u64,
    given: u64,
}

enum One {
    Deflate(Deflate),
    Brotli(Box<Brotli>),
    Zstd(Box<Zstd>),
}

/// Where decoded bytes go.
pub(super) type Out<'a> = dyn FnMut(&[u8]) -> io::Result<()> + 'a;

/// Output may be this many times the input. Event streams, which repeat themselves most, stay below 100.
const RATIO: u64 = 256;

/// Up to this much output the ratio does not matter.
const FREE: u64 = 1024 * 1024;

/// Input goes in by pieces of this size, so that no step yields much.
const PIECE: usize = 1024;

impl Decoder {
    /// A decoder, where there is something to decode.
    #[inline]
    pub(crate) fn new(codings: &Codings, budget: &DecoderBudget) -> Option<Self> {
        let mut codings = codings.undone().peekable();
        codings.peek()?;
        Some(Self { steps: codings.map(|coding| Step::new(coding, budget)).collect() })
    }

    /// Decodes the next bytes and hands out all that they yield.
    ///
    /// # Errors
    ///
    /// The bytes are not in this encoding, grow beyond reason, or need more memory than there is.
    #[inline(never)]
    pub(crate) fn push(&mut self, bytes: &[u8], mut out: impl FnMut(&[u8])) -> io::Result<()> {
        run(&mut self.steps, bytes, &mut |decoded| {
            out(decoded);
            Ok(())
        })
    }
}

fn run(steps: &mut [Step], bytes: &[u8], out: &mut Out<'_>) -> io::Result<()> {
    match steps {
        [] => out(bytes),
        [step, rest @ ..] => step.push(bytes, &mut |decoded| run(rest, decoded, out)),
    }
}

impl Step {
    // Decoders are made in functions of their own, whose frames are large.
    #[inline(never)]
    fn new(coding: Coding, budget: &DecoderBudget) -> Self {
        let decoder = match coding {
            Coding::Gzip => One::Deflate(Deflate::gzip()),
            Coding::Deflate => One::Deflate(Deflate::new()),
            Coding::Brotli => One::Brotli(Brotli::boxed(budget)),
            Coding::Zstd => One::Zstd(Box::new(Zstd::new(budget))),
        };
        Self { decoder, taken: 0, given: 0 }
    }

    fn push(&mut self, bytes: &[u8], out: &mut Out<'_>) -> io::Result<()> {
        let mut rest = bytes;
        while !rest.is_empty() {
            // Pieces are the same however the bytes are split, and so is what is allowed.
            let room = PIECE - usize::try_from(self.taken).unwrap_or_default() % PIECE;
            let (piece, behind) = rest.split_at(room.min(rest.len()));
            rest = behind;
            self.taken += piece.len() as u64;
            let most = FREE.max(self.taken.next_multiple_of(PIECE as u64).saturating_mul(RATIO));
            let given = &mut self.given;
            let out: &mut Out<'_> = &mut |decoded| {
                *given += decoded.len() as u64;
                if *given > most {
                    return Err(io::ErrorKind::InvalidData.into());
                }
                out(decoded)
            };
            match &mut self.decoder {
                One::Deflate(decoder) => decoder.push(piece, out)?,
                One::Brotli(decoder) => decoder.push(piece, out)?,
                One::Zstd(decoder) => decoder.push(piece, out)?,
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Step").field("taken", &self.taken).field("given", &self.given).finish_non_exhaustive()
    }
}
