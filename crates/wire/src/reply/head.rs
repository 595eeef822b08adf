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
}

impl<'a> ReplyHead<'a> {
    /// The head of a reply: its status code, `content-type` and `content-encoding`.
    pub const fn new(status: u16, content_type: Option<&'a str>, content_encoding: Option<&'a str>) -> Self {
        Self { status, content_type, content_encoding }
    }
}
