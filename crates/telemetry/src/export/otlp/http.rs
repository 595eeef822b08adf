//! Posts one body.

use std::io::Write;
use std::time::Duration;

use bytes::Bytes;
use flate2::write::GzEncoder;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Uri};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

use super::connector::{Version, connector, failure};
use super::encoding::Encoding;
use crate::config::{Compression, OtlpConfig};
use crate::export::ExportError;

#[derive(Debug)]
pub(super) struct HttpClient {
    client: hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    uri: Uri,
    headers: HeaderMap,
    compression: Compression,
}

impl HttpClient {
    /// # Errors
    ///
    /// TLS cannot be spoken.
    pub(super) fn new(config: &OtlpConfig) -> Result<Self, String> {
        let connector = connector(config, Version::Http1)?;
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .pool_max_idle_per_host(1)
            .build(connector);
        let mut headers = config.headers.as_map().clone();
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(super::USER_AGENT));
        headers.insert(CONTENT_TYPE, Encoding::of(config.protocol).content_type());
        if config.compression == Compression::Gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        Ok(Self { client, uri: config.endpoint.uri().clone(), headers, compression: config.compression })
    }

    /// The body as it is sent.
    pub(super) fn compress(&self, body: Bytes) -> Result<Bytes, ExportError> {
        match self.compression {
            Compression::None => Ok(body),
            Compression::Gzip => {
                let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
                let compressed = encoder.write_all(&body).and_then(|()| encoder.finish());
                compressed.map(Bytes::from).map_err(|error| ExportError::Transport(error.to_string()))
            }
        }
    }

    /// Posts the body and returns the answer's, if its status is 2xx.
    pub(super) async fn post(&self, body: Bytes) -> Result<Bytes, ExportError> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        let answer = self.client.request(request).await.map_err(|error| failure(&error))?;
        let status = answer.status();
        if !status.is_success() {
            return Err(ExportError::Status(status, retry_after(answer.headers())));
        }
        let body = Limited::new(answer.into_body(), super::MAX_ANSWER).collect().await;
        Ok(body.map_err(|error| failure(&*error))?.to_bytes())
    }
}

/// Seconds; a date is no use to a client whose clock may be off.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}
