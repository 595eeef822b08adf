//! Reads model, usage and errors out of LLM provider traffic, at any split of the bytes.
//!
//! A [`RequestReader`] and a [`ReplyReader`] are fed with the bytes of a call as they pass and keep the few
//! facts that are worth knowing. They never see the whole body, hold a bounded amount of memory whatever its
//! size, and take a dozen nanoseconds for an event of a stream. Nothing they are fed makes them fail: what
//! cannot be read is marked ([`ReplyFacts::unreadable`]) and skipped.
//!
//! ```
//! use tower_genai_wire::{Api, ReplyHead, ReplyReader};
//!
//! let api = Api::recognise("POST", "/v1/messages").unwrap_or_default();
//! let mut reader = ReplyReader::new(api, &ReplyHead::new(200, Some("application/json"), None));
//! reader.push(br#"{"id":"msg_1","type":"message","model":"claude-3-opus","stop_reason":"end_turn","#);
//! reader.push(br#""usage":{"input_tokens":4,"cache_read_input_tokens":1307,"output_tokens":53}}"#);
//! reader.finish();
//!
//! let usage = reader.facts().usage.unwrap_or_default();
//! assert_eq!(usage.input, Some(1311)); // OpenTelemetry's total: cached tokens are counted
//! assert_eq!(usage.cache_read, Some(1307));
//! ```
//!
//! # How it works
//!
//! A content-encoding is undone beside the stream. A *framing* cuts the bytes into documents: one JSON
//! document, server-sent events, newline-delimited JSON, the elements of an array, or AWS's event stream. A
//! *dialect* is a table of the places of a document where its provider keeps facts, and says how the provider counts. A skim walks through the document with that table and skips
//! everything else. Most events of a stream hold nothing new, which their bytes show without being read:
//! either they differ from the last such event in nothing but a few strings and numbers, or a search finds
//! none of the keys that matter.
//!
//! Read are OpenAI's chat and text completions, responses, embeddings, images, speech, transcriptions and
//! moderations, as OpenAI and the many servers that speak them write them; Anthropic's messages; Gemini and Vertex;
//! Bedrock; Cohere; Ollama; rerankers. Content-encodings: gzip, deflate, br and zstd.

mod api;
mod billing;
pub mod content;
mod dialect;
mod encoding;
mod error_class;
mod facts;
mod framing;
mod head_facts;
mod json;
mod kept;
mod path;
mod provider;
pub mod realtime;
mod reply;
mod request;
mod shape;
mod text;
pub mod usage_event;
mod websocket;

pub use api::Api;
pub use billing::{Billing, ModalityTokens, ToolUses};
pub use content::Content;
pub use encoding::DecoderBudget;
pub use error_class::ErrorClass;
pub use facts::{Operation, References, ReplyFacts, RequestFacts, Usage};
pub use head_facts::{HeadFacts, RateLimit, RateLimits};
pub use path::is_management;
pub use provider::provider_of_host;
pub use reply::{Progress, ReplyHead, ReplyReader, is_stream_type};
pub use request::{RequestHead, RequestReader};
pub use text::KeptText;

const _: () = {
    const fn crosses_threads<T: Send + 'static>() {}
    crosses_threads::<RequestReader>();
    crosses_threads::<ReplyReader>();
};
