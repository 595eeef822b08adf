use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::{Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::TapBody;
use super::mode::BodyMode;
use super::state::{OnUnwind, Tap};
use crate::end::{End, Failure};
use crate::session::SessionSlot;

pin_project! {
    /// The response future of [`Call`](super::Call).
    #[derive(Debug)]
    pub struct TapFuture<F, R> {
        // Declared first, so dropped first: an inner layer's tap ends before this one.
        #[pin]
        inner: F,
        tap: Tap,
        connect: bool,
        // Where the reply to a request that asks for a WebSocket leaves the session.
        slot: Option<SessionSlot>,
        mode: R,
    }
}

impl<F, R> TapFuture<F, R> {
    pub(super) fn new(inner: F, tap: Tap, connect: bool, slot: Option<SessionSlot>, mode: R) -> Self {
        Self { inner, tap, connect, slot, mode }
    }
}

impl<F, B, E, R> Future for TapFuture<F, R>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
    R: BodyMode<B>,
{
    type Output = Result<Response<R::Response>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let unwind = OnUnwind(this.tap);
        let polled = match unwind.0.watching_party() {
            None => this.inner.as_mut().poll(cx),
            Some(party) => party.around(|| this.inner.as_mut().poll(cx)),
        };
        unwind.disarm();
        match ready!(polled) {
            Err(error) => {
                this.tap.end(End::Failed(Failure::BeforeHead));
                Poll::Ready(Err(error))
            }
            Ok(response) => {
                this.tap.on_head(&response);
                if is_upgrade(*this.connect, &response) {
                    this.tap.upgrade(this.slot.take(), &response);
                }
                let tap = std::mem::take(this.tap);
                Poll::Ready(Ok(response.map(|body| this.mode.wrap_response(TapBody::watching(body, tap)))))
            }
        }
    }
}

/// After such a head the connection speaks another protocol.
fn is_upgrade<B>(connect: bool, head: &Response<B>) -> bool {
    head.status() == StatusCode::SWITCHING_PROTOCOLS || (connect && head.status().is_success())
}
