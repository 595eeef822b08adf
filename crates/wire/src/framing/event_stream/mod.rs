//! The framing of AWS's event streams (`application/vnd.amazon.eventstream`).
//!
//! A message is a prelude (its length, the length of its headers, a checksum of the two), headers, a payload and a
//! checksum of all of it; see [Amazon's
//! description](https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html). Integers are big-endian
//! and checksums are those of zlib. Bedrock's payloads are JSON, and those of `chunk` messages hold the event of the
//! model's vendor in base64.

mod base64;
mod chunk;
mod message;
mod prelude;
mod splitter;

#[cfg(test)]
pub(crate) mod encode;
#[cfg(test)]
mod tests;

pub(crate) use base64::Base64;
pub(crate) use splitter::EventStream;
