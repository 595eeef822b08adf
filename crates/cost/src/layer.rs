//! The layer.

use tower_genai_core::{Call, CallLayer, Gate, Same, SelfCheck, TapBody, Wrap};
use tower_layer::Layer;

use crate::pricing::Pricing;

/// Writes what each model call costs into its record, for the observers that read it: metrics, spans, sinks.
///
/// Alone it does nothing that can be seen. Stacked with the other tower-genai layers, in any order, it shares their one
/// pass over the bodies; to save the stack, add the [`Pricing`] to one [`CallLayer`] together with the other observers.
///
/// ```
/// use tower_genai_cost::{CostLayer, Pricing};
///
/// let pricing = Pricing::embedded();
/// let layer = CostLayer::client(pricing.clone());
/// # drop(layer);
/// ```
#[derive(Clone, Debug)]
pub struct CostLayer<Q = Wrap, R = Wrap> {
    inner: CallLayer<Q, R>,
}

impl CostLayer {
    /// For a service that answers requests.
    pub fn server(pricing: Pricing) -> Self {
        Self { inner: CallLayer::server().with(pricing) }
    }

    /// For a client that sends them.
    pub fn client(pricing: Pricing) -> Self {
        Self { inner: CallLayer::client().with(pricing) }
    }
}

impl<Q, R> CostLayer<Q, R> {
    /// Decides which requests are model calls; see [`CallLayer::gate`].
    #[must_use]
    pub fn gate(self, gate: Gate) -> Self {
        Self { inner: self.inner.gate(gate) }
    }

    /// Prices each attempt as a call of its own; see [`CallLayer::per_attempt`].
    #[must_use]
    pub fn per_attempt(self) -> Self {
        Self { inner: self.inner.per_attempt() }
    }

    /// Counts in the given self-check; see [`CallLayer::self_check`].
    #[must_use]
    pub fn self_check(self, self_check: SelfCheck) -> Self {
        Self { inner: self.inner.self_check(self_check) }
    }

    /// Keeps the types of both bodies; see [`CallLayer::same_body`].
    #[must_use]
    pub fn same_body<B>(self, convert: fn(TapBody<B>) -> B) -> CostLayer<Same<B>, Same<B>> {
        CostLayer { inner: self.inner.same_body(convert) }
    }

    /// Keeps the type of the request's body only.
    #[must_use]
    pub fn same_request_body<B>(self, convert: fn(TapBody<B>) -> B) -> CostLayer<Same<B>, R> {
        CostLayer { inner: self.inner.same_request_body(convert) }
    }

    /// Keeps the type of the response's body only.
    #[must_use]
    pub fn same_response_body<B>(self, convert: fn(TapBody<B>) -> B) -> CostLayer<Q, Same<B>> {
        CostLayer { inner: self.inner.same_response_body(convert) }
    }
}

impl<S, Q: Clone, R: Clone> Layer<S> for CostLayer<Q, R> {
    type Service = Call<S, Q, R>;

    fn layer(&self, inner: S) -> Self::Service {
        self.inner.layer(inner)
    }
}
