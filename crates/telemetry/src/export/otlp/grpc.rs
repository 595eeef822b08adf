//! Calls one method.

use std::error::Error;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes};
use http::header::USER_AGENT;
use http::uri::PathAndQuery;
use http::{HeaderMap, HeaderValue, Uri};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use prost::Message;
use tonic::Status;
use tonic::client::Grpc;
use tonic::codec::{Codec, CompressionEncoding, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::metadata::MetadataMap;

use super::connector::{Version, connector, failure};
use crate::config::{Compression, OtlpConfig};
use crate::export::ExportError;

#[derive(Debug)]
pub(super) struct GrpcClient {
    client: hyper_util::client::legacy::Client<HttpsConnector<HttpConnector>, tonic::body::Body>,
    origin: Uri,
    headers: HeaderMap,
    compression: Compression,
}

impl GrpcClient {
    /// # Errors
    ///
    /// TLS cannot be spoken.
    pub(super) fn new(config: &OtlpConfig) -> Result<Self, String> {
        let connector = connector(config, Version::Http2)?;
        let client = hyper_util::client::legacy::Client::builder(TokioExecutor::new())
            .http2_only(true)
            .build(connector);
        let mut headers = config.headers.as_map().clone();
        headers.entry(USER_AGENT).or_insert(HeaderValue::from_static(super::USER_AGENT));
        // A path of the endpoint's would be put before the method's.
        let mut origin = config.endpoint.uri().clone().into_parts();
        origin.path_and_query = Some(PathAndQuery::from_static("/"));
        let origin = Uri::from_parts(origin).map_err(|error| error.to_string())?;
        Ok(Self { client, origin, headers, compression: config.compression })
    }

    /// Calls the method with a message and returns the answer's.
    pub(super) async fn call(&self, method: &'static str, message: Bytes) -> Result<Bytes, ExportError> {
        let mut grpc = Grpc::with_origin(self.client.clone(), self.origin.clone())
            .max_decoding_message_size(super::MAX_ANSWER)
            .accept_compressed(CompressionEncoding::Gzip);
        if self.compression == Compression::Gzip {
            grpc = grpc.send_compressed(CompressionEncoding::Gzip);
        }
        let mut request = tonic::Request::new(message);
        *request.metadata_mut() = MetadataMap::from_headers(self.headers.clone());
        let answer = grpc.unary(request, PathAndQuery::from_static(method), Encoded).await;
        answer.map(tonic::Response::into_inner).map_err(|status| error(&status))
    }
}

fn error(status: &Status) -> ExportError {
    match status.source() {
        // Not the collector's word: there was none.
        Some(cause) => failure(cause),
        None => ExportError::Rpc(status.code(), retry_after(status.details())),
    }
}

/// The delay of a `google.rpc.RetryInfo` among a status's
/// [details](https://github.com/googleapis/googleapis/blob/master/google/rpc/error_details.proto).
fn retry_after(details: &[u8]) -> Option<Duration> {
    let details = RpcStatus::decode(details).ok()?.details;
    let info = details.iter().find(|detail| detail.type_url.ends_with("/google.rpc.RetryInfo"))?;
    let delay = RetryInfo::decode(&*info.value).ok()?.retry_delay.unwrap_or_default();
    let (seconds, nanos) = (u64::try_from(delay.seconds).ok()?, u32::try_from(delay.nanos).ok()?);
    Duration::from_secs(seconds).checked_add(Duration::from_nanos(nanos.into()))
}

/// `google.rpc.Status`, without code and text.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.RetryInfo`.
#[derive(Clone, PartialEq, Message)]
struct RetryInfo {
    #[prost(message, optional, tag = "1")]
    retry_delay: Option<Delay>,
}

/// `google.protobuf.Duration`.
#[derive(Clone, Copy, PartialEq, Message)]
struct Delay {
    #[prost(int64, tag = "1")]
    seconds: i64,
    #[prost(int32, tag = "2")]
    nanos: i32,
}

/// Messages that are encoded already: once for all attempts.
struct Encoded;

impl Codec for Encoded {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Encoded {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining())))
    }
}

#[cfg(test)]
mod tests {
    use tonic::Code;

    use super::*;

    #[test]
    fn a_status_says_when_to_come_again() {
        let info = RetryInfo { retry_delay: Some(Delay { seconds: 2, nanos: 500_000_000 }) };
        let detail =
            |name: &str, value: Vec<u8>| Any { type_url: format!("type.googleapis.com/{name}"), value };
        let status = |details: Vec<Any>| {
            let details = RpcStatus { details }.encode_to_vec();
            Status::with_details(Code::ResourceExhausted, "busy", details.into())
        };
        let after = |status: &Status| match error(status) {
            ExportError::Rpc(Code::ResourceExhausted, after) => after,
            error => panic!("{error:?}"),
        };
        let told = [detail("google.rpc.Help", vec![1]), detail("google.rpc.RetryInfo", info.encode_to_vec())];
        assert_eq!(after(&status(told.to_vec())), Some(Duration::from_millis(2500)));
        assert_eq!(after(&status(vec![detail("google.rpc.RetryInfo", vec![])])), Some(Duration::ZERO));
        assert_eq!(after(&status(vec![detail("google.rpc.Help", vec![])])), None);
        assert_eq!(after(&status(vec![])), None);
        assert_eq!(retry_after(b"\xff"), None);
    }
}
