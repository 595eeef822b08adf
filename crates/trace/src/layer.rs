use http::request::Parts;
use opentelemetry::trace::{Tracer, TracerProvider};
use tower_genai_core::clock::Clock;
use tower_genai_core::{Call, CallLayer, Gate, Role, Same, SelfCheck, TapBody, Wrap};
use tower_layer::Layer;

use crate::observer::TraceObserver;

/// A tower layer that makes spans and passes traces on.
///
/// It is a [`CallLayer`] with a [`TraceObserver`]; the type parameters are that layer's.
///
/// ```
/// # use opentelemetry_sdk::trace::SdkTracerProvider;
/// use tower_genai_trace::TraceLayer;
///
/// # let provider = SdkTracerProvider::builder().build();
/// let outgoing = TraceLayer::client(&provider);
/// // In a proxy, where the model call is told by the client side:
/// let incoming = TraceLayer::server(&provider).exchange_only();
/// # drop((outgoing, incoming));
/// ```
#[derive(Clone, Debug)]
pub struct TraceLayer<Q = Wrap, R = Wrap>(CallLayer<Q, R>);

impl TraceLayer {
    /// For a service that answers requests.
    pub fn server<P>(provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        Self::new(Role::Server, TraceObserver::new(provider))
    }

    /// For a client that sends them.
    pub fn client<P>(provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        Self::new(Role::Client, TraceObserver::new(provider))
    }

    /// For the given side, with an observer that was configured by hand.
    pub fn new(role: Role, observer: TraceObserver) -> Self {
        Self(CallLayer::new(role).with(observer))
    }
}

impl<Q, R> TraceLayer<Q, R> {
    /// Decides which requests are model calls; see [`CallLayer::gate`].
    #[must_use]
    pub fn gate(self, gate: Gate) -> Self {
        Self(self.0.gate(gate))
    }

    /// Treats every request as a plain exchange; see [`CallLayer::exchange_only`].
    #[must_use]
    pub fn exchange_only(self) -> Self {
        Self(self.0.exchange_only())
    }

    /// Always opens a call of its own; see [`CallLayer::per_attempt`].
    #[must_use]
    pub fn per_attempt(self) -> Self {
        Self(self.0.per_attempt())
    }

    /// Finds the route template of a request, for `http.route` and the span's name; see [`CallLayer::route`].
    #[must_use]
    pub fn route(self, route: impl for<'a> Fn(&'a Parts) -> Option<&'a str> + Send + Sync + 'static) -> Self {
        Self(self.0.route(route))
    }

    /// States that requests whose URI has no scheme came over TLS.
    #[must_use]
    pub fn https(self, https: bool) -> Self {
        Self(self.0.https(https))
    }

    /// Counts in the given self-check; see [`CallLayer::self_check`].
    #[must_use]
    pub fn self_check(self, self_check: SelfCheck) -> Self {
        Self(self.0.self_check(self_check))
    }

    /// Reads the given clock. A span begins at the system's time and ends as much later as this clock says.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        Self(self.0.clock(clock))
    }

    /// Keeps the types of both bodies; see [`CallLayer::same_body`].
    #[must_use]
    pub fn same_body<B>(self, convert: fn(TapBody<B>) -> B) -> TraceLayer<Same<B>, Same<B>> {
        TraceLayer(self.0.same_body(convert))
    }

    /// Keeps the type of the request's body only.
    #[must_use]
    pub fn same_request_body<B>(self, convert: fn(TapBody<B>) -> B) -> TraceLayer<Same<B>, R> {
        TraceLayer(self.0.same_request_body(convert))
    }

    /// Keeps the type of the response's body only.
    #[must_use]
    pub fn same_response_body<B>(self, convert: fn(TapBody<B>) -> B) -> TraceLayer<Q, Same<B>> {
        TraceLayer(self.0.same_response_body(convert))
    }
}

impl<S, Q: Clone, R: Clone> Layer<S> for TraceLayer<Q, R> {
    type Service = Call<S, Q, R>;

    fn layer(&self, inner: S) -> Self::Service {
        self.0.layer(inner)
    }
}
