//! The text of a call, for those who want more than facts: kept only where it is asked for, and up to a limit.
//!
//! Read beside the facts, with schemas of its own, since most calls are read without. Strings are decoded and stand in
//! the order of the body.

mod kept;
mod reply;
mod request;
mod unescape;

pub use kept::KeptText;
pub(crate) use reply::ReplyText;
pub(crate) use request::RequestText;
pub(crate) use unescape::Unescape;
