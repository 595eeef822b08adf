//! A transparent proxy in front of LLM providers that records every call: metrics, traces, exact cost.
//!
//! The binary `genai-proxy` is this library with signals and a command line around it, so that tests can run the whole
//! proxy in their own process:
//!
//! ```
//! use genai_proxy::{Proxy, config::Config};
//!
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! let mut config = Config::well_known();
//! config.listen = "127.0.0.1:0".parse()?;
//! let proxy = Proxy::bind(config, &tower_genai_telemetry::ProcessEnv).await?;
//! println!("http://{}/demo/v1/chat/completions", proxy.address());
//!
//! let (commands, receiver) = tokio::sync::mpsc::channel(1);
//! tokio::spawn(proxy.run(receiver, None));
//! // ... requests ...
//! commands.send(genai_proxy::Command::Terminate).await?;
//! # Ok(())
//! # }
//! ```
//!
//! Bytes pass unchanged both ways, but for the usage that streams are asked for and clients are kept from seeing (off by
//! `stream_usage = false`). What goes through which part:
//!
//! ```text
//! server -> front (operator's paths, routes, identity) -> stream usage -> layers that record calls -> gate -> upstream or demo
//! ```

mod admin;
mod admin_site;
mod background;
mod blame;
mod body;
pub mod config;
mod demo;
mod entrance;
mod env;
mod error;
mod front;
mod gate;
mod identity;
pub mod log;
mod place;
mod price_file;
mod proxy;
mod reply;
mod route;
mod server;
mod session;
mod spend;
mod stack;
mod upstream;

pub use body::{Body, BoxError};
pub use error::StartError;
pub use proxy::{Command, Proxy, Reread};
