//! A reply's body that may pause only for so long.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use tokio::time::{Instant, Sleep};
use tower_genai_core::ErrorOrigin;

use super::fault::chain;
use crate::blame::Blame;
use crate::body::BoxError;

pin_project! {
    /// Ends with an error when no frame comes for too long, and tells the call why its reply was cut.
    #[derive(Debug)]
    pub(super) struct IdleTimeout<B> {
        #[pin]
        inner: B,
        #[pin]
        sleep: Option<Sleep>,
        // The inner body was asked at this moment and has had nothing since.
        waiting_since: Option<Instant>,
        limit: Duration,
        upstream: Arc<str>,
        blame: Blame,
    }
}

impl<B> IdleTimeout<B> {
    pub(super) fn new(inner: B, limit: Duration, upstream: Arc<str>, blame: Blame) -> Self {
        Self { inner, sleep: None, waiting_since: None, limit, upstream, blame }
    }
}

impl<B> Body for IdleTimeout<B>
where
    B: Body<Data = Bytes>,
    B::Error: Into<BoxError>,
{
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        let mut this = self.project();
        match this.inner.poll_frame(cx) {
            Poll::Ready(Some(Err(error))) => {
                let error = error.into();
                cut(this.upstream, this.blame, "truncated", &error);
                Poll::Ready(Some(Err(error)))
            }
            Poll::Ready(frame) => {
                *this.waiting_since = None;
                Poll::Ready(frame.map(|frame| frame.map_err(Into::into)))
            }
            Poll::Pending => {
                let since = *this.waiting_since.get_or_insert_with(Instant::now);
                let deadline = since + *this.limit;
                // The timer is moved only when it fires, not for every frame.
                let mut sleep = this.sleep.as_mut();
                if sleep.is_none() {
                    sleep.set(Some(tokio::time::sleep_until(deadline)));
                }
                while let Some(mut timer) = sleep.as_mut().as_pin_mut() {
                    if timer.as_mut().poll(cx).is_pending() {
                        return Poll::Pending;
                    }
                    if timer.deadline() >= deadline {
                        break;
                    }
                    timer.reset(deadline);
                }
                let error = Idle { limit: *this.limit }.into();
                cut(this.upstream, this.blame, "timeout", &error);
                Poll::Ready(Some(Err(error)))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.inner.size_hint()
    }
}

/// Tells the record and the log.
fn cut(upstream: &str, blame: &Blame, kind: &'static str, error: &BoxError) {
    blame.put(kind, ErrorOrigin::Upstream);
    let trace_id = blame.trace_id();
    let cause = chain(error.as_ref());
    tracing::warn!(upstream, error.r#type = kind, cause, trace_id, "the reply was cut");
}

/// Nothing came for too long.
#[derive(Clone, Copy, Debug)]
pub(super) struct Idle {
    limit: Duration,
}

impl fmt::Display for Idle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the upstream sent nothing for {:?}", self.limit)
    }
}

impl std::error::Error for Idle {}
