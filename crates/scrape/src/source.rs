use std::sync::Arc;

use crate::{Encoder, Family};

/// Something that has metrics to show.
///
/// A source keeps its numbers as it likes and writes them when it is asked. It is asked on a blocking thread, by one
/// scrape or by several at a time.
pub trait Source: Send + Sync + 'static {
    /// Every family that [`collect`](Self::collect) may write. The list stays the same for the source's whole life:
    /// names are checked against those of all other sources once, when the service is built.
    fn families(&self) -> &[Family];

    /// Writes the samples, family by family, each family once.
    fn collect(&self, encoder: &mut Encoder<'_>);
}

impl<S: Source + ?Sized> Source for Arc<S> {
    fn families(&self) -> &[Family] {
        (**self).families()
    }

    fn collect(&self, encoder: &mut Encoder<'_>) {
        (**self).collect(encoder);
    }
}
