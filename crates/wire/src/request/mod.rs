//! Reading requests.

mod collector;
mod head;
mod reader;
mod schema;

pub use head::RequestHead;
pub use reader::RequestReader;

#[cfg(test)]
mod tests;
