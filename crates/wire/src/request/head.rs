/// What the head of a request tells about its body.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct RequestHead<'a> {
    /// The value of `content-type`.
    pub content_type: Option<&'a str>,
    /// The value of `content-encoding`; several lines of it joined with commas.
    pub content_encoding: Option<&'a str>,
}

impl<'a> RequestHead<'a> {
    /// The head of a request: its `content-type` and `content-encoding`.
    pub const fn new(content_type: Option<&'a str>, content_encoding: Option<&'a str>) -> Self {
        Self { content_type, content_encoding }
    }
}
