use std::sync::Arc;

use http::request::Parts;
use tower_genai_wire::DecoderBudget;
use tower_layer::Layer;

use super::body::TapBody;
use super::mode::{Same, Wrap};
use super::{Call, CallGuard, Core};
use crate::clock::Clock;
use crate::content::{MOST_CONTENT, Redact};
use crate::exchange::Role;
use crate::gate::{Admitted, Gate, is_grpc};
use crate::observer::Observer;
use crate::self_check::SelfCheck;
use crate::tap::facts::ExchangeFacts;
use crate::text::MOST_TEXT;

/// A tower layer that shows exchanges and calls to a set of observers.
///
/// `MetricsLayer`, `TraceLayer` and `CostLayer` are this layer with one observer; with several observers one layer
/// does the work of a stack of them.
///
/// ```
/// use std::sync::Arc;
/// use tower_genai_core::{CallLayer, CallRecord, Observer};
///
/// struct Print;
/// impl Observer for Print {
///     fn name(&self) -> &'static str {
///         "print"
///     }
///     fn on_end(&self, record: &CallRecord) {
///         println!("{:?} took {:?}", record.response_model(), record.duration());
///     }
/// }
///
/// let layer = CallLayer::server().with(Print);
/// # drop(layer);
/// ```
///
/// The type parameters say which types the bodies have for the neighbours: [`Wrap`], the default, or
/// [`Same`], see [`same_body`](Self::same_body).
#[derive(Clone, Debug)]
pub struct CallLayer<Q = Wrap, R = Wrap> {
    core: Arc<Core>,
    request_mode: Q,
    response_mode: R,
}

impl CallLayer {
    /// For a service that answers requests.
    pub fn server() -> Self {
        Self::new(Role::Server)
    }

    /// For a client that sends them.
    pub fn client() -> Self {
        Self::new(Role::Client)
    }

    /// For the given side.
    pub fn new(role: Role) -> Self {
        Self { core: Arc::new(Core::new(role)), request_mode: Wrap, response_mode: Wrap }
    }
}

impl<Q, R> CallLayer<Q, R> {
    fn edit(mut self, edit: impl FnOnce(&mut Core)) -> Self {
        edit(Arc::make_mut(&mut self.core));
        self
    }

    /// Adds an observer.
    #[must_use]
    pub fn with(self, observer: impl Observer) -> Self {
        self.with_shared(Arc::new(observer))
    }

    /// Adds an observer that others hold as well.
    #[must_use]
    pub fn with_shared(self, observer: Arc<dyn Observer>) -> Self {
        self.edit(|core| {
            let wanted = u32::try_from(observer.text_limit()).unwrap_or(MOST_TEXT);
            core.text_limit = core.text_limit.max(wanted.min(MOST_TEXT));
            let wanted = u32::try_from(observer.content_limit()).unwrap_or(MOST_CONTENT);
            core.content_limit = core.content_limit.max(wanted.min(MOST_CONTENT));
            let chunks = crate::chunks::wanted(observer.chunk_bounds());
            core.chunk_bounds = crate::chunks::both(core.chunk_bounds.take(), chunks.as_ref());
            core.observers.push(observer);
        })
    }

    /// Takes out of the content of calls what no observer may see, before any of them does. Where it is said more than
    /// once, all of it is done, in that order; where several layers take part in a call, what each of them says. See [`content`](crate::content).
    #[must_use]
    pub fn redact(self, redact: impl Redact) -> Self {
        self.edit(|core| core.redacts.push(Arc::new(redact)))
    }

    /// Decides which requests are model calls; [`Gate::recognised`] unless said otherwise.
    #[must_use]
    pub fn gate(self, gate: Gate) -> Self {
        self.edit(|core| core.gate = gate)
    }

    /// Treats every request as a plain exchange. A call opened by a layer further out is still joined.
    #[must_use]
    pub fn exchange_only(self) -> Self {
        self.gate(Gate::nothing())
    }

    /// Always opens a call of its own, for a layer that stands below a retry on purpose: one record per attempt.
    #[must_use]
    pub fn per_attempt(self) -> Self {
        self.edit(|core| core.per_attempt = true)
    }

    /// Finds the route template of a request; never return a raw path, it would become a label.
    ///
    /// In axum `MatchedPath` exists for layers added with `Router::layer` or `route_layer`, and not around a whole
    /// router:
    ///
    /// ```
    /// # use tower_genai_core::CallLayer;
    /// # struct MatchedPath(String);
    /// # impl MatchedPath { fn as_str(&self) -> &str { &self.0 } }
    /// # impl Clone for MatchedPath { fn clone(&self) -> Self { MatchedPath(self.0.clone()) } }
    /// let layer = CallLayer::server().route(|head| head.extensions.get::<MatchedPath>().map(MatchedPath::as_str));
    /// # drop(layer);
    /// ```
    ///
    /// Without an extractor, or where it finds nothing, a gRPC request has its method's name as route, and any other
    /// request has none.
    #[must_use]
    pub fn route(self, route: impl for<'a> Fn(&'a Parts) -> Option<&'a str> + Send + Sync + 'static) -> Self {
        self.edit(|core| core.route = Some(Arc::new(route)))
    }

    /// States that requests whose URI has no scheme came over TLS.
    #[must_use]
    pub fn https(self, https: bool) -> Self {
        self.edit(|core| core.https = https)
    }

    /// Counts in the given self-check, which may be shared with other layers.
    #[must_use]
    pub fn self_check(self, self_check: SelfCheck) -> Self {
        self.edit(|core| core.self_check = self_check)
    }

    /// Lets the decoders of encoded bodies (`br`, `zstd`) take their memory from the given budget, which may be shared
    /// with other layers. Without it the layer has one of its own, [`DecoderBudget::default`].
    #[must_use]
    pub fn decoder_budget(self, budget: DecoderBudget) -> Self {
        self.edit(|core| core.decoder_budget = budget)
    }

    /// Reads the given clock.
    #[must_use]
    pub fn clock(self, clock: Clock) -> Self {
        self.edit(|core| core.clock = clock)
    }

    /// Keeps the types of both bodies, for neighbours that name a concrete body. `convert` is the body's own
    /// constructor from any body, such as `axum::body::Body::new`.
    #[must_use]
    pub fn same_body<B>(self, convert: fn(TapBody<B>) -> B) -> CallLayer<Same<B>, Same<B>> {
        CallLayer { core: self.core, request_mode: Same(convert), response_mode: Same(convert) }
    }

    /// Keeps the type of the request's body only.
    #[must_use]
    pub fn same_request_body<B>(self, convert: fn(TapBody<B>) -> B) -> CallLayer<Same<B>, R> {
        CallLayer { core: self.core, request_mode: Same(convert), response_mode: self.response_mode }
    }

    /// Keeps the type of the response's body only.
    #[must_use]
    pub fn same_response_body<B>(self, convert: fn(TapBody<B>) -> B) -> CallLayer<Q, Same<B>> {
        CallLayer { core: self.core, request_mode: self.request_mode, response_mode: Same(convert) }
    }

    /// Opens a call by hand, for code that records a call which never reaches the layer's service: a refusal, or a
    /// call made without HTTP.
    ///
    /// The request counts as a model call whatever the gate says.
    pub fn open(&self, head: &mut Parts) -> CallGuard {
        let api = tower_genai_wire::Api::at_provider(head.uri.path()).unwrap_or_default();
        let admitted =
            self.core.admit(head, is_grpc(head)).unwrap_or(Admitted { api, operation: api.operation() });
        let facts = ExchangeFacts::of_request(&self.core, head);
        CallGuard::open(&self.core, admitted, facts, head)
    }
}

impl<S, Q: Clone, R: Clone> Layer<S> for CallLayer<Q, R> {
    type Service = Call<S, Q, R>;

    fn layer(&self, inner: S) -> Self::Service {
        Call::new(inner, self.core.clone(), self.request_mode.clone(), self.response_mode.clone())
    }
}
