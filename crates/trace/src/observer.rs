use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::SystemTime;

use http::HeaderName;
use http::request::Parts;
use opentelemetry::trace::{Link, SpanBuilder, SpanKind, TraceContextExt, Tracer, TracerProvider};
use opentelemetry::{Context, InstrumentationScope};
use tower_genai_core::{CallHandle, Head, Observer, Profile, Role, Route, SpanRef, Watch};

use crate::attributes::{Attributes, exchange, gen_ai, rpc};
use crate::boundary::{Boundary, Caller, Outgoing, Trust};
use crate::content::Capture;
use crate::headers::Headers;
use crate::names;
use crate::propagation::Propagation;
use crate::settings::Settings;
use crate::source::{SpanSource, Started, TracerSource};
use crate::watch::{Kind, SpanWatch, Tried, Unrecorded};

type Filter = dyn Fn(&Parts) -> bool + Send + Sync;

/// Room for the attributes of a model call, so that a recorded span grows once.
const USUAL_ATTRIBUTES: usize = 32;

/// Makes the spans of a [`TraceLayer`](crate::TraceLayer), as an observer that can share a layer with others:
///
/// ```
/// # use opentelemetry_sdk::trace::SdkTracerProvider;
/// use tower_genai_core::CallLayer;
/// use tower_genai_trace::TraceObserver;
///
/// # let provider = SdkTracerProvider::builder().build();
/// let layer = CallLayer::client().with(TraceObserver::new(&provider));
/// # drop(layer);
/// ```
#[derive(Clone)]
pub struct TraceObserver {
    source: Arc<dyn SpanSource>,
    boundary: Boundary,
    settings: Arc<Settings>,
    filter: Option<Arc<Filter>>,
    /// Whether the last span was recorded, and the next one probably is.
    recorded: Arc<AtomicBool>,
}

impl TraceObserver {
    /// Spans of the provider's, in the scope `tower-genai`.
    pub fn new<P>(provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Send + Sync + 'static,
        <P::Tracer as Tracer>::Span: Send + Sync + 'static,
    {
        let scope = InstrumentationScope::builder("tower-genai").with_version(env!("CARGO_PKG_VERSION"));
        Self::from_tracer(provider.tracer_with_scope(scope.build()))
    }

    /// Spans of the tracer's, in its own scope.
    pub fn from_tracer<T>(tracer: T) -> Self
    where
        T: Tracer + Send + Sync + 'static,
        T::Span: Send + Sync + 'static,
    {
        Self {
            source: Arc::new(TracerSource(tracer)),
            boundary: Boundary::default(),
            settings: Arc::default(),
            filter: None,
            recorded: Arc::default(),
        }
    }

    /// How a trace passes from process to process; W3C Trace Context and Baggage unless said otherwise.
    #[must_use]
    pub fn propagation(mut self, propagation: Propagation) -> Self {
        self.boundary.propagation = propagation;
        self
    }

    /// What is believed of what callers say about traces; [`Trust::Trust`] unless said otherwise.
    #[must_use]
    pub fn trust(mut self, trust: Trust) -> Self {
        self.boundary.trust = trust;
        self
    }

    /// Who may see what others have said about traces; [`Outgoing::new`] unless said otherwise.
    #[must_use]
    pub fn outgoing(mut self, outgoing: Outgoing) -> Self {
        self.boundary.outgoing = outgoing;
        self
    }

    /// Which names the attributes have; [`Profile::V1_41`] unless said otherwise.
    #[must_use]
    pub fn profile(self, profile: Profile) -> Self {
        self.edit(|settings| settings.profile = profile)
    }

    /// Writes what is said in calls to their spans, if [`Capture::span`] says so; nothing of it unless said otherwise.
    #[must_use]
    pub fn capture(self, capture: Capture) -> Self {
        self.edit(|settings| settings.capture = capture)
    }

    /// Shows these headers of requests, as `http.request.header.<name>`. None are shown otherwise.
    ///
    /// The values of those that hold credentials (`authorization`, `cookie`, `x-api-key`, whatever is named a key, a
    /// token or a secret, and values that are [marked](http::HeaderValue::set_sensitive)) are shown as `REDACTED`.
    ///
    /// ```
    /// # use http::HeaderName;
    /// # use opentelemetry_sdk::trace::SdkTracerProvider;
    /// # use tower_genai_trace::TraceObserver;
    /// # let provider = SdkTracerProvider::builder().build();
    /// let spans = TraceObserver::new(&provider)
    ///     .request_headers([HeaderName::from_static("x-request-id")])
    ///     .response_headers([HeaderName::from_static("x-ratelimit-remaining-tokens")]);
    /// # drop(spans);
    /// ```
    #[must_use]
    pub fn request_headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.edit(|settings| settings.request_headers = Headers::new("http.request.header", names))
    }

    /// Shows these headers of replies, as `http.response.header.<name>`; see
    /// [`request_headers`](Self::request_headers).
    #[must_use]
    pub fn response_headers(self, names: impl IntoIterator<Item = HeaderName>) -> Self {
        self.edit(|settings| settings.response_headers = Headers::new("http.response.header", names))
    }

    /// Makes spans for those requests only for which `filter` says so. Others pass as they are, with the headers they
    /// have: what asks every few seconds whether a process lives would bury what it does.
    ///
    /// ```
    /// # use opentelemetry_sdk::trace::SdkTracerProvider;
    /// # use tower_genai_trace::TraceObserver;
    /// # let provider = SdkTracerProvider::builder().build();
    /// let spans = TraceObserver::new(&provider)
    ///     .filter(|head| !matches!(head.uri.path(), "/metrics" | "/health" | "/livez" | "/readyz"));
    /// # drop(spans);
    /// ```
    #[must_use]
    pub fn filter(mut self, filter: impl Fn(&Parts) -> bool + Send + Sync + 'static) -> Self {
        self.filter = Some(Arc::new(filter));
        self
    }

    fn edit(mut self, edit: impl FnOnce(&mut Settings)) -> Self {
        edit(Arc::make_mut(&mut self.settings));
        self
    }

    fn start(&self, kind: Kind, head: &Head<'_>, caller: &mut Caller, at: SystemTime) -> Started {
        let mut builder = SpanBuilder::from_name(first_name(kind, head));
        builder.start_time = Some(at);
        builder.span_kind = Some(if kind == Kind::Server { SpanKind::Server } else { SpanKind::Client });
        if self.recorded.load(Relaxed) {
            builder.attributes = Some(Vec::with_capacity(USUAL_ATTRIBUTES));
        }
        builder.links = caller.link.take().map(|span| vec![Link::with_context(span)]);
        let started = self.source.start(builder, &caller.parent);
        if started.recording != self.recorded.load(Relaxed) {
            self.recorded.store(started.recording, Relaxed);
        }
        started
    }
}

impl Observer for TraceObserver {
    fn name(&self) -> &'static str {
        "trace"
    }

    fn content_limit(&self) -> usize {
        self.settings.capture.limit(self.settings.capture.span)
    }

    fn begin(&self, head: &mut Head<'_>) -> Option<Box<dyn Watch>> {
        if self.filter.as_ref().is_some_and(|filter| !filter(head.parts)) {
            return None;
        }
        let mut caller = self.boundary.caller(head);
        let kind = kind(head, &caller.parent);
        let started = head.started_at();
        let Started { context, recording } = if caller.denied {
            Started { context: caller.parent.clone(), recording: false }
        } else {
            self.start(kind, head, &mut caller, started)
        };
        match head.role() {
            Role::Client => self.boundary.propagate(head, &caller.parent, &context),
            // For a client layer that is reached on another task, where the span is not current.
            Role::Server => {
                head.parts.extensions.insert(context.clone());
            }
        }
        if let Some(call) = head.call() {
            let span = context.span();
            let span = span.span_context();
            if span.is_valid() {
                call.set_span(SpanRef {
                    trace_id: span.trace_id().to_bytes(),
                    span_id: span.span_id().to_bytes(),
                    sampled: span.is_sampled(),
                });
            }
        }
        if !recording {
            return Some(Box::new(Unrecorded(context)));
        }
        let grpc = kind != Kind::Model && rpc::is_grpc(head.parts);
        let mut attributes = Attributes::default();
        match kind {
            Kind::Server | Kind::Exchange if grpc => rpc::request(head, &mut attributes),
            Kind::Server => exchange::server_request(head, &mut attributes),
            Kind::Exchange => exchange::client_request(head, &mut attributes),
            Kind::Model => {
                exchange::client_server(head, &mut attributes);
                gen_ai::guardrail(head, &mut attributes);
            }
        }
        if head.role() == Role::Client {
            exchange::resend_count(head, &mut attributes);
        }
        self.settings.request_headers.show(&head.parts.headers, &mut attributes);
        context.span().set_attributes(attributes.drain());
        Some(Box::new(SpanWatch {
            context,
            open: true,
            kind,
            grpc,
            operation: head.call().map(CallHandle::operation),
            started,
            settings: self.settings.clone(),
            version: None,
            tried: (kind == Kind::Model && head.attempt() > 0).then(|| Tried::of(head)).flatten(),
            attempt: None,
        }))
    }
}

impl fmt::Debug for TraceObserver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceObserver").field("boundary", &self.boundary).finish_non_exhaustive()
    }
}

fn kind(head: &Head<'_>, parent: &Context) -> Kind {
    match (head.role(), head.call()) {
        (Role::Server, _) => Kind::Server,
        (Role::Client, None) => Kind::Exchange,
        (Role::Client, Some(call)) => {
            // Below the call's own span this is one attempt at it. The spans of attempts that have no such parent are
            // siblings, and each is the call's.
            let parent = parent.span().span_context().span_id().to_bytes();
            let below = head.attempt() > 0 && call.span().is_some_and(|span| span.span_id == parent);
            if below { Kind::Exchange } else { Kind::Model }
        }
    }
}

fn first_name(kind: Kind, head: &Head<'_>) -> Cow<'static, str> {
    let method = &head.parts.method;
    match (kind, head.call()) {
        (Kind::Model, Some(call)) => names::of_operation(call.operation(), method).into(),
        _ if rpc::is_grpc(head.parts) => rpc::method(head).to_owned().into(),
        (Kind::Server, _) => names::of_exchange(method, head.route().map(Route::as_str)),
        _ => names::of_method(method).into(),
    }
}
