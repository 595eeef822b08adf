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
