use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use http::header::{ALLOW, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, VARY};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::Full;
use tokio::runtime::Handle;
use tower_service::Service;

use super::page::Page;
use super::{MetricsServiceBuilder, ResponseFuture};
use crate::{Format, negotiate};

/// Answers `GET` and `HEAD` with a page of metrics.
///
/// A clone shows the same metrics. The service does not look at the path: route `/metrics` to it. See the
/// [crate's documentation](crate) for an example.
///
/// | request | reply |
/// |---|---|
/// | `GET` | 200, the page |
/// | `HEAD` | 200, the headers of the page |
/// | `OPTIONS` | 204 with `Allow` |
/// | other methods | 405 with `Allow` |
#[derive(Clone)]
pub struct MetricsService {
    page: Arc<Page>,
}

impl MetricsService {
    /// A service yet without metrics.
    pub fn builder() -> MetricsServiceBuilder {
        MetricsServiceBuilder::default()
    }

    pub(super) fn new(page: Page) -> Self {
        Self { page: Arc::new(page) }
    }

    /// The page as text, rendered on this thread. It does not count as a scrape.
    pub fn render(&self, format: Format) -> String {
        let mut text = String::new();
        self.page.write(format, &mut text);
        text
    }

    fn reply(page: &Page, head: bool, headers: &HeaderMap) -> Response<Full<Bytes>> {
        let format = negotiate::format(headers);
        let gzip = negotiate::gzip(headers);
        let body = page.make(format, gzip);
        let length = HeaderValue::from(body.len());
        let mut response = Response::new(Full::new(if head { Bytes::new() } else { body }));
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, format.content_type());
        headers.insert(CONTENT_LENGTH, length);
        headers.insert(VARY, HeaderValue::from_static("accept, accept-encoding"));
        if gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

impl<B> Service<Request<B>> for MetricsService {
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = ResponseFuture;

    fn poll_ready(&mut self, _cx: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> ResponseFuture {
        let head = match *request.method() {
            Method::GET => false,
            Method::HEAD => true,
            Method::OPTIONS => return ResponseFuture::ready(allow(StatusCode::NO_CONTENT)),
            _ => return ResponseFuture::ready(allow(StatusCode::METHOD_NOT_ALLOWED)),
        };
        let (parts, _) = request.into_parts();
        let page = Arc::clone(&self.page);
        let reply = move || Self::reply(&page, head, &parts.headers);
        match Handle::try_current() {
            Ok(runtime) => ResponseFuture::rendering(runtime.spawn_blocking(reply)),
            Err(_) => ResponseFuture::ready(reply()),
        }
    }
}

fn allow(status: StatusCode) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::default());
    *response.status_mut() = status;
    response.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD, OPTIONS"));
    response
}

impl fmt::Debug for MetricsService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sources, registries) = self.page.counts();
        f.debug_struct("MetricsService")
            .field("sources", &sources)
            .field("registries", &registries)
            .finish_non_exhaustive()
    }
}
