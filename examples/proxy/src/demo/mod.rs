//! The provider that is built in: OpenAI's API without a key, a model or a network.
//!
//! It answers `chat/completions` (whole and streamed), `embeddings` and `models`, states its usage as OpenAI does, and
//! answers as whichever model was asked for, so that its calls have a price.

mod chat;
mod embeddings;
mod service;
mod tokens;

pub(crate) use service::DemoService;
