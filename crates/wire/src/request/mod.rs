//! Reading requests.

mod collector;
mod reader;
mod schema;

pub use reader::RequestReader;

#[cfg(test)]
mod tests;
