//! What the operator says: `genai-proxy.toml`, read once, with every fault in one message.
//!
//! [`load`] reads a file, [`Config::well_known`] is what serves when there is none.

mod content;
mod error;
mod metrics;
mod parse;
mod prices;
mod reader;
#[cfg(test)]
mod tests;
mod types;
mod well_known;

pub use content::ContentConfig;
pub use error::{ConfigError, Fault};
pub use metrics::MetricsConfig;
pub use parse::{load, load_pricing, parse};
pub use types::{
    AdminConfig, AwsSigning, Backend, CallLogConfig, ClientConfig, Config, CostHeaderConfig, Credential,
    MarginConfig, PriceFileConfig, PricingConfig, Remote, Route, Secret, Timeouts, UpstreamConfig,
};
