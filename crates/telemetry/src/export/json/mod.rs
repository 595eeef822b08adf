//! OTLP's messages as JSON, by the
//! [protocol's rules](https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding): keys in lowerCamelCase, ids in hex,
//! enumerations as numbers, 64-bit integers as strings (counts only where they are large). What is empty is left out.
//!
//! `opentelemetry-proto` (0.33) can do this with `serde`, but writes `null` where a number is not known and where it
//! is not finite; the first the collector's decoder refuses, the second loses the value.

mod common;
mod logs;
mod metrics;
mod object;
#[cfg(test)]
mod tests;
mod trace;

use object::Object;

/// Shows a message as JSON.
pub(super) struct Json<'a, T>(pub(super) &'a T);
