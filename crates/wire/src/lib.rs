//! Reads model, usage and errors out of LLM provider traffic, at any split of the bytes.
mod api;
mod dialect;
mod encoding;
mod facts;
mod json;
mod provider;
mod reply;
mod request;
mod shape;
mod sse;

pub use api::{Api, is_management};
pub use facts::{Operation, ReplyFacts, RequestFacts, Usage};
pub use provider::provider_of_host;
pub use reply::{Progress, ReplyHead, ReplyReader};
pub use request::RequestReader;
