//! The observer that prices calls.

mod adjustment;
mod builder;
mod handle;
mod images;
mod observer;
mod overrides;
mod pattern;
mod warned;

pub use builder::PricingBuilder;
pub use handle::Pricing;
pub use overrides::Override;
