//! What calls to language models cost: exact decimals, from the price list to the record of a call.
//!
//! [`CostLayer`] prices each call by a [`Catalogue`] of prices, of which one is part of the crate, and writes the
//! [`Cost`](tower_genai_core::Cost) with its parts into the call's record, where the layers for metrics and traces read
//! it. The engine works without the layer too:
//!
//! ```
//! use tower_genai_core::Usage;
//! use tower_genai_cost::Pricing;
//!
//! let pricing = Pricing::embedded();
//! let usage = Usage::new(1_000, 500).with_cache_read(200);
//! let cost = pricing.price(Some("openai"), &["gpt-4o"], &usage, None).unwrap();
//!
//! assert_eq!(cost.input.to_string(), "0.002"); //       800 × $2.50 per million
//! assert_eq!(cost.cache_read.to_string(), "0.00025"); // 200 × $1.25 per million
//! assert_eq!(cost.output.to_string(), "0.005"); //       500 × $10 per million
//! assert_eq!(cost.total().to_string(), "0.00725");
//! assert_eq!(cost.entry.as_deref(), Some("gpt-4o"));
//! ```
//!
//! # Unknown is not free
//!
//! A call has a cost or a [`CostStatus`](tower_genai_core::CostStatus) that says why it has none: the model has no price,
//! nobody reported the usage, or the counts contradict each other. None of these is a cost of zero, and a model without
//! a price is warned about. A price of zero is a price.
//!
//! # Where the prices come from
//!
//! The figures of the embedded catalogue are those of [LiteLLM]'s price file (MIT), with the amounts taken from the text
//! of the file. A newer file can be loaded while calls are priced: [`Catalogue::from_litellm_json`] and
//! [`Pricing::set_catalogue`]. [`PricingBuilder::override_price`] puts an operator's own price before either.
//!
//! Priced are tokens: input, cached reads, writes to the cache (for five minutes and for an hour), reasoning, audio,
//! images and video, beyond context thresholds, at service tiers and in off-peak hours; images, pages, seconds of audio and
//! video, characters and searches of rerankers; the provider's own tools; what regions and a faster mode add. What the
//! operator gives as a discount and takes as a margin stands in the cost beside them. [`Entry::price_of`] has the rules,
//! [`PricingBuilder`] the settings.
//!
//! What no reply tells is not charged: storage, hours of containers, and the searches an account has free, which are
//! charged at their list price. [`Catalogue::unread_keys`] names the keys of a price file that nothing is charged by: of
//! LiteLLM's, those of guardrails and the prices of searches by the number of results.
//!
//! [LiteLLM]: https://github.com/BerriAI/litellm

mod catalogue;
mod compact;
mod consumption;
mod entry;
mod error;
mod factor;
pub mod header;
mod key;
mod layer;
pub mod ledger;
mod litellm;
mod model_name;
mod price;
mod pricing;
mod provider;
mod rates;
mod region;
mod terms;
mod tier;
mod tokens;
mod tools;
mod units;

pub use catalogue::Catalogue;
pub use consumption::Consumption;
pub use entry::Entry;
pub use error::{CatalogueError, Fault};
pub use layer::CostLayer;
pub use pricing::{Override, Pricing, PricingBuilder};
pub use terms::FreeSearches;
pub use tier::ServiceTier;
