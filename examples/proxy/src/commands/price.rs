use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;

use serde_json::{Map, Value};
use tower_genai_core::{Cost, CostStatus};
use tower_genai_cost::Pricing;

use super::question::Question;
use super::{Failure, batch};

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The model that served.
    #[arg(long, required_unless_present = "batch")]
    model: Option<String>,
    /// The provider, by its gen_ai.provider.name or LiteLLM's name.
    #[arg(long)]
    provider: Option<String>,
    /// The service tier that served: flex, priority, batch.
    #[arg(long)]
    service_tier: Option<String>,
    /// Where the endpoint is, as the provider names it: eu, us-east5.
    #[arg(long)]
    region: Option<String>,
    /// When the call began, for prices of some hours: 2026-11-24T12:00:00Z.
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// What was used, as a JSON object: {"input": 1000, "cache_read": 200, "output": 500}. Input counts what was read from
    /// and written to caches, output counts reasoning.
    #[arg(long, value_name = "JSON", required_unless_present = "batch")]
    usage: Option<String>,
    /// Prices a file of calls, one JSON object a line with provider, model, service_tier and usage, and prints one for each;
    /// "-" is the standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "provider", "service_tier", "region", "at", "usage"])]
    batch: Option<PathBuf>,
    /// Prints the price as a JSON object, as for a line of a file.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, pricing: &Pricing) -> Result<(), Failure> {
    let out = io::stdout().lock();
    if let Some(file) = &arguments.batch {
        return if file.as_os_str() == "-" {
            batch::run(io::stdin().lock(), out, pricing)
        } else {
            let opened =
                File::open(file).map_err(|error| format!("{} cannot be read: {error}", file.display()))?;
            batch::run(BufReader::new(opened), out, pricing)
        };
    }
    let question = arguments.question()?;
    let priced = question.ask(pricing)?;
    let mut out = out;
    if arguments.json {
        writeln!(out, "{}", question.answer(&priced))?;
    } else if let Ok(cost) = &priced {
        show(&mut out, cost)?;
    }
    out.flush()?;
    match priced {
        Ok(_) => Ok(()),
        Err(_) if arguments.json => Err(Failure::Shown),
        Err(status) => Err(Failure::Said(explain(status).to_owned())),
    }
}

impl Arguments {
    fn question(&self) -> Result<Question, Failure> {
        let usage: Map<String, Value> = serde_json::from_str(self.usage.as_deref().unwrap_or_default())
            .map_err(|error| format!("--usage is no JSON object: {error}"))?;
        Ok(Question {
            provider: self.provider.clone(),
            model: self.model.clone().unwrap_or_default(),
            service_tier: self.service_tier.clone(),
            region: self.region.clone(),
            at: self.at.clone(),
            usage,
        })
    }
}

fn show(out: &mut impl Write, cost: &Cost) -> io::Result<()> {
    for (part, amount) in cost.parts().into_iter().filter(|(_, amount)| !amount.is_zero()) {
        writeln!(out, "{part:<14}{amount}")?;
    }
    writeln!(out, "{:<14}{} USD", "total", cost.total())?;
    if let Some(stated) = cost.stated {
        writeln!(out, "{:<14}{stated} USD", "stated")?;
    }
    let source = cost.source.map_or("unknown", tower_genai_core::PriceSource::as_str);
    match &cost.entry {
        Some(entry) => writeln!(out, "{:<14}{entry} ({source})", "entry"),
        None => writeln!(out, "{:<14}{source}", "source"),
    }
}

const fn explain(status: CostStatus) -> &'static str {
    match status {
        CostStatus::Unpriced => "unpriced: there is no price for the model, or for something it was used for",
        CostStatus::NoUsage => "no_usage: the usage states nothing that could be charged",
        CostStatus::InvalidUsage => "invalid_usage: the counts contradict each other, or are none",
        _ => "there is no price",
    }
}
