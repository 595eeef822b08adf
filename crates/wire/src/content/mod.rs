//! The content of a call, for those who may see it: kept only where it is asked for, and up to a limit.
//!
//! The bytes are read beside the facts, as texts are, into small trees of JSON with a limit on their memory; a dialect
//! turns the tree of a request into messages, and puts those of a reply together from its events. Media in base64 is
//! measured and hashed as it passes and never kept. What is beyond the limit or did not arrive is cut: a text has
//! [`Content::CUT`] behind it then, and loses its end with [`Content::trim_cuts`], which might be half of a secret.

#[expect(clippy::module_inception, reason = "the type that the rest is for")]
mod content;

mod assembly;
mod dialect;
mod document;
mod finish;
mod json;
mod media;
mod message;
mod node;
mod part;
mod reply;
mod request;
mod string;

#[cfg(test)]
mod tests;

pub use content::Content;
pub use json::Json;
pub use message::Message;
pub use part::Part;
pub(crate) use reply::ReplyContent;
pub(crate) use request::RequestContent;

/// Stands at the end of a text that was cut.
pub(crate) const CUT: &str = "\u{2026}[truncated]";
