use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::{Response, StatusCode, response};
use http_body::{Body, Frame};

use super::candidate::{has_type, is_identity};
use super::response_body::ResponseBody;
use super::splice::Taken;

/// A reply that may say that the upstream does not know the field.
#[derive(Debug)]
pub(super) struct Refusal<B: Body> {
    head: response::Parts,
    body: Option<B>,
    taken: Taken<B::Error>,
    bytes: usize,
}

/// So much of a reply is read. Errors are short.
const MOST_READ: usize = 64 * 1024;

/// Whether a reply is one that is to be read for what it says.
pub(super) fn is_refusal<B>(reply: &Response<B>) -> bool {
    matches!(reply.status(), StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY)
        && is_identity(reply.headers())
        // A stream may stay open, and its head would wait.
        && has_type(reply.headers(), "text/event-stream") != Some(true)
}

impl<B: Body<Data = Bytes> + Unpin> Refusal<B> {
    pub(super) fn new(reply: Response<B>) -> Self {
        let (head, body) = reply.into_parts();
        Self { head, body: Some(body), taken: Taken { frames: VecDeque::new(), last: None }, bytes: 0 }
    }

    /// Reads the reply: whether it is about the field.
    pub(super) fn poll_about_field(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        while let Some(body) = self.body.as_mut().filter(|body| !body.is_end_stream()) {
            match ready!(Pin::new(body).poll_frame(cx)).map(|frame| frame.map(Frame::into_data)) {
                Some(Ok(Ok(data))) => {
                    self.bytes = self.bytes.saturating_add(data.len().max(size_of::<Bytes>()));
                    self.taken.frames.push_back(data);
                    if self.bytes > MOST_READ {
                        return Poll::Ready(false);
                    }
                    continue;
                }
                Some(Ok(Err(trailers))) => self.taken.last = Some(Ok(trailers)),
                Some(Err(error)) => self.taken.last = Some(Err(error)),
                None => {}
            }
            self.body = None;
        }
        let text = self.taken.frames.iter().map(|frame| &frame[..]).collect::<Vec<_>>().concat();
        let says = |word: &[u8]| memchr::memmem::find(&text, word).is_some();
        Poll::Ready(says(b"stream_options") || says(b"include_usage"))
    }

    /// The reply, as if nobody had read it.
    pub(super) fn into_reply(self) -> Response<ResponseBody<B>> {
        Response::from_parts(self.head, ResponseBody::again(self.taken, self.body))
    }
}
