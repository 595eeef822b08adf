use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderMap, Method, Version};
use http_body::Body;
use http_body_util::BodyExt;
use sha2::{Digest, Sha256};

use crate::hex;

/// A request as the replay server got it.
#[derive(Clone, Debug)]
pub struct Received {
    /// The method.
    pub method: Method,
    /// HTTP/1.1 or HTTP/2.
    pub version: Version,
    /// The path as it was sent.
    pub path: String,
    /// The query without its question mark.
    pub query: Option<String>,
    /// All headers.
    pub headers: HeaderMap,
    /// The trailers of the body.
    pub trailers: Option<HeaderMap>,
    /// The length of the body.
    pub body_bytes: u64,
    /// The SHA-256 of the body, in hex.
    pub body_sha256: String,
    /// The beginning of the body; all of it unless it is longer than 64 KiB.
    pub body_start: Bytes,
    /// The last bytes of the body.
    pub body_end: Bytes,
    /// Whether the body came to its end.
    pub whole: bool,
}

const START: usize = 64 << 10;
const END: usize = 1 << 10;
// A test that forgets to end a body must not hang.
const PATIENCE: Duration = Duration::from_secs(60);

impl Received {
    /// A header as text; empty when it is absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or("")
    }

    /// Reads a request to the end of its body, of which no more than the beginning is kept.
    pub(super) async fn read<B: Body<Data = Bytes> + Unpin>(head: &Parts, mut body: B) -> Self {
        let mut hash = Sha256::new();
        let (mut start, mut end) = (Vec::new(), Vec::new());
        let mut received = Self {
            method: head.method.clone(),
            version: head.version,
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: head.headers.clone(),
            trailers: None,
            body_bytes: 0,
            body_sha256: String::new(),
            body_start: Bytes::new(),
            body_end: Bytes::new(),
            whole: false,
        };
        let reading = async {
            while let Some(frame) = body.frame().await {
                match frame.map(Frame::split) {
                    Ok(Frame::Data(data)) => {
                        received.body_bytes += data.len() as u64;
                        hash.update(&data);
                        start.extend_from_slice(&data[..data.len().min(START - start.len())]);
                        end.extend_from_slice(&data[data.len().saturating_sub(END)..]);
                        end.drain(..end.len().saturating_sub(END));
                    }
                    Ok(Frame::Trailers(trailers)) => received.trailers = Some(trailers),
                    Ok(Frame::Unknown) => {}
                    Err(_) => return,
                }
            }
            received.whole = true;
        };
        let _ = tokio::time::timeout(PATIENCE, reading).await;
        received.body_sha256 = hex(&hash.finalize());
        received.body_start = start.into();
        received.body_end = end.into();
        received
    }
}

enum Frame {
    Data(Bytes),
    Trailers(HeaderMap),
    Unknown,
}

impl Frame {
    fn split(frame: http_body::Frame<Bytes>) -> Self {
        match frame.into_data().map_err(http_body::Frame::into_trailers) {
            Ok(data) => Self::Data(data),
            Err(Ok(trailers)) => Self::Trailers(trailers),
            Err(Err(_)) => Self::Unknown,
        }
    }
}
