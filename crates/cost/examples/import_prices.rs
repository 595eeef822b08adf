//! Turns LiteLLM's price file into the text of the embedded catalogue.
//!
//! ```text
//! cargo run -p tower-genai-cost --example import_prices -- model_prices_and_context_window.json \
//!     > crates/cost/data/prices.txt
//! ```
//!
//! The text is sorted, so `git diff` shows what changed. Price keys that are not imported are listed on stderr.

use std::error::Error;
use std::fs;
use std::io::{self, Write};

use tower_genai_cost::Catalogue;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args_os().nth(1).ok_or("usage: import_prices FILE")?;
    let catalogue = Catalogue::from_litellm_json(&fs::read(path)?)?;
    io::stdout().write_all(catalogue.to_text().as_bytes())?;

    let mut report = io::stderr();
    writeln!(report, "{} models; price keys that are not imported:", catalogue.len())?;
    for (key, count) in catalogue.unread_keys() {
        writeln!(report, "{count:5} {key}")?;
    }
    Ok(())
}
