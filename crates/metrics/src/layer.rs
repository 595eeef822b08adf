use http::request::Parts;
use tower_genai_core::clock::Clock;
use tower_genai_core::{Call, CallLayer, Gate, Role, Same, TapBody, Wrap};
use tower_layer::Layer;

use crate::Metrics;

/// Fills a [`Metrics`] store with what passes.
///
/// It is a [`CallLayer`] with one observer, and stacks with other such layers; see the
/// [core crate](tower_genai_core) for what their order means.
#[derive(Clone, Debug)]
pub struct MetricsLayer<Q = Wrap, R = Wrap> {
    inner: CallLayer<Q, R>,
}

impl MetricsLayer {
    /// For a service that answers requests.
    pub fn server(metrics: &Metrics) -> Self {
        Self::new(Role::Server, metrics)
    }

    /// For a client that sends them.
    pub fn client(metrics: &Metrics) -> Self {
        Self::new(Role::Client, metrics)
    }

    fn new(role: Role, metrics: &Metrics) -> Self {
        Self { inner: CallLayer::new(role).self_check(metrics.self_check()).with(metrics.observer()) }
    }
}

impl<Q, R> MetricsLayer<Q, R> {
    /// See [`CallLayer::route`]: without it every HTTP series has an empty `http_route`.
    #[must_use]
    pub fn route(self, route: impl for<'a> Fn(&'a Parts) -> Option<&'a str> + Send + Sync + 'static) -> Self {
        Self { inner: self.inner.route(route) }
    }

    /// See [`CallLayer::gate`].
    #[must_use]
    pub fn gate(self, gate: Gate) -> Self {
        Self { inner: self.inner.gate(gate) }
    }

    /// See [`CallLayer::exchange_only`]: HTTP and gRPC series only.
    #[must_use]
    pub fn exchange_only(self) -> Self {
        Self { inner: self.inner.exchange_only() }
    }

    /// See [`CallLayer::per_attempt`].
    #[must_use]
    pub fn per_attempt(self) -> Self {
        Self { inner: self.inner.per_attempt() }
    }

    /// See [`CallLayer::https`]: the `url_scheme` of requests whose URI has none.
    #[must_use]
    pub fn https(self, https: bool) -> Self {
        Self { inner: self.inner.https(https) }
    }

    /// See [`CallLayer::clock`].
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self { inner: self.inner.clock(clock) }
    }

    /// See [`CallLayer::same_body`].
    #[must_use]
    pub fn same_body<B>(self, convert: fn(TapBody<B>) -> B) -> MetricsLayer<Same<B>, Same<B>> {
        MetricsLayer { inner: self.inner.same_body(convert) }
    }

    /// See [`CallLayer::same_request_body`].
    #[must_use]
    pub fn same_request_body<B>(self, convert: fn(TapBody<B>) -> B) -> MetricsLayer<Same<B>, R> {
        MetricsLayer { inner: self.inner.same_request_body(convert) }
    }

    /// See [`CallLayer::same_response_body`].
    #[must_use]
    pub fn same_response_body<B>(self, convert: fn(TapBody<B>) -> B) -> MetricsLayer<Q, Same<B>> {
        MetricsLayer { inner: self.inner.same_response_body(convert) }
    }
}

impl<S, Q: Clone, R: Clone> Layer<S> for MetricsLayer<Q, R> {
    type Service = Call<S, Q, R>;

    fn layer(&self, inner: S) -> Self::Service {
        self.inner.layer(inner)
    }
}
