//! Questions that are answered without a proxy: `prices` and `price` about money, `telemetry` about the environment.

mod batch;
mod price;
mod prices;
mod question;
mod telemetry;

use std::io;
use std::path::Path;
use std::sync::Arc;

use clap::Subcommand;
use genai_proxy::config::{self, PricingConfig};
use tower_genai_cost::{Catalogue, Pricing};
use tower_genai_telemetry::ProcessEnv;

/// What the program can do beside being a proxy.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Shows what calls of a model are charged, and where the prices come from.
    Prices(prices::Arguments),
    /// Prices a call by hand, or a file of calls.
    Price(price::Arguments),
    /// Shows what the environment's OTEL_* and LITELLM_* variables mean: what is exported where, and which variable says so.
    ///
    /// Credentials are masked. With faults in the variables all of them are listed, and the exit code is not zero.
    Telemetry,
}

/// Why a question has no answer.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It is to be told.
    Said(String),
    /// The answers themselves say it.
    Shown,
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Said(message)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        // Whoever reads the answers has read enough.
        if error.kind() == io::ErrorKind::BrokenPipe { Self::Shown } else { Self::Said(error.to_string()) }
    }
}

impl Command {
    pub(crate) fn run(&self, config: Option<&Path>) -> Result<(), Failure> {
        match self {
            Self::Prices(arguments) => prices::run(arguments, &pricing(config)?),
            Self::Price(arguments) => price::run(arguments, &pricing(config)?),
            Self::Telemetry => telemetry::run(&ProcessEnv),
        }
    }
}

/// The prices that a proxy with that configuration would charge.
fn pricing(config: Option<&Path>) -> Result<Pricing, Failure> {
    let settings = match config {
        Some(file) => config::load_pricing(file).map_err(|error| error.to_string())?,
        None => PricingConfig::default(),
    };
    let pricing = settings.build(&Arc::new(Catalogue::embedded())).map_err(|error| error.to_string())?;
    Ok(pricing)
}
