use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;

use super::body::ResponseBody;
use super::rest::Asked;

pin_project! {
    /// The response future of [`Drain`](super::Drain).
    #[derive(Debug)]
    pub struct ResponseFuture<F> {
        #[pin]
        inner: F,
        asked: Option<Asked>,
    }
}

impl<F> ResponseFuture<F> {
    pub(super) const fn new(inner: F, asked: Option<Asked>) -> Self {
        Self { inner, asked }
    }
}

impl<F, B, E> Future for ResponseFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let response = ready!(this.inner.poll(cx))?;
        let rest = this.asked.take().and_then(|asked| asked.answered(&response));
        Poll::Ready(Ok(response.map(|body| ResponseBody::new(body, rest))))
    }
}
