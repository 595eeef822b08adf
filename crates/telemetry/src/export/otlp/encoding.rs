//! How a message is written, and its answer read.

use bytes::Bytes;

use crate::config::Protocol;
use crate::export::{ExportError, Request};

/// The two forms of OTLP's messages.
#[derive(Clone, Copy, Debug)]
pub(super) enum Encoding {
    Protobuf,
    #[cfg(feature = "otlp-http")]
    Json,
}

impl Encoding {
    pub(super) const fn of(protocol: Protocol) -> Self {
        match protocol {
            #[cfg(feature = "otlp-http")]
            Protocol::HttpJson => Self::Json,
            _ => Self::Protobuf,
        }
    }

    #[cfg(feature = "otlp-http")]
    pub(super) const fn content_type(self) -> http::HeaderValue {
        http::HeaderValue::from_static(match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        })
    }

    pub(super) fn write<R: Request>(self, request: &R) -> Result<Bytes, ExportError> {
        match self {
            Self::Protobuf => Ok(request.encode_to_vec().into()),
            #[cfg(feature = "otlp-http")]
            Self::Json => {
                let mut body = Vec::new();
                let written = request.write_json(&mut body);
                written.map(|()| body.into()).map_err(|error| ExportError::Transport(error.to_string()))
            }
        }
    }

    /// How many items the answer says it has rejected.
    pub(super) fn rejected<R: Request>(self, answer: &[u8]) -> Result<u64, ExportError> {
        let rejected = match self {
            Self::Protobuf => R::rejected(answer).ok(),
            #[cfg(feature = "otlp-http")]
            Self::Json => rejected_json::<R>(answer),
        };
        let rejected =
            rejected.ok_or_else(|| ExportError::Transport("the answer is not a collector's".to_owned()))?;
        Ok(u64::try_from(rejected).unwrap_or(0))
    }
}

/// 64-bit integers are strings, and some write numbers.
#[cfg(feature = "otlp-http")]
fn rejected_json<R: Request>(answer: &[u8]) -> Option<i64> {
    use serde_json::Value;
    if answer.trim_ascii().is_empty() {
        return Some(0);
    }
    let answer: Value = serde_json::from_slice(answer).ok()?;
    match answer.as_object()?.get("partialSuccess").and_then(|partial| partial.get(R::REJECTED)) {
        Some(Value::Number(number)) => number.as_i64(),
        Some(Value::String(number)) => number.parse().ok(),
        _ => Some(0),
    }
}

#[cfg(all(test, feature = "otlp-http"))]
mod tests {
    use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;

    use super::*;

    #[test]
    fn answers_in_json() {
        for (answer, rejected) in [
            ("", Some(0)),
            (" \n", Some(0)),
            ("{}", Some(0)),
            (r#"{"partialSuccess":{}}"#, Some(0)),
            (r#"{"partialSuccess":null}"#, Some(0)),
            (r#"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"too old"}}"#, Some(3)),
            (r#"{"partialSuccess":{"rejectedSpans":3}}"#, Some(3)),
            (r#"{"partialSuccess":{"rejectedSpans":"-3"}}"#, Some(0)),
            (r#"{"partialSuccess":{"rejectedLogRecords":"3"}}"#, Some(0)),
            (r#"{"partialSuccess":{"rejectedSpans":"three"}}"#, None),
            ("<html>", None),
            ("[]", None),
        ] {
            let read = Encoding::Json.rejected::<ExportTraceServiceRequest>(answer.as_bytes());
            assert_eq!(read.ok(), rejected, "{answer}");
        }
        let answer = br#"{"partialSuccess":{"rejectedLogRecords":"3"}}"#;
        assert_eq!(Encoding::Json.rejected::<ExportLogsServiceRequest>(answer).ok(), Some(3));
    }
}
