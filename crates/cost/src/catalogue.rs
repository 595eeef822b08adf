//! The prices of all models.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use tower_genai_core::PriceSource;

use crate::entry::Entry;
use crate::error::CatalogueError;
use crate::model_name::{region_of_arn, spellings};
use crate::provider::{aliases, canonical, has_regions, of_vendor};
use crate::{compact, litellm};

const EMBEDDED: &str = include_str!("../data/prices.txt");

/// Names of entries, with their places. The hash is fast and not made to resist an attacker, who can choose what is
/// looked up and not what is in here.
type Places = HashMap<Arc<str>, u32, foldhash::fast::RandomState>;

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
    entries: Vec<Entry>,
    names: Places,
    providers: Vec<Provider>,
    /// The places of the providers, by each of their names.
    provider_names: HashMap<Box<str>, usize, foldhash::fast::RandomState>,
    unread: BTreeMap<String, usize>,
    fallback: Option<Arc<Self>>,
}

/// The entries of one provider.
#[derive(Clone)]
struct Provider {
    has_regions: bool,
    /// By the name in the file, and by it without the provider's prefix.
    names: Places,
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
        let mut catalogue = Self { unread, ..Self::default() };
        for (place, entry) in (0..).zip(&entries) {
            let name = entry.shared_name();
            catalogue.names.insert(Arc::clone(name), place);
            if let Some(provider) = entry.provider() {
                catalogue.provider(provider).names.insert(Arc::clone(name), place);
            }
        }
        // A name in the file goes before the rest of another's.
        for (place, entry) in (0..).zip(&entries) {
            let Some(provider) = entry.provider() else { continue };
            let rest = entry.name().strip_prefix(canonical(provider)).and_then(|name| name.strip_prefix('/'));
            if let Some(rest) = rest {
                catalogue.provider(provider).names.entry(rest.into()).or_insert(place);
            }
        }
        for (alias, provider) in aliases() {
            if let Some(place) = catalogue.provider_names.get(provider) {
                catalogue.provider_names.insert(alias.into(), *place);
            }
        }
        catalogue.entries = entries;
        catalogue
    }

    /// The entries of the provider of that name.
    fn provider(&mut self, name: &str) -> &mut Provider {
        let canonical = canonical(name);
        let known = self.provider_names.get(canonical).copied();
        let place = known.unwrap_or_else(|| {
            let provider = Provider { has_regions: has_regions(canonical), names: Places::default() };
            self.providers.push(provider);
            self.provider_names.insert(canonical.into(), self.providers.len() - 1);
            self.providers.len() - 1
        });
        if name != canonical {
            self.provider_names.insert(name.into(), place);
        }
        &mut self.providers[place]
    }

    /// Prices the models that are not in this catalogue by another one.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use tower_genai_cost::Catalogue;
    ///
    /// let file = br#"{"our-model": {"litellm_provider": "us", "input_cost_per_token": 1e-7}}"#;
    /// let prices = Catalogue::from_litellm_json(file)?.with_fallback(Arc::new(Catalogue::embedded()));
    /// assert!(prices.find(Some("us"), "our-model").is_some());
    /// assert!(prices.find(Some("openai"), "gpt-4o").is_some());
    /// # Ok::<(), tower_genai_cost::CatalogueError>(())
    /// ```
    #[must_use]
    pub fn with_fallback(mut self, fallback: Arc<Self>) -> Self {
        self.fallback = Some(fallback);
        self
    }

    /// How many models it has prices for, those of a fallback not counted.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The entry of exactly this name, here or in the fallback.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entry_of(&self.names, name).or_else(|| self.fallback.as_ref()?.get(name))
    }

    fn entry_of(&self, names: &Places, name: &str) -> Option<&Entry> {
        self.entries.get(usize::try_from(*names.get(name)?).ok()?)
    }

    /// The entry for a model as its provider or a client names it.
    ///
    /// `provider` is the value of `gen_ai.provider.name`, or LiteLLM's name. Tried in this order, each plain and with
    /// the provider's prefix (`azure/gpt-4o`):
    ///
    /// 1. the name itself, without what the provider's API puts around it (`models/`, a Bedrock ARN);
    /// 2. a fine-tuned model's base (`ft:gpt-4o-2024-08-06` for `ft:gpt-4o-2024-08-06:acme::8xY1z`), and a Bedrock
    ///    model without its cross-region prefix;
    /// 3. these without the version (`gpt-4o` for `gpt-4o-2024-05-13`, `gpt-4o-latest`).
    ///
    /// An entry of another provider is never used: the same model has different prices at different providers. When the
    /// catalogue has no entry of the provider at all and the name begins with a vendor, as routers write it
    /// (`x-ai/grok-4`), the vendor's entry is used. When no provider is given, any entry of that name is.
    pub fn find(&self, provider: Option<&str>, model: &str) -> Option<&Entry> {
        self.find_in_region(provider, None, model)
    }

    /// The same for an endpoint in a region (`eu-central-1`), whose own prices go first.
    pub fn find_in_region(
        &self,
        provider: Option<&str>,
        region: Option<&str>,
        model: &str,
    ) -> Option<&Entry> {
        self.own(provider, region, model)
            .or_else(|| self.fallback.as_ref()?.find_in_region(provider, region, model))
    }

    fn own(&self, provider: Option<&str>, region: Option<&str>, model: &str) -> Option<&Entry> {
        let Some(name) = provider else {
            return spellings(model)
                .find_map(|name| self.entry_of(&self.names, name))
                .or_else(|| self.of_vendor(model));
        };
        let Some(known) = self.provider_names.get(name).map(|place| &self.providers[*place]) else {
            return self.of_vendor(model);
        };
        self.of_provider(known, region, model).or_else(|| {
            // Google's one name for its two APIs.
            let other = self.provider_names.get("vertex_ai").filter(|_| name == "gcp.gen_ai")?;
            self.of_provider(&self.providers[*other], region, model)
        })
    }

    fn of_provider(&self, provider: &Provider, region: Option<&str>, model: &str) -> Option<&Entry> {
        if provider.has_regions
            && let Some(region) = region_of_arn(model).or(region)
        {
            let mut regional = String::new();
            let entry = spellings(model).find_map(|name| {
                regional.clear();
                regional.extend([region, "/", name]);
                self.entry_of(&provider.names, &regional)
            });
            if entry.is_some() {
                return entry;
            }
        }
        spellings(model).find_map(|name| self.entry_of(&provider.names, name))
    }

    /// `anthropic/claude-sonnet-4.5`: some routers write a point where Anthropic writes a dash.
    fn of_vendor(&self, model: &str) -> Option<&Entry> {
        let (vendor, model) = model.split_once('/')?;
        let provider = &self.providers[*self.provider_names.get(of_vendor(vendor))?];
        self.of_provider(provider, None, model).or_else(|| {
            let dashed = model.replace('.', "-");
            (vendor == "anthropic").then(|| self.of_provider(provider, None, &dashed)).flatten()
        })
    }

    /// Keys of the price file that seem to state a price but are not understood, and how many models have each.
    ///
    /// What such a key would charge for is not charged.
    pub fn unread_keys(&self) -> impl Iterator<Item = (&str, usize)> {
        self.unread.iter().map(|(key, count)| (key.as_str(), *count))
    }

    /// Where its prices come from: [`Embedded`](PriceSource::Embedded) or [`PriceFile`](PriceSource::PriceFile).
    pub fn source(&self) -> Option<PriceSource> {
        self.entries.first().map(Entry::source)
    }

    /// The catalogue as text: one model a line, in the order of their names. This is how the embedded one is kept.
    pub fn to_text(&self) -> String {
        let mut entries: Vec<_> = self.entries.iter().collect();
        entries.sort_by_key(|entry| entry.name());
        compact::write(entries)
    }
}

impl fmt::Debug for Catalogue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue").field("entries", &self.entries.len()).finish_non_exhaustive()
    }
}
