/// What the head of a reply tells about its body.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ReplyHead<'a> {
    /// The status code.
    pub status: u16,
    /// The value of `content-type`.
    pub content_type: Option<&'a str>,
    /// The value of `content-encoding`; several lines of it joined with commas.
    pub content_encoding: Option<&'a str>,
    /// Whether the request asked for a stream in its path: Google's APIs then answer with an array whose elements are
    /// the events. Any other array is one document.
    pub streaming: bool,
}

impl<'a> ReplyHead<'a> {
    /// The head of a reply: its status code, `content-type` and `content-encoding`.
    pub const fn new(status: u16, content_type: Option<&'a str>, content_encoding: Option<&'a str>) -> Self {
        Self { status, content_type, content_encoding, streaming: false }
    }

    /// States whether the request asked for a stream in its path, see [`Api::path_stream`](crate::Api::path_stream).
    ///
    /// ```
    /// use tower_genai_wire::{Api, ReplyHead, ReplyReader};
    ///
    /// let (api, path) = (Api::GeminiGenerate, "/v1beta/models/gemini-2.5-flash:streamGenerateContent");
    /// let head = ReplyHead::new(200, Some("application/json"), None);
    /// let mut reader = ReplyReader::new(api, &head.streaming(api.path_stream(path) == Some(true)));
    /// reader.push(br#"[{"candidates":[]},{"candidates":[]}]"#);
    /// assert!(reader.facts().streamed);
    /// assert_eq!(reader.facts().events, 2);
    /// ```
    #[must_use]
    pub const fn streaming(mut self, streaming: bool) -> Self {
        self.streaming = streaming;
        self
    }
}
