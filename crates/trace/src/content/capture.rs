/// Where to the messages of calls are written, and how much of them: nowhere unless somebody says so, since they may hold
/// anything.
///
/// ```
/// # use opentelemetry_sdk::trace::SdkTracerProvider;
/// use tower_genai_core::{CallLayer, Content};
/// use tower_genai_trace::{TraceObserver, content::Capture};
///
/// # let provider = SdkTracerProvider::builder().build();
/// let spans = TraceObserver::new(&provider).capture(Capture::SPAN_ONLY.max_bytes(16 * 1024));
/// let layer = CallLayer::client().with(spans).redact(|content: &mut Content| content.system_instructions.clear());
/// # drop(layer);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capture {
    /// Whether spans get them.
    pub span: bool,
    /// Whether events get them.
    pub event: bool,
    /// The most bytes of JSON of one attribute. Beyond it the longest texts are cut, each with a mark at its end; where
    /// that does not do, the oldest messages of the input and the last of anything else are left out. What is left is
    /// whole JSON.
    ///
    /// Where something behind the observer cuts long attributes, such as an exporter that follows
    /// `OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT`, this must not be more than it lets pass: it would cut the JSON anywhere.
    pub max_bytes: usize,
}

/// What most backends take of one attribute.
const MOST_BYTES: usize = 32 * 1024;

/// So much more is kept of a call than will be shown: a text is looked through before it is cut, see
/// [`CallLayer::redact`](tower_genai_core::CallLayer::redact).
const KEPT: usize = 4;

impl Capture {
    /// `NO_CONTENT`.
    pub const NO_CONTENT: Self = Self { span: false, event: false, max_bytes: MOST_BYTES };
    /// `SPAN_ONLY`.
    pub const SPAN_ONLY: Self = Self { span: true, ..Self::NO_CONTENT };
    /// `EVENT_ONLY`.
    pub const EVENT_ONLY: Self = Self { event: true, ..Self::NO_CONTENT };
    /// `SPAN_AND_EVENT`.
    pub const SPAN_AND_EVENT: Self = Self { span: true, event: true, ..Self::NO_CONTENT };

    /// The same with another limit; 32 KiB unless said otherwise.
    #[must_use]
    pub const fn max_bytes(self, max_bytes: usize) -> Self {
        Self { max_bytes, ..self }
    }

    /// How much is to be kept of a call for a destination that is on or off.
    pub(crate) const fn limit(self, on: bool) -> usize {
        if on { self.max_bytes.saturating_mul(KEPT) } else { 0 }
    }
}

impl Default for Capture {
    fn default() -> Self {
        Self::NO_CONTENT
    }
}
