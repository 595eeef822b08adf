//! Reading requests.

mod characters;
mod collector;
mod head;
mod multipart;
mod reader;
mod schema;

pub use head::RequestHead;
pub use reader::RequestReader;

#[cfg(test)]
mod tests;
