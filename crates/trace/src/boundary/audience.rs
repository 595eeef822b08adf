use super::trust::Trust;

/// Who gets a request, as a request extension that says more than [`Outgoing`](super::Outgoing) can tell from its host:
///
/// ```
/// use http::Request;
/// use tower_genai_trace::Audience;
///
/// let request = Request::post("https://gateway.example/v1/chat/completions").extension(Audience::Own);
/// # drop(request.body(()));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Audience {
    /// A service that may see what others say in traces: their trace state, their baggage, and the headers of formats that
    /// this process does not speak.
    Own,
    /// Anybody else: sees the span of this process, and nothing that others said.
    Stranger,
}

/// What a receiver may see of what others said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    /// Of where the trace has been: trace state, and spans in formats that this process does not speak.
    pub(crate) trace: bool,
    /// Of what was said in clear.
    pub(crate) baggage: bool,
}

impl Sight {
    pub(crate) const ALL: Self = Self { trace: true, baggage: true };
    pub(crate) const NOTHING: Self = Self { trace: false, baggage: false };

    /// The part of it that is left of what a caller said that is believed so much.
    pub(super) fn of(self, trust: Trust) -> Self {
        Self { trace: self.trace && trust != Trust::Ignore, baggage: self.baggage && trust == Trust::Trust }
    }
}

impl From<Audience> for Sight {
    fn from(audience: Audience) -> Self {
        match audience {
            Audience::Own => Self::ALL,
            Audience::Stranger => Self::NOTHING,
        }
    }
}
