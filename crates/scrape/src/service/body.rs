use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};

use super::scrape::Reader;

/// The body of a [`MetricsService`](super::MetricsService)'s reply: the page, in pieces as they are made.
///
/// Its length is known where the page was whole when the reply began, which small pages are. Dropping it gives the
/// page up, unless others read it too.
#[derive(Debug)]
pub struct ResponseBody(State);

#[derive(Debug)]
enum State {
    /// The text of a reply that is no page.
    Text(&'static str),
    Page(Reader),
    Ended,
}

impl ResponseBody {
    pub(super) const fn text(text: &'static str) -> Self {
        Self(State::Text(text))
    }

    pub(super) const fn page(reader: Reader) -> Self {
        Self(State::Page(reader))
    }
}

/// An empty one.
impl Default for ResponseBody {
    fn default() -> Self {
        Self(State::Ended)
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = GivenUp;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, GivenUp>>> {
        let piece = match &mut self.0 {
            State::Text(text) => {
                let text = Bytes::from_static(text.as_bytes());
                self.0 = State::Ended;
                return Poll::Ready(Some(Ok(Frame::data(text))));
            }
            State::Page(reader) => ready!(reader.poll_piece(cx)),
            State::Ended => None,
        };
        if !matches!(piece, Some(Ok(_))) {
            self.0 = State::Ended;
        }
        Poll::Ready(piece.map(|piece| piece.map(Frame::data).map_err(|()| GivenUp(()))))
    }

    fn is_end_stream(&self) -> bool {
        match &self.0 {
            State::Text(_) => false,
            State::Page(reader) => reader.remaining() == (0, true),
            State::Ended => true,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.0 {
            State::Text(text) => SizeHint::with_exact(text.len() as u64),
            State::Page(reader) => {
                let (bytes, is_all) = reader.remaining();
                let mut hint = SizeHint::new();
                hint.set_lower(bytes);
                if is_all {
                    hint.set_exact(bytes);
                }
                hint
            }
            State::Ended => SizeHint::with_exact(0),
        }
    }
}

/// The page was given up before its end: the scraper's time was over, or the runtime is shutting down.
///
/// A server that gets it closes the connection, so that no half of a page is taken for a whole one.
#[derive(Debug)]
pub struct GivenUp(());

impl fmt::Display for GivenUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the page of metrics was given up before its end: no time left, or shutting down")
    }
}

impl std::error::Error for GivenUp {}
