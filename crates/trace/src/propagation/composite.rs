use std::fmt;
use std::sync::Arc;

use http::HeaderMap;
use opentelemetry::Context;
use opentelemetry::propagation::TextMapPropagator;

use super::format::Format;
use super::names;
use super::names::PropagatorError;
use crate::boundary::Sight;

/// How a trace passes from process to process: one format, or several.
///
/// Of several, the first whose headers name a valid span names the parent, and all are written. By default they are W3C
/// Trace Context and W3C Baggage, as everywhere in OpenTelemetry.
///
/// ```
/// use tower_genai_trace::Propagation;
///
/// let ours = Propagation::w3c().and(&Propagation::b3_multi());
/// let said = Propagation::from_names(["tracecontext", "b3multi"])?;
/// assert_eq!(format!("{ours:?}"), format!("{said:?}"));
/// # Ok::<(), tower_genai_trace::PropagatorError>(())
/// ```
#[derive(Clone)]
pub struct Propagation(Formats);

#[derive(Clone)]
enum Formats {
    Static(&'static [Format]),
    Shared(Arc<[Format]>),
}

impl Propagation {
    /// [`traceparent` and `tracestate`](crate::w3c).
    pub const fn w3c() -> Self {
        Self::fixed(&[Format::TraceContext])
    }

    /// `baggage`, as in [W3C Baggage](https://www.w3.org/TR/baggage/): up to 64 members and 8192 bytes. It is found in
    /// the [`Context`] with OpenTelemetry's `BaggageExt`.
    ///
    /// What cannot be decoded is read as U+FFFD, and properties pass as they are. Members beyond the limits are left out.
    pub const fn baggage() -> Self {
        Self::fixed(&[Format::Baggage])
    }

    /// Zipkin's [B3](https://github.com/openzipkin/b3-propagation), written as the one header `b3` and read from either
    /// form.
    ///
    /// Trace ids of 64 bits are read, and go out with 128. The debug flag passes on and implies that the trace is sampled.
    /// A caller that says `b3: 0` and names no span wants none: no span is made, and the header passes on.
    pub const fn b3() -> Self {
        Self::fixed(&[Format::B3Single])
    }

    /// The same, written as `x-b3-traceid`, `x-b3-spanid` and `x-b3-sampled` or `x-b3-flags`.
    pub const fn b3_multi() -> Self {
        Self::fixed(&[Format::B3Multi])
    }

    /// Jaeger's [`uber-trace-id`](https://www.jaegertracing.io/sdk-migration/#propagation-format), URL-encoded or not, with
    /// ids of any length. Its baggage, `uberctx-*`, is not read.
    pub const fn jaeger() -> Self {
        Self::fixed(&[Format::Jaeger])
    }

    /// Datadog's `x-datadog-*`: the lower half of the trace id in `x-datadog-trace-id`, the upper in `x-datadog-tags`.
    ///
    /// Its origin, its priority and the tags that are to be passed on travel in the `dd` member of the span's trace
    /// state, where Datadog's own libraries put them. Tags of more than 512 bytes are neither read nor written.
    pub const fn datadog() -> Self {
        Self::fixed(&[Format::Datadog])
    }

    /// Nothing is read and nothing is written.
    pub const fn none() -> Self {
        Self::fixed(&[])
    }

    /// Any propagator of OpenTelemetry's.
    pub fn custom(propagator: Arc<dyn TextMapPropagator + Send + Sync>) -> Self {
        Self(Formats::Shared(Arc::new([Format::Custom(propagator)])))
    }

    /// The formats with these names, in this order; a name that comes again counts once. They are those of the variable
    /// `OTEL_PROPAGATORS`: `tracecontext`, `baggage`, `b3`, `b3multi`, `jaeger`, `datadog`, or `none` alone.
    ///
    /// # Errors
    ///
    /// Names that are not known, all of them in one error, and `none` beside others.
    pub fn from_names<I>(names: I) -> Result<Self, PropagatorError>
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        names::formats(names).map(|formats| Self(Formats::Shared(formats.into())))
    }

    /// These formats, and then the others.
    #[must_use]
    pub fn and(&self, others: &Self) -> Self {
        Self(Formats::Shared(self.formats().iter().chain(others.formats()).cloned().collect()))
    }

    const fn fixed(formats: &'static [Format]) -> Self {
        Self(Formats::Static(formats))
    }

    fn formats(&self) -> &[Format] {
        match &self.0 {
            Formats::Static(formats) => formats,
            Formats::Shared(formats) => formats,
        }
    }

    /// The context with what the headers say; `None` when they say nothing.
    pub(crate) fn extract(&self, context: &Context, headers: &HeaderMap) -> Option<Context> {
        let (mut found, mut named) = (None, false);
        for format in self.formats() {
            let so_far = found.as_ref().unwrap_or(context);
            let wanted = !(named && format.names_spans());
            if let Some(more) = wanted.then(|| format.extract(so_far, headers)).flatten() {
                found = Some(more);
                named |= format.names_spans();
            } else if let Some(more) = format.extract_baggage(so_far, headers) {
                found = Some(more);
            }
        }
        found
    }

    /// Whether it replaces a `traceparent`.
    pub(crate) fn writes_trace_context(&self) -> bool {
        self.formats().iter().any(|format| matches!(format, Format::TraceContext))
    }

    /// Writes what the context says and the receiver may see, in the place of what the headers said.
    pub(crate) fn inject(&self, context: &Context, headers: &mut HeaderMap, sight: Sight) {
        for format in self.formats() {
            format.inject(context, headers, sight);
        }
    }
}

impl Default for Propagation {
    fn default() -> Self {
        Self::fixed(&[Format::TraceContext, Format::Baggage])
    }
}

impl fmt::Debug for Propagation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.formats()).finish()
    }
}
