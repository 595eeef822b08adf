//! The prices of all models.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt;
use std::sync::Arc;

use crate::entry::Entry;
use crate::error::CatalogueError;
use crate::model_name::spellings;
use crate::provider::{Family, family_name};
use crate::{compact, litellm};

const EMBEDDED: &str = include_str!("../data/prices.txt");

/// The prices of many models, by name.
///
/// ```
/// use tower_genai_cost::Catalogue;
///
/// let catalogue = Catalogue::embedded();
/// let entry = catalogue.find(Some("azure.ai.openai"), "gpt-4o-2024-08-06").unwrap();
/// assert_eq!(entry.name(), "azure/gpt-4o-2024-08-06");
/// ```
#[derive(Clone, Default)]
pub struct Catalogue {
    /// The hash is fast and not made to resist an attacker, who can choose what is looked up and not what is in here.
    entries: HashMap<Arc<str>, Entry, foldhash::fast::RandomState>,
    /// The providers of the entries, whole and without their divisions.
    providers: HashSet<Box<str>>,
    unread: BTreeMap<String, usize>,
}

impl Catalogue {
    /// The catalogue that is part of this crate: the figures of LiteLLM's price file.
    ///
    /// Reads it anew each time (a few milliseconds): keep what it returns.
    pub fn embedded() -> Self {
        // That the text can be read is proved by a test; were it not, every call would be unpriced, which is loud.
        compact::read(EMBEDDED).map(|entries| Self::new(entries, BTreeMap::new())).unwrap_or_default()
    }

    /// Reads a price file of LiteLLM's format (`model_prices_and_context_window.json`).
    ///
    /// Amounts are taken from the text of the numbers and stay exact. Keys that state no price are ignored; for keys that
    /// seem to, and are not understood, see [`unread_keys`](Self::unread_keys).
    ///
    /// ```
    /// use tower_genai_cost::Catalogue;
    ///
    /// let file = br#"{"our-model": {"litellm_provider": "us", "mode": "chat", "input_cost_per_token": 1e-7}}"#;
    /// assert_eq!(Catalogue::from_litellm_json(file)?.len(), 1);
    ///
    /// let error = Catalogue::from_litellm_json(br#"{"our-model": {"input_cost_per_token": "much"}}"#).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     r#"line 1: "our-model": "input_cost_per_token": expected a number of US dollars, found "much""#,
    /// );
    /// # Ok::<(), tower_genai_cost::CatalogueError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// When the file is no JSON object, holds no model, holds one twice, or states a price that is no number, negative, or
    /// of more than 28 digits. Lists the faults with line, model and key, up to a bound.
    pub fn from_litellm_json(bytes: &[u8]) -> Result<Self, CatalogueError> {
        litellm::read(bytes).map(|file| Self::new(file.entries, file.unread))
    }

    fn new(entries: Vec<Entry>, unread: BTreeMap<String, usize>) -> Self {
        let mut providers = HashSet::new();
        for provider in entries.iter().filter_map(Entry::provider) {
            if !providers.contains(provider) {
                providers.extend([provider.into(), family_name(provider).into()]);
            }
        }
        let entries = entries.into_iter().map(|entry| (Arc::clone(entry.shared_name()), entry)).collect();
        Self { entries, providers, unread }
    }

    /// How many models it has prices for.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry of exactly this name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// The entry for a model as its provider or a client names it.
    ///
    /// `provider` is the value of `gen_ai.provider.name`, or LiteLLM's name. Tried in this order, each plain and then with
    /// the provider's prefix (`azure/gpt-4o`):
    ///
    /// 1. the name itself, without `models/` or a Bedrock ARN around it;
    /// 2. a fine-tuned model's base (`ft:gpt-4o-2024-08-06` for `ft:gpt-4o-2024-08-06:acme::8xY1z`), and a Bedrock
    ///    model without its cross-region prefix;
    /// 3. these without the date of a snapshot (`gpt-4o` for `gpt-4o-2024-05-13`).
    ///
    /// An entry of another provider is never used when the catalogue knows the provider: the same model has different
    /// prices at different providers. When it does not, or none is given, any entry of that name is used, and then the
    /// one of the vendor a router puts before the name (`x-ai/grok-4`).
    pub fn find(&self, provider: Option<&str>, model: &str) -> Option<&Entry> {
        let family = provider.map(Family::of);
        if let Some(family) = family {
            if let Some(entry) = self.find_in(family, model) {
                return Some(entry);
            }
            if family.providers().iter().any(|provider| self.providers.contains(*provider)) {
                return None;
            }
        }
        spellings(model).find_map(|name| self.get(name)).or_else(|| {
            let (vendor, model) = model.split_once('/')?;
            self.find_in(Family::of_vendor(vendor), model)
        })
    }

    fn find_in(&self, family: Family<'_>, model: &str) -> Option<&Entry> {
        let mut prefixed = String::new();
        spellings(model).find_map(|name| {
            let plain = self.get(name).filter(|entry| entry.provider().is_some_and(|p| family.owns(p)));
            plain.or_else(|| {
                family.prefixes().iter().find_map(|prefix| {
                    prefixed.clear();
                    prefixed.extend([prefix, "/", name]);
                    self.get(&prefixed)
                })
            })
        })
    }

    /// Keys of the price file that seem to state a price but are not understood, and how many models have each.
    ///
    /// What such a key would charge for is not charged.
    pub fn unread_keys(&self) -> impl Iterator<Item = (&str, usize)> {
        self.unread.iter().map(|(key, count)| (key.as_str(), *count))
    }

    /// The catalogue as text: one model a line, in the order of their names. This is how the embedded one is kept.
    pub fn to_text(&self) -> String {
        let mut entries: Vec<_> = self.entries.values().collect();
        entries.sort_by_key(|entry| entry.name());
        compact::write(entries)
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}
