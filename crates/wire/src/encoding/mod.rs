//! Content-encodings, undone beside the stream.

mod brotli;
mod budget;
mod coding;
mod decoder;
mod deflate;
mod zstd;

pub use budget::DecoderBudget;
pub(crate) use coding::Codings;
pub(crate) use decoder::Decoder;

#[cfg(test)]
mod tests;
