//! The catalogue as text: one model a line, sorted, so that new prices are reviewed as a diff.
//!
//! ```text
//! name <TAB> provider <TAB> mode { <TAB> key "=" US dollars per unit } { <TAB> term }
//! term := "~" key "=" US dollars per unit in some hours | "~when=" days "." hours | "~zone=" time zone of the days
//!       | "*" condition "=" factor on the prices of tokens
//!       | "search=per_query" | "search_free=" count "/" period "/" group | "free_images=" count
//! ```
//!
//! Keys are those of [`PriceKey`]'s `Display`, an absent provider or mode is `-`, lines that begin with `#` are
//! comments.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::sync::Arc;

use tower_genai_core::{PriceSource, Usd};

use crate::entry::{Entry, Rate, parse_price};
use crate::error::{CatalogueError, Fault, Faults};
use crate::factor::Factor;
use crate::key::PriceKey;
use crate::terms::{Condition, FreeSearches, OffPeak, Terms, Uplift, Window};

const HEADER: &str = "# tower-genai prices 2: model, provider, mode, prices in US dollars per unit\n";

const ABSENT: &str = "-";

/// Texts that many entries share.
#[derive(Debug, Default)]
pub(crate) struct Shared<'a>(HashMap<&'a str, Arc<str>>);

impl<'a> Shared<'a> {
    pub(crate) fn get(&mut self, text: &'a str) -> Arc<str> {
        Arc::clone(self.0.entry(text).or_insert_with(|| text.into()))
    }
}

/// Writes the entries, which the caller has sorted by name.
pub(crate) fn write<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> String {
    let mut text = String::from(HEADER);
    for entry in entries {
        let (provider, mode) = (entry.provider().unwrap_or(ABSENT), entry.mode().unwrap_or(ABSENT));
        text.extend([entry.name(), "\t", provider, "\t", mode]);
        for Rate { key, price } in entry.rates() {
            // Writing to a string cannot fail.
            let _ = write!(text, "\t{key}={}", Amount(*price));
        }
        if let Some(terms) = entry.terms() {
            let _ = write_terms(terms, &mut text);
        }
        text.push('\n');
    }
    text
}

fn write_terms(terms: &Terms, text: &mut String) -> fmt::Result {
    let Terms { off_peak, uplifts, search_per_query, free_searches, free_input_images } = terms;
    if let Some(off_peak) = off_peak {
        for Rate { key, price } in &off_peak.rates {
            write!(text, "\t~{key}={}", Amount(*price))?;
        }
        for window in &off_peak.windows {
            write!(text, "\t~when={window}")?;
        }
        if let Some(zone) = off_peak.zone() {
            write!(text, "\t~zone={zone}")?;
        }
    }
    for Uplift { condition, factor } in uplifts {
        write!(text, "\t*{condition}={factor}")?;
    }
    if *search_per_query {
        text.write_str("\tsearch=per_query")?;
    }
    if let Some(free) = free_searches {
        write!(text, "\tsearch_free={free}")?;
    }
    if *free_input_images != 0 {
        write!(text, "\tfree_images={free_input_images}")?;
    }
    Ok(())
}

/// Reads what [`write`] wrote.
pub(crate) fn read(text: &str) -> Result<Vec<Entry>, CatalogueError> {
    let mut faults = Faults::default();
    let mut shared = Shared::default();
    let mut entries = Vec::new();
    for (index, line) in text.lines().enumerate() {
        if line.starts_with('#') {
            continue;
        }
        match read_line(line, &mut shared) {
            Ok(entry) => entries.push(entry),
            Err(fault) => faults.push(fault.at_line(index + 1)),
        }
    }
    faults.none_or(entries)
}

fn read_line<'a>(line: &'a str, shared: &mut Shared<'a>) -> Result<Entry, Fault> {
    let mut fields = line.split('\t');
    let (Some(name), Some(provider), Some(mode)) = (fields.next(), fields.next(), fields.next()) else {
        return Err(Fault::new("expected a name, a provider and a mode"));
    };
    let mut prices = Prices::default();
    for field in fields {
        prices.read(field).map_err(|fault| fault.in_model(name))?;
    }
    let Prices { rates, off_peak, windows, zone, mut terms } = prices;
    if !windows.is_empty() {
        terms.off_peak = Some(OffPeak::new(off_peak, windows, zone).map_err(|fault| fault.in_model(name))?);
    }
    let mut optional = |text: &'a str| (text != ABSENT).then(|| shared.get(text));
    let (provider, mode) = (optional(provider), optional(mode));
    Ok(Entry::new(name.into(), provider, mode, rates, terms, PriceSource::Embedded))
}

/// What follows the mode in a line.
#[derive(Default)]
struct Prices<'a> {
    rates: Vec<Rate>,
    off_peak: Vec<Rate>,
    windows: Vec<Window>,
    zone: Option<&'a str>,
    terms: Terms,
}

impl<'a> Prices<'a> {
    fn read(&mut self, field: &'a str) -> Result<(), Fault> {
        let (key, value) = field.split_once('=').ok_or_else(|| Fault::new("expected `key=price`"))?;
        let unknown = || Fault::new("not a key").at_key(key);
        match key {
            "~when" => self.windows.push(Window::from_compact(value).ok_or_else(unknown)?),
            "~zone" => self.zone = Some(value),
            "search" => self.terms.search_per_query = value == "per_query",
            "search_free" => self.terms.free_searches = FreeSearches::from_compact(value),
            "free_images" => self.terms.free_input_images = value.parse().map_err(|_| unknown())?,
            key => {
                if let Some(condition) = key.strip_prefix('*') {
                    let condition = Condition::from_compact(condition).ok_or_else(unknown)?;
                    self.terms.uplifts.push(Uplift { condition, factor: Factor::parse(value)? });
                } else if let Some(key) = key.strip_prefix('~') {
                    self.off_peak.push(rate(key, value)?);
                } else {
                    self.rates.push(rate(key, value)?);
                }
            }
        }
        Ok(())
    }
}

fn rate(key: &str, price: &str) -> Result<Rate, Fault> {
    let parsed = PriceKey::from_compact(key).ok_or_else(|| Fault::new("not a key").at_key(key))?;
    Ok(Rate { key: parsed, price: parse_price(price)? })
}

/// An amount in the shortest of the usual notations: `2.5e-7`, `0.04`.
struct Amount(Usd);

impl fmt::Display for Amount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = self.0.to_string();
        let Some(fraction) = plain.strip_prefix("0.000") else { return f.write_str(&plain) };
        let digits = fraction.trim_start_matches('0');
        let exponent = 4 + fraction.len() - digits.len();
        let (first, others) = digits.split_at(digits.len().min(1));
        let point = if others.is_empty() { "" } else { "." };
        write!(f, "{first}{point}{others}e-{exponent}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_keep_their_value() {
        for (amount, expected) in [
            ("0", "0"),
            ("2", "2"),
            ("0.04", "0.04"),
            ("0.00025", "2.5e-4"),
            ("2.50e-7", "2.5e-7"),
            ("1e-10", "1e-10"),
            ("0.0002833333333333333", "2.833333333333333e-4"),
        ] {
            let amount: Usd = amount.parse().unwrap();
            let text = Amount(amount).to_string();
            assert_eq!(text, expected);
            assert_eq!(text.parse(), Ok(amount));
        }
    }

    #[test]
    fn a_line_is_read_as_it_is_written() {
        let text = "m\topenai\tchat\tin=2.5e-7\tin>200k@flex=1e-6\tout.reasoning=0\nn\t-\t-\n\
             o\tp\tchat\tin=1\t~in=0.5\t~when=12345.04:00-06:00\t~when=67.00:00-00:00\t~zone=Asia/Shanghai\n\
             p\tq\tchat\tweb/query#low=0.01\t*residency.eu=1.1\t*regional=1.1\t*geo.us=1.1\t*fast=2\t\
             search=per_query\tsearch_free=5000/month/g-3\tfree_images=2\n";
        let text = format!("{HEADER}{text}");
        assert_eq!(write(&read(&text).unwrap()), text);
    }

    #[test]
    fn faults_name_their_line() {
        let error = read("m\topenai\tchat\tin=x\nn\topenai\n").unwrap_err().to_string();
        assert_eq!(
            error,
            "line 1: \"m\": expected a number of US dollars, found x\nline 2: expected a name, a provider and a mode"
        );
    }
}
