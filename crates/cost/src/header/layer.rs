use tower_layer::Layer;

use super::CostHeader;

/// Adds the cost of a call to its reply; see the [module](super).
///
/// Stands outside the layer that has the [`Pricing`](crate::Pricing), directly or with others between them that keep the
/// request's extensions.
#[derive(Clone, Copy, Debug, Default)]
pub struct CostHeaderLayer {
    max_body: u64,
}

impl CostHeaderLayer {
    /// Adds trailers, and no headers until [`max_body`](Self::max_body) allows them.
    pub const fn new() -> Self {
        Self { max_body: 0 }
    }

    /// Holds replies of so many bytes back, so that their heads can tell the cost. Each takes that much memory meanwhile.
    #[must_use]
    pub const fn max_body(mut self, bytes: u64) -> Self {
        self.max_body = bytes;
        self
    }
}

impl<S> Layer<S> for CostHeaderLayer {
    type Service = CostHeader<S>;

    fn layer(&self, inner: S) -> CostHeader<S> {
        CostHeader::new(inner, self.max_body)
    }
}
