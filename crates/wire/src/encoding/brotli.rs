use std::io;

use brotli_decompressor::{
    Allocator, BrotliDecompressStream, BrotliResult, BrotliState, HuffmanCode, SliceWrapper, SliceWrapperMut,
};

use super::{DecoderBudget, budget::Grant, decoder::Out};

/// Undoes `br`.
pub(super) struct Brotli {
    state: BrotliState<Memory, Memory, Memory>,
    buffer: Box<[u8]>,
    started: bool,
    ended: bool,
}

/// What one step yields at most.
const BUFFER: usize = 8 * 1024;

/// The largest window, and what a decoder allocates beside it in the same piece.
const LARGEST: usize = (8 << 20) + 1024;

impl Brotli {
    pub(super) fn boxed(budget: &DecoderBudget) -> Box<Self> {
        let memory = || Memory { budget: budget.clone() };
        Box::new(Self {
            state: BrotliState::new_strict(memory(), memory(), memory()),
            buffer: vec![0; BUFFER].into(),
            started: false,
            ended: false,
        })
    }

    pub(super) fn push(&mut self, piece: &[u8], out: &mut Out<'_>) -> io::Result<()> {
        if let (Some(first), false) = (piece.first(), self.started) {
            self.started = true;
            // The window grows as it is needed, and half of it is held twice while it does. One of 8 MiB, which the
            // first byte tells (RFC 7932, 9.1), is taken at once instead, for that would be too much.
            if first & 0x0f == 0b1101 {
                self.state.set_initial_ring_buffer_size(u32::MAX);
            }
        }
        let (mut left, mut at) = (piece.len(), 0);
        while !self.ended {
            let (mut room, mut written, mut total) = (self.buffer.len(), 0, 0);
            let result = BrotliDecompressStream(
                &mut left,
                &mut at,
                piece,
                &mut room,
                &mut written,
                &mut self.buffer,
                &mut total,
                &mut self.state,
            );
            let decoded = self.buffer.get(..written).unwrap_or_default();
            if !decoded.is_empty() {
                out(decoded)?;
            }
            match result {
                BrotliResult::ResultSuccess => self.ended = true,
                BrotliResult::NeedsMoreInput => break,
                BrotliResult::NeedsMoreOutput => {}
                BrotliResult::ResultFailure => return Err(io::ErrorKind::InvalidData.into()),
            }
        }
        Ok(())
    }
}

/// Allocates out of the budget; the decoder takes an empty cell for a refusal.
struct Memory {
    budget: DecoderBudget,
}

/// Allocated memory, accounted for.
struct Cell<T> {
    items: Vec<T>,
    _grant: Option<Grant>,
}

impl<T> Default for Cell<T> {
    fn default() -> Self {
        Self { items: Vec::new(), _grant: None }
    }
}

impl<T: Clone + Default> Allocator<T> for Memory {
    type AllocatedMemory = Cell<T>;

    fn alloc_cell(&mut self, len: usize) -> Cell<T> {
        let bytes = len.saturating_mul(size_of::<T>());
        let mut grant = Grant::new(&self.budget);
        if bytes > LARGEST || !grant.resize(bytes) {
            return Cell::default();
        }
        Cell { items: vec![T::default(); len], _grant: Some(grant) }
    }

    fn free_cell(&mut self, _: Cell<T>) {}
}

impl<T> SliceWrapper<T> for Cell<T> {
    fn slice(&self) -> &[T] {
        &self.items
    }
}

impl<T> SliceWrapperMut<T> for Cell<T> {
    fn slice_mut(&mut self) -> &mut [T] {
        &mut self.items
    }
}

// The decoder names its allocators once for each of the types it allocates.
const _: () = {
    const fn allocates<A: Allocator<u8> + Allocator<u32> + Allocator<HuffmanCode>>() {}
    allocates::<Memory>();
};
