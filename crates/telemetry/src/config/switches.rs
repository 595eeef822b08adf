//! What the layers of a program are to do, in words of one vocabulary each.

/// A format of trace context that passes between processes, as `OTEL_PROPAGATORS` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PropagatorName {
    /// `tracecontext`: [W3C Trace Context](https://www.w3.org/TR/trace-context/).
    TraceContext,
    /// `baggage`: [W3C Baggage](https://www.w3.org/TR/baggage/).
    Baggage,
    /// `b3`: B3 in one header.
    B3,
    /// `b3multi`: B3 in several headers.
    B3Multi,
    /// `jaeger`: Jaeger's `uber-trace-id`.
    Jaeger,
    /// `datadog`: `x-datadog-*`.
    Datadog,
}

impl PropagatorName {
    /// All of them.
    pub const ALL: &[Self] =
        &[Self::TraceContext, Self::Baggage, Self::B3, Self::B3Multi, Self::Jaeger, Self::Datadog];

    /// As `OTEL_PROPAGATORS` writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TraceContext => "tracecontext",
            Self::Baggage => "baggage",
            Self::B3 => "b3",
            Self::B3Multi => "b3multi",
            Self::Jaeger => "jaeger",
            Self::Datadog => "datadog",
        }
    }
}

/// Where the messages of calls may be written to, by `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CaptureMode {
    /// `NO_CONTENT`: nowhere.
    #[default]
    NoContent,
    /// `SPAN_ONLY`: to spans.
    SpanOnly,
    /// `EVENT_ONLY`: to events.
    EventOnly,
    /// `SPAN_AND_EVENT`: to both.
    SpanAndEvent,
}

impl CaptureMode {
    /// All of them.
    pub const ALL: &[Self] = &[Self::NoContent, Self::SpanOnly, Self::EventOnly, Self::SpanAndEvent];

    /// As the variable writes it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NoContent => "NO_CONTENT",
            Self::SpanOnly => "SPAN_ONLY",
            Self::EventOnly => "EVENT_ONLY",
            Self::SpanAndEvent => "SPAN_AND_EVENT",
        }
    }

    /// Whether spans get messages.
    pub const fn in_spans(self) -> bool {
        matches!(self, Self::SpanOnly | Self::SpanAndEvent)
    }

    /// Whether events get messages.
    pub const fn in_events(self) -> bool {
        matches!(self, Self::EventOnly | Self::SpanAndEvent)
    }
}
