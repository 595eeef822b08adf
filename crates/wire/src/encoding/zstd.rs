use std::io;

use zstd_safe::{DCtx, DParameter, InBuffer, OutBuffer};

use super::{DecoderBudget, budget::Grant, decoder::Out};

/// Undoes `zstd`. RFC 9659 asks of those who send it over HTTP for windows of at most 8 MiB; a larger one is refused.
pub(super) struct Zstd {
    context: DCtx<'static>,
    memory: Grant,
    buffer: Box<[u8]>,
}

/// The logarithm of the largest window.
const WINDOW_LOG: u32 = 23;

/// What one step yields at most.
const BUFFER: usize = 8 * 1024;

impl Zstd {
    pub(super) fn new(budget: &DecoderBudget) -> Self {
        let mut context = DCtx::create();
        // Refused by no decoder that has just been made; the budget holds in any case.
        let _ = context.set_parameter(DParameter::WindowLogMax(WINDOW_LOG));
        Self { context, memory: Grant::new(budget), buffer: vec![0; BUFFER].into() }
    }

    pub(super) fn push(&mut self, piece: &[u8], out: &mut Out<'_>) -> io::Result<()> {
        let mut input = InBuffer::around(piece);
        loop {
            let mut output = OutBuffer::around(&mut *self.buffer);
            let step = self.context.decompress_stream(&mut output, &mut input);
            let written = output.pos();
            // A new frame may have asked for another window.
            if step.is_err() || !self.memory.resize(self.context.sizeof()) {
                return Err(io::ErrorKind::InvalidData.into());
            }
            let decoded = self.buffer.get(..written).unwrap_or_default();
            if !decoded.is_empty() {
                out(decoded)?;
            }
            // A buffer that was not filled holds all there is.
            if input.pos == piece.len() && written < BUFFER {
                return Ok(());
            }
        }
    }
}
