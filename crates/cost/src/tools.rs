//! What a provider's own tools cost.

use tower_genai_core::{Billing, CostStatus, ToolUses, Usd};

use crate::catalogue::Catalogue;
use crate::entry::Entry;
use crate::key::{PriceKey, Size, Subject, Unit};
use crate::provider::canonical;
use crate::rates::sum;

/// A list price that the price file does not have: provider, tool, mantissa and scale.
///
/// * OpenAI and Azure: <https://openai.com/api/pricing>, "Built-in tools": search of the web $10 and in files $2.50 for
///   a thousand. Azure's search in files is charged by storage instead.
/// * Google: <https://ai.google.dev/gemini-api/docs/pricing>: grounding with Google Search $35 for a thousand prompts
///   (the models that are charged per query state their price).
/// * xAI: <https://docs.x.ai/docs/models>: $5 for a thousand calls of a tool.
/// * Code that Google's and Anthropic's models run is charged as tokens, or by hours of a container that no reply
///   states.
const LIST_PRICES: &[(&str, Subject, i128, u32)] = &[
    ("openai", Subject::WebSearch, 1, 2),
    ("openai", Subject::FileSearch, 25, 4),
    ("azure", Subject::WebSearch, 1, 2),
    ("azure", Subject::FileSearch, 0, 0),
    ("gemini", Subject::WebSearch, 35, 3),
    ("gemini", Subject::FileSearch, 0, 0),
    ("gemini", Subject::CodeInterpreter, 0, 0),
    ("vertex_ai", Subject::WebSearch, 35, 3),
    ("vertex_ai", Subject::FileSearch, 0, 0),
    ("vertex_ai", Subject::CodeInterpreter, 0, 0),
    ("anthropic", Subject::CodeInterpreter, 0, 0),
    ("xai", Subject::WebSearch, 5, 3),
    ("xai", Subject::FileSearch, 25, 4),
    ("xai", Subject::CodeInterpreter, 5, 3),
];

/// Grounding in Google Maps: $25 for a thousand prompts, and $14 for a thousand queries of the models that are charged
/// per query (<https://ai.google.dev/gemini-api/docs/pricing>).
const MAPS_PER_PROMPT: (i128, u32) = (25, 3);
const MAPS_PER_QUERY: (i128, u32) = (14, 3);

/// What the tools of a call cost. Pages that are fetched and computers that are used cost their tokens only.
pub(crate) fn charge(
    entry: &Entry,
    billing: &Billing,
    catalogue: Option<&Catalogue>,
) -> Result<Usd, CostStatus> {
    let tools = &billing.tools;
    if *tools == ToolUses::default() {
        return Ok(Usd::ZERO);
    }
    let prices = Prices { entry, catalogue };
    let searches =
        |stated: Option<u32>| if prices.per_prompt() { stated.map(|uses| uses.min(1)) } else { stated };
    let uses = [
        (searches(tools.web_search), Tool::WebSearch),
        (searches(tools.maps_grounding), Tool::Maps),
        (tools.file_search, Tool::FileSearch),
        (tools.code_interpreter, Tool::CodeInterpreter),
        (tools.image_generation, Tool::Image),
    ];
    let mut total = Usd::ZERO;
    for (uses, tool) in uses {
        let uses = u64::from(uses.unwrap_or(0));
        if uses != 0 {
            let price = match tool {
                Tool::WebSearch => prices.web_search(billing.search_context_size.as_deref()),
                Tool::Maps => prices.maps(),
                Tool::FileSearch => prices.of(PriceKey::new(Subject::FileSearch, Unit::Query)),
                Tool::CodeInterpreter => prices.code_interpreter(),
                Tool::Image => prices.of(PriceKey::new(Subject::Output, Unit::Image)),
            };
            let price = price.ok_or(CostStatus::Unpriced)?;
            total = sum(&[total, price.checked_mul(uses).ok_or(CostStatus::InvalidUsage)?])?;
        }
    }
    Ok(total)
}

/// The tools that cost more than their tokens.
#[derive(Clone, Copy)]
enum Tool {
    WebSearch,
    Maps,
    FileSearch,
    CodeInterpreter,
    Image,
}

struct Prices<'a> {
    entry: &'a Entry,
    catalogue: Option<&'a Catalogue>,
}

impl Prices<'_> {
    fn provider(&self) -> Option<&str> {
        self.entry.provider().map(canonical)
    }

    /// Whether one price covers all the searches of a prompt: Google's older models.
    fn per_prompt(&self) -> bool {
        let per_query = self.entry.terms().is_some_and(|terms| terms.search_per_query);
        self.is_google() && !per_query
    }

    fn is_google(&self) -> bool {
        // Other vendors' models at Vertex AI are divisions of their own.
        let provider = self.entry.provider();
        provider.is_some_and(|name| ["gemini", "vertex_ai", "vertex_ai-language-models"].contains(&name))
    }

    /// The entry's own price, else the list price.
    fn of(&self, meter: PriceKey) -> Option<Usd> {
        self.entry.rate_of(meter, 0, None).or_else(|| {
            let provider = self.provider()?;
            let listed = LIST_PRICES.iter().find(|price| (price.0, price.1) == (provider, meter.subject));
            listed.and_then(|&(_, _, mantissa, scale)| Usd::from_parts(mantissa, scale))
        })
    }

    fn web_search(&self, context: Option<&str>) -> Option<Usd> {
        let usual = if self.provider() == Some("perplexity") { "low" } else { "medium" };
        let any = PriceKey::new(Subject::WebSearch, Unit::Query);
        let stated = |size: &str| self.entry.rate_of(any.of_size(Size::new(size)?), 0, None);
        context.and_then(stated).or_else(|| stated(usual)).or_else(|| self.of(any))
    }

    fn maps(&self) -> Option<Usd> {
        let usual = if self.per_prompt() { MAPS_PER_PROMPT } else { MAPS_PER_QUERY };
        let listed = || self.is_google().then(|| Usd::from_parts(usual.0, usual.1)).flatten();
        self.of(PriceKey::new(Subject::MapsGrounding, Unit::Query)).or_else(listed)
    }

    /// The model's own, else that of the provider's containers, which have an entry of their own.
    fn code_interpreter(&self) -> Option<Usd> {
        let meter = PriceKey::new(Subject::CodeInterpreter, Unit::Session);
        let own = self.entry.rate_of(meter, 0, None);
        own.or_else(|| {
            let container = format!("{}/container", self.provider()?);
            self.catalogue?.get(&container)?.rate_of(meter, 0, None)
        })
        .or_else(|| self.of(meter))
    }
}
