//! The service that answers scrapes, and how it is built.

mod body;
mod builder;
mod error;
mod future;
mod page;
mod press;
mod scrape;
#[expect(clippy::module_inception, reason = "one type a file, and this is the service")]
mod service;
#[cfg(test)]
mod tests;

pub use body::{GivenUp, ResponseBody};
pub use builder::MetricsServiceBuilder;
pub use error::{Error, Fault};
pub use future::ResponseFuture;
pub use service::MetricsService;
