//! LiteLLM's price file: a JSON object with one member per model.
//!
//! Amounts are read from the text of the numbers, which are exact decimals, and never pass through a float.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use tower_genai_core::PriceSource;

use crate::entry::{Entry, Rate, parse_price};
use crate::error::{CatalogueError, Fault, Faults};
use crate::key::{Above, PriceKey, Subject, Unit};
use crate::terms::Terms;

mod terms;

/// Members of the file that are no models: its own documentation and its rules for names without an entry.
const NO_MODELS: [&str; 2] = ["sample_spec", "fallback_generalizations"];

/// The unit of a provider's own money, which the file states in US dollars too.
const OTHER_MONEY: &str = "_dbu_cost_per_token";

/// Another name of `cache_read_input_token_cost`, which some entries have besides.
const CACHE_HIT: &str = "input_cost_per_token_cache_hit";

/// What a price file holds.
#[derive(Debug)]
pub(crate) struct PriceFile {
    pub(crate) entries: Vec<Entry>,
    /// Keys about money that are outside the grammar, and how many models have them.
    pub(crate) unread: BTreeMap<String, usize>,
}

/// Reads a price file, or says everything that is wrong with it.
pub(crate) fn read(bytes: &[u8]) -> Result<PriceFile, CatalogueError> {
    let text = std::str::from_utf8(bytes)
        .map_err(|error| Fault::new("not UTF-8").at_line(line_after(&bytes[..error.valid_up_to()])))?;
    let models: Members<'_> = serde_json::from_str(text)
        .map_err(|error| Fault::new(format!("not a price file: {error}")).at_line(error.line()))?;

    let mut reader = Reader { text, faults: Faults::default(), unread: BTreeMap::new() };
    let mut names = HashSet::with_capacity(models.0.len());
    let mut entries = Vec::with_capacity(models.0.len());
    for (name, value) in &models.0 {
        if NO_MODELS.contains(&name.as_ref()) {
            continue;
        }
        if !names.insert(name.as_ref()) {
            reader.fault(value, name, Fault::new("the model is there twice"));
        } else if name.is_empty() || name.contains(char::is_control) {
            reader.fault(value, name, Fault::new("not the name of a model"));
        } else {
            entries.extend(reader.entry(name, value));
        }
    }
    if models.0.is_empty() {
        reader.faults.push(Fault::new("there is no model in it"));
    }
    let Reader { faults, unread, .. } = reader;
    faults.none_or(PriceFile { entries, unread })
}

struct Reader<'a> {
    text: &'a str,
    faults: Faults,
    unread: BTreeMap<String, usize>,
}

/// What is collected of one model.
#[derive(Default)]
struct Draft {
    provider: Option<Arc<str>>,
    mode: Option<Arc<str>>,
    rates: Vec<Rate>,
    cache_hit: Vec<Rate>,
    tiers: Vec<Rate>,
    terms: Terms,
}

impl<'a> Reader<'a> {
    fn entry(&mut self, name: &str, value: &'a RawValue) -> Option<Entry> {
        let Ok(members) = serde_json::from_str::<Members<'a>>(value.get()) else {
            self.fault(value, name, Fault::new("expected an object with the model's prices"));
            return None;
        };
        let mut draft = Draft::default();
        for (key, value) in &members.0 {
            match key.as_ref() {
                "litellm_provider" => self.text_of(name, key, value, &mut draft.provider),
                "mode" => self.text_of(name, key, value, &mut draft.mode),
                "tiered_pricing" => self.tiers(name, value, &mut draft.tiers),
                "search_context_cost_per_query" => self.search_prices(name, value, &mut draft.rates),
                CACHE_HIT => {
                    let key = PriceKey::new(Subject::CacheRead, Unit::TOKEN);
                    self.amount(name, CACHE_HIT, value, key, &mut draft.cache_hit);
                }
                key if self.terms(name, key, value, &mut draft.terms) => {}
                key => self.price(name, key, value, Above::NONE, &mut draft.rates),
            }
        }
        let Draft { provider, mode, mut rates, cache_hit, mut tiers, terms } = draft;
        if !tiers.is_empty() {
            // A call is charged at one tier whole: what a tier leaves out costs what its input or output costs.
            let has = |subject| tiers.iter().any(|tier: &Rate| tier.key.subject == subject);
            let replaced = |rate: &Rate| match (rate.key.subject, rate.key.unit) {
                (Subject::Output, Unit::Token(_)) => has(Subject::Output),
                (_, Unit::Token(_)) => has(Subject::Input),
                _ => tiers.iter().any(|tier| tier.key.is_same_meter(rate.key)),
            };
            rates.retain(|rate| !replaced(rate));
            rates.append(&mut tiers);
        }
        if !rates.iter().any(|rate| rate.key.subject == Subject::CacheRead) {
            rates.extend(cache_hit);
        }
        Some(Entry::new(name.into(), provider, mode, rates, terms, PriceSource::PriceFile))
    }

    fn text_of(&mut self, model: &str, key: &str, value: &RawValue, slot: &mut Option<Arc<str>>) {
        match serde_json::from_str::<Cow<'_, str>>(value.get()) {
            Ok(_) if slot.is_some() => {
                self.fault(value, model, Fault::new("the key is there twice").at_key(key));
            }
            Ok(text) if !text.is_empty() && !text.contains(char::is_control) => *slot = Some(text.into()),
            _ => self.fault(value, model, Fault::new("expected a word").at_key(key)),
        }
    }

    /// A member that may be a price; `null` is one that is not stated.
    fn price(&mut self, model: &str, key: &str, value: &RawValue, above: Above, rates: &mut Vec<Rate>) {
        let Some(mut price_key) = PriceKey::from_litellm(key) else {
            let speaks_of_money =
                ["cost", "price", "pricing", "uplift"].iter().any(|word| key.contains(word));
            if speaks_of_money && !key.ends_with(OTHER_MONEY) {
                *self.unread.entry(key.to_owned()).or_default() += 1;
            }
            return;
        };
        if above != Above::NONE {
            price_key.above = above;
        }
        self.amount(model, key, value, price_key, rates);
    }

    fn amount(
        &mut self,
        model: &str,
        key: &str,
        value: &RawValue,
        price_key: PriceKey,
        rates: &mut Vec<Rate>,
    ) {
        if value.get() == "null" {
            return;
        }
        match parse_price(value.get()) {
            Ok(_) if rates.iter().any(|rate| rate.key == price_key) => {
                self.fault(value, model, Fault::new("the price is there twice").at_key(key));
            }
            Ok(price) => rates.push(Rate { key: price_key, price }),
            Err(fault) => self.fault(value, model, fault.at_key(key)),
        }
    }

    /// `search_context_cost_per_query`: the price of a search by how much context it may use.
    fn search_prices(&mut self, model: &str, value: &'a RawValue, rates: &mut Vec<Rate>) {
        const KEY: &str = "search_context_cost_per_query";
        if value.get() == "null" {
            return;
        }
        let Ok(Members(sizes)) = serde_json::from_str::<Members<'a>>(value.get()) else {
            self.fault(value, model, Fault::new("expected an object of prices by size").at_key(KEY));
            return;
        };
        for (size, value) in &sizes {
            match PriceKey::from_litellm(size).filter(|key| key.subject == Subject::WebSearch) {
                Some(key) => self.amount(model, size, value, key, rates),
                None => {
                    self.fault(value, model, Fault::new("not the size of a search's context").at_key(size));
                }
            }
        }
    }

    /// `tiered_pricing`: a list of prices by the range of the input, which are thresholds by another name.
    fn tiers(&mut self, model: &str, value: &'a RawValue, rates: &mut Vec<Rate>) {
        const KEY: &str = "tiered_pricing";
        let Ok(tiers) = serde_json::from_str::<Vec<Members<'a>>>(value.get()) else {
            self.fault(value, model, Fault::new("expected a list of objects").at_key(KEY));
            return;
        };
        for Members(members) in tiers {
            let Some((_, range)) = members.iter().find(|(key, _)| key == "range") else {
                // Tiers by something else than tokens: search results.
                *self.unread.entry(KEY.to_owned()).or_default() += 1;
                return;
            };
            let Some(above) = range_start(range) else {
                let what = "expected a range of two whole numbers of tokens";
                self.fault(range, model, Fault::new(what).at_key(KEY));
                continue;
            };
            for (key, value) in &members {
                self.price(model, key, value, Above::Tokens(above), rates);
            }
        }
    }

    fn fault(&mut self, value: &RawValue, model: &str, fault: Fault) {
        if self.faults.is_full() {
            // Its place will not be shown, and finding it takes a pass over the text.
            return self.faults.push(fault);
        }
        // The value is a slice of the text.
        let offset = value.get().as_ptr().addr().saturating_sub(self.text.as_ptr().addr());
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        self.faults.push(fault.in_model(model).at_line(line_after(before)));
    }
}

/// The number of the line that follows, counted from 1.
fn line_after(text: &[u8]) -> usize {
    1 + memchr::memchr_iter(b'\n', text).count()
}

/// The lower end of `[from, to]`, which a tier excludes.
fn range_start(range: &RawValue) -> Option<u32> {
    let [from, _]: [&RawValue; 2] = serde_json::from_str(range.get()).ok()?;
    let (mantissa, scale) = parse_price(from.get()).ok()?.to_parts();
    (scale == 0).then(|| u32::try_from(mantissa).ok())?
}

/// The members of an object in their order, each as often as it is there.
struct Members<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    members.push((name, value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

/// A key that is borrowed where it holds no escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);
