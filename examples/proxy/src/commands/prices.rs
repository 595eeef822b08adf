use std::io::{self, Write};

use tower_genai_core::Usd;
use tower_genai_cost::Pricing;

use super::Failure;

#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// The model, as its provider or a client names it.
    model: String,
    /// The provider, by its gen_ai.provider.name or LiteLLM's name; without one any provider's price of that name is shown.
    #[arg(long)]
    provider: Option<String>,
}

pub(super) fn run(arguments: &Arguments, pricing: &Pricing) -> Result<(), Failure> {
    let Arguments { model, provider } = arguments;
    let Some(entry) = pricing.entry(provider.as_deref(), model) else {
        let at = provider.as_ref().map(|provider| format!(" at {provider}")).unwrap_or_default();
        return Err(format!("there is no price for {model}{at}: its calls are counted as unpriced").into());
    };
    let mut out = io::stdout().lock();
    let mut row = |name: &str, value: &str| writeln!(out, "{name:<10}{value}");
    row("model", model)?;
    row("entry", entry.name())?;
    row("source", entry.source().as_str())?;
    if let Some(provider) = entry.provider() {
        row("provider", provider)?;
    }
    if let Some(mode) = entry.mode() {
        row("mode", mode)?;
    }
    let prices: Vec<_> = entry.prices().map(|(key, price)| (spelt(&key), price)).collect();
    let width = prices.iter().map(|(name, _)| name.len()).max().unwrap_or(0) + 2;
    writeln!(out, "\n{:<width$}{:<20}USD per million", "price", "USD")?;
    for (name, price) in prices {
        writeln!(out, "{}", line(&name, price, width))?;
    }
    out.flush()?;
    Ok(())
}

/// What a price is for, from the catalogue's short words: `in>200k@flex`.
fn spelt(key: &str) -> String {
    let (key, tier) = key.split_once('@').map_or((key, None), |(key, tier)| (key, Some(tier)));
    let (meter, above) = key.split_once('>').map_or((key, None), |(meter, above)| (meter, Some(above)));
    let end = meter.find(|letter: char| !letter.is_ascii_alphabetic()).unwrap_or(meter.len());
    let (subject, unit) = meter.split_at(end);
    let subject = match subject {
        "in" => "input",
        "out" => "output",
        "read" => "cache read",
        "write" => "cache write",
        other => other,
    };
    let mut name = format!("{subject}{unit}");
    if let Some(above) = above {
        name.extend([" above ", above]);
    }
    if let Some(tier) = tier {
        name.extend([", ", tier]);
    }
    name
}

/// One price. Those of tokens have no other unit, and are easier to read by the million.
fn line(name: &str, price: Usd, width: usize) -> String {
    let million = if name.contains('/') { None } else { price.checked_mul(1_000_000) };
    let million = million.map(|million| million.to_string()).unwrap_or_default();
    format!("{name:<width$}{:<20}{million}", price.to_string()).trim_end().to_owned()
}
