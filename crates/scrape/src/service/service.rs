use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::header::{ALLOW, HeaderValue};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use tokio::runtime::Handle;
use tokio::time::Instant;
use tower_service::Service;

use super::page::Page;
use super::scrape::{Pending, Wanted};
use super::{MetricsServiceBuilder, ResponseBody, ResponseFuture};
use crate::encoder::{Selection, Sheet};
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
///
/// `?name[]=calls_total&name[]=latency_seconds` asks for these families only.
///
/// The page is sent while it is written. Where it is compressed, of what has not been sent no more than a piece of 64 KiB
/// is kept uncompressed (in protobuf, the largest family). Scrapers that ask for the same while a page is being made share it.
/// Sources never wait for a scraper, however slowly it reads. A page that nobody waits for any more, or that is not done
/// within the seconds of `X-Prometheus-Scrape-Timeout-Seconds`, is given up: with 503 before it has begun, with a
/// [broken](super::GivenUp) body after that, which closes the connection.
#[derive(Clone)]
pub struct MetricsService {
    page: Arc<Page>,
    pending: Arc<Pending>,
}

/// How long Prometheus waits for the page, in seconds.
const SCRAPE_TIMEOUT: &str = "x-prometheus-scrape-timeout-seconds";

impl MetricsService {
    /// A service yet without metrics.
    pub fn builder() -> MetricsServiceBuilder {
        MetricsServiceBuilder::default()
    }

    pub(super) fn new(page: Page) -> Self {
        Self { page: Arc::new(page), pending: Arc::default() }
    }

    /// The page as text, rendered on this thread. It does not count as a scrape. Empty for a format that is no text.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::OpenMetrics | Format::Text => {
                String::from_utf8(self.rendered(format)).unwrap_or_default()
            }
            Format::Protobuf => String::new(),
        }
    }

    /// The page as bytes, in any format.
    pub fn render_bytes(&self, format: Format) -> Bytes {
        self.rendered(format).into()
    }

    fn rendered(&self, format: Format) -> Vec<u8> {
        let mut sheet = Sheet::new();
        self.page.write(format, &Selection::default(), &mut sheet);
        sheet.into_bytes()
    }
}

/// How long the scraper waits for the page.
fn patience(headers: &HeaderMap) -> Option<Duration> {
    let seconds: f64 = headers.get(SCRAPE_TIMEOUT)?.to_str().ok()?.trim().parse().ok()?;
    Duration::try_from_secs_f64(seconds).ok().filter(|patience| !patience.is_zero())
}

impl<B> Service<Request<B>> for MetricsService {
    type Response = Response<ResponseBody>;
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
        let wanted = Wanted {
            format: negotiate::format(&parts.headers, self.page.offers_protobuf()),
            encoding: negotiate::encoding(&parts.headers),
            selection: Selection::of_query(parts.uri.query()),
        };
        let deadline = patience(&parts.headers).and_then(|patience| Instant::now().checked_add(patience));
        let (page, maker) = self.pending.join(&wanted, deadline);
        let reply = ResponseFuture::waiting(page, wanted.format, wanted.encoding, head);
        let Some(maker) = maker else { return reply };
        let page = Arc::clone(&self.page);
        let make = move || page.make(&wanted, maker);
        match Handle::try_current() {
            Ok(runtime) => drop(runtime.spawn_blocking(make)),
            Err(_) => make(),
        }
        reply
    }
}

fn allow(status: StatusCode) -> Response<ResponseBody> {
    let mut response = Response::new(ResponseBody::default());
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
