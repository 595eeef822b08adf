//! What may help.

use crate::config::Protocol;
use crate::export::ExportError;

pub(super) const fn hint(error: &ExportError, protocol: Protocol) -> &'static str {
    let is_grpc = matches!(protocol, Protocol::Grpc);
    match error {
        ExportError::Connect(_) if is_grpc => {
            "is the collector running, and is this its gRPC port (usually 4317)?"
        }
        ExportError::Connect(_) => "is the collector running, and is this its HTTP port (usually 4318)?",
        #[cfg(feature = "otlp-http")]
        ExportError::Status(status, _) => match status.as_u16() {
            401 | 403 => "check OTEL_EXPORTER_OTLP_HEADERS",
            404 | 405 => "check the path: OTEL_EXPORTER_OTLP_ENDPOINT gets /v1/ and the signal's name added",
            413 => "lower OTEL_BSP_MAX_EXPORT_BATCH_SIZE",
            415 => "does the collector take OTEL_EXPORTER_OTLP_PROTOCOL?",
            429 | 503 => "the collector is overloaded",
            _ => "see the collector's own log",
        },
        #[cfg(feature = "otlp-grpc")]
        ExportError::Rpc(code, _) => match code {
            tonic::Code::Unauthenticated | tonic::Code::PermissionDenied => {
                "check OTEL_EXPORTER_OTLP_HEADERS"
            }
            tonic::Code::Unimplemented => "does the collector take this signal on this port?",
            tonic::Code::ResourceExhausted => {
                "the collector is overloaded, or its limit of a message is below OTEL_BSP_MAX_EXPORT_BATCH_SIZE"
            }
            tonic::Code::Unavailable => "the collector is overloaded or on its way down",
            _ => "see the collector's own log",
        },
        ExportError::Transport(_) if is_grpc => {
            "is this the collector's gRPC port (usually 4317), and not its HTTP port?"
        }
        ExportError::Transport(_) => {
            "is this the collector's HTTP port (usually 4318), and not its gRPC port?"
        }
        ExportError::Timeout => "the collector is slow; OTEL_EXPORTER_OTLP_TIMEOUT says how long to wait",
        ExportError::Shutdown => "it had no time left",
    }
}
