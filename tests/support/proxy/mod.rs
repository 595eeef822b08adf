//! The proxy under test: in this process, or as a process of its own.

mod child;
mod config;
mod in_process;

pub use child::Child;
pub use config::Config;
pub use in_process::Proxy;
