//! What becomes of a batch: it is turned into OTLP's messages and handed to its destination.

mod console;
mod destination;
mod error;
mod exporter;
mod json;
mod limits;
mod log;
#[cfg(any(feature = "otlp-grpc", feature = "otlp-http"))]
mod otlp;
mod request;

pub(crate) use destination::BuildError;
pub(crate) use exporter::{Exporter, Limits};
pub(crate) use limits::ValueLimit;
pub(crate) use log::FailureLogs;

use error::{ExportError, Sent};
use request::Request;
