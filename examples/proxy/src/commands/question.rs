use std::time::{Duration, SystemTime};

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tower_genai_core::{Billing, Cost, CostStatus, Usage};
use tower_genai_cost::{Consumption, Pricing, ServiceTier};

/// A call whose price is asked for. Other members of a line, such as the price somebody expects, are left alone.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Question {
    #[serde(default)]
    pub(super) provider: Option<String>,
    pub(super) model: String,
    #[serde(default)]
    pub(super) service_tier: Option<String>,
    /// Where the endpoint is.
    #[serde(default)]
    pub(super) region: Option<String>,
    /// When the call began, for prices of some hours.
    #[serde(default)]
    pub(super) at: Option<String>,
    pub(super) usage: Map<String, Value>,
}

/// What a usage says.
#[derive(Debug, Default)]
struct Stated {
    usage: Usage,
    billing: Billing,
    duration: Option<Duration>,
    /// Whether a count is none: negative, a fraction, or beyond counting.
    invalid: bool,
}

/// The keys of a usage, for the message about one that is none.
const KEYS: &str = "input, output, cache_read, cache_write, cache_write_1h, reasoning, audio_input, audio_output, \
    image_input, image_output, video_input, video_output, audio_cache_read, image_cache_read, billed_input, \
    billed_output, search_units, classifications, input_images, images, image_size, image_quality, input_characters, \
    audio_input_seconds, audio_output_seconds, video_output_seconds, video_resolution, pages, web_search, web_fetch, \
    file_search, code_interpreter, computer_use, image_generation, maps_grounding, search_context_size, stated_cost, \
    inference_geo, speed, duration_seconds";

impl Question {
    /// The price.
    ///
    /// # Errors
    ///
    /// When the question cannot be understood.
    pub(super) fn ask(&self, pricing: &Pricing) -> Result<Result<Cost, CostStatus>, String> {
        let stated = Stated::read(&self.usage)?;
        let at = self.at.as_deref().map(instant).transpose()?;
        if stated.invalid {
            return Ok(Err(CostStatus::InvalidUsage));
        }
        let mut consumption = Consumption::new(&stated.usage);
        if !stated.billing.is_empty() {
            consumption = consumption.with_billing(&stated.billing);
        }
        consumption.tier = self.service_tier.as_deref().and_then(ServiceTier::from_name);
        consumption.region = self.region.as_deref();
        consumption.at = at;
        consumption.duration = stated.duration;
        Ok(pricing.price_of(self.provider.as_deref(), &[&self.model], &consumption))
    }

    /// The answer as an object.
    pub(super) fn answer(&self, priced: &Result<Cost, CostStatus>) -> Value {
        let mut answer =
            json!({ "provider": self.provider, "model": self.model, "service_tier": self.service_tier });
        let members = match priced {
            Ok(cost) => json!({
                "cost_usd": cost.total().to_string(),
                "cost_status": CostStatus::Priced.as_str(),
                "entry": cost.entry.as_deref(),
                "source": cost.source.map(tower_genai_core::PriceSource::as_str),
                "stated_cost_usd": cost.stated.map(|stated| stated.to_string()),
                "breakdown": breakdown(cost),
            }),
            Err(status) => {
                json!({ "cost_usd": null, "cost_status": status.as_str(), "entry": null, "breakdown": {} })
            }
        };
        if let (Value::Object(answer), Value::Object(members)) = (&mut answer, members) {
            answer.extend(members);
        }
        answer
    }
}

/// The parts that are something; they sum to the whole.
fn breakdown(cost: &Cost) -> Map<String, Value> {
    let parts = cost.parts().into_iter().filter(|(_, amount)| !amount.is_zero());
    parts.map(|(part, amount)| (part.to_owned(), amount.to_string().into())).collect()
}

impl Stated {
    fn read(members: &Map<String, Value>) -> Result<Self, String> {
        let mut stated = Self::default();
        for (key, value) in members.iter().filter(|(_, value)| !value.is_null()) {
            stated.set(key, value).map_err(|wanted| format!("usage: `{key}`: {wanted}"))?;
        }
        Ok(stated)
    }

    fn set(&mut self, key: &str, value: &Value) -> Result<(), String> {
        let Self { usage, billing, duration, invalid } = self;
        let (tokens, tools) = (&mut billing.modalities, &mut billing.tools);
        let slot = match key {
            "input" => &mut usage.input,
            "output" => &mut usage.output,
            "cache_read" => &mut usage.cache_read,
            "cache_write" => &mut usage.cache_write,
            "cache_write_1h" => &mut usage.cache_write_1h,
            "reasoning" => &mut usage.reasoning,
            "audio_input" => &mut usage.audio_input,
            "audio_output" => &mut usage.audio_output,
            "image_input" => &mut tokens.image_input,
            "image_output" => &mut tokens.image_output,
            "video_input" => &mut tokens.video_input,
            "video_output" => &mut tokens.video_output,
            "audio_cache_read" => &mut tokens.audio_cache_read,
            "image_cache_read" => &mut tokens.image_cache_read,
            "billed_input" => &mut billing.input_tokens,
            "billed_output" => &mut billing.output_tokens,
            "search_units" => &mut billing.search_units,
            "classifications" => &mut billing.classifications,
            "input_images" => &mut billing.input_images,
            "images" => &mut billing.images,
            "input_characters" => &mut billing.input_characters,
            "pages" => &mut billing.pages,
            "web_search" => return uses(&mut tools.web_search, value, invalid),
            "web_fetch" => return uses(&mut tools.web_fetch, value, invalid),
            "file_search" => return uses(&mut tools.file_search, value, invalid),
            "code_interpreter" => return uses(&mut tools.code_interpreter, value, invalid),
            "computer_use" => return uses(&mut tools.computer_use, value, invalid),
            "image_generation" => return uses(&mut tools.image_generation, value, invalid),
            "maps_grounding" => return uses(&mut tools.maps_grounding, value, invalid),
            "audio_input_seconds" => return seconds(&mut billing.audio_input, value, invalid),
            "audio_output_seconds" => return seconds(&mut billing.audio_output, value, invalid),
            "video_output_seconds" => return seconds(&mut billing.video_output, value, invalid),
            "duration_seconds" => return seconds(duration, value, invalid),
            "image_size" => return text(&mut billing.image_size, value),
            "image_quality" => return text(&mut billing.image_quality, value),
            "video_resolution" => return text(&mut billing.video_resolution, value),
            "search_context_size" => return text(&mut billing.search_context_size, value),
            "inference_geo" => return text(&mut billing.inference_geo, value),
            "speed" => return text(&mut billing.speed, value),
            "stated_cost" => return text(&mut billing.stated_cost, value),
            _ => return Err(format!("is not known; known are {KEYS}")),
        };
        *slot = count(value, invalid)?;
        Ok(())
    }
}

/// A count; one that is negative, no whole number or beyond counting is none, and the usage invalid.
fn count(value: &Value, invalid: &mut bool) -> Result<Option<u64>, String> {
    let Value::Number(number) = value else { return Err("must be a number".to_owned()) };
    let count = number.as_u64();
    *invalid |= count.is_none();
    Ok(count)
}

fn uses(slot: &mut Option<u32>, value: &Value, invalid: &mut bool) -> Result<(), String> {
    let count = count(value, invalid)?;
    *slot = count.and_then(|count| u32::try_from(count).ok());
    *invalid |= slot.is_none();
    Ok(())
}

fn seconds(slot: &mut Option<Duration>, value: &Value, invalid: &mut bool) -> Result<(), String> {
    let seconds = value.as_f64().ok_or("must be a number of seconds")?;
    *slot = Duration::try_from_secs_f64(seconds).ok();
    *invalid |= slot.is_none();
    Ok(())
}

/// A word, or a number as it is written.
fn text<T: From<String>>(slot: &mut Option<T>, value: &Value) -> Result<(), String> {
    *slot = Some(match value {
        Value::String(text) => text.clone().into(),
        Value::Number(number) => number.to_string().into(),
        _ => return Err("must be a string".to_owned()),
    });
    Ok(())
}

fn instant(text: &str) -> Result<SystemTime, String> {
    let seconds = text.parse::<Timestamp>().ok().and_then(|at| u64::try_from(at.as_second()).ok());
    let at = seconds.map(|seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
    at.ok_or_else(|| format!("at: `{text}` is not a time such as 2026-11-24T12:00:00Z"))
}
