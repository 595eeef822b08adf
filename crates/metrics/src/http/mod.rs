//! Series of HTTP exchanges.

mod active;
mod method;
mod requests;

pub(crate) use requests::Http;
