//! The observer that prices calls.

mod builder;
mod handle;
mod observer;
mod warned;

pub use builder::PricingBuilder;
pub use handle::Pricing;
