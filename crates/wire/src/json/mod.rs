//! An incremental reader of the few places of a JSON document that are worth knowing.

mod scalar;
pub(crate) mod scan;
mod schema;
mod skim;

pub(crate) use scalar::{Scalar, Text};
pub(crate) use scan::{plain_text_len, quote_or_bracket, quote_or_escape};
pub(crate) use schema::Node;
pub(crate) use skim::{Sink, Skim};
