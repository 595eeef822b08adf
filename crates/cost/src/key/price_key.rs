use std::fmt;

use super::size::Size;
use super::words::{Lifetime, SUBJECTS, Subject, UNITS, Unit};
use crate::tier::ServiceTier;

/// What a price is for, and when it applies.
///
/// The order of keys is the order of precedence: of several prices of one meter that apply to a call, the last is
/// the one that is charged (the highest threshold first, then the service tier's own price before the common one).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PriceKey {
    pub(crate) subject: Subject,
    pub(crate) unit: Unit,
    pub(crate) size: Size,
    pub(crate) lifetime: Lifetime,
    /// Applies to calls whose input has strictly more tokens; of seconds, to pieces of strictly more seconds.
    pub(crate) above: Above,
    pub(crate) tier: Option<ServiceTier>,
}

/// A threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Above {
    /// Of input tokens; zero is none.
    Tokens(u32),
    /// Of the length of one piece of audio or video.
    Seconds(u32),
}

impl Above {
    /// No threshold.
    pub(crate) const NONE: Self = Self::Tokens(0);
}

impl PriceKey {
    /// The key of the common price of a meter.
    pub(crate) const fn new(subject: Subject, unit: Unit) -> Self {
        Self { subject, unit, size: Size::ANY, lifetime: Lifetime::Default, above: Above::NONE, tier: None }
    }

    /// The same at a size of its own.
    pub(crate) const fn of_size(self, size: Size) -> Self {
        Self { size, ..self }
    }

    /// Reads a key as LiteLLM's price file writes it; `None` when it is outside the grammar.
    pub(crate) fn from_litellm(key: &str) -> Option<Self> {
        if let Some(size) = key.strip_prefix("search_context_size_") {
            return Some(Self::new(Subject::WebSearch, Unit::Query).of_size(Size::new(size)?));
        }
        let (subject, unit, rest) = SUBJECTS.iter().find_map(|&(subject, word, _)| {
            let rest = if word.is_empty() { key } else { key.strip_prefix(word)?.strip_prefix('_')? };
            let find = |&(unit, word, _): &_| Some((unit, after_unit(rest, word)?));
            let (unit, rest) = UNITS.iter().find_map(find)?;
            Some((subject, unit, rest))
        })?;
        if subject == Subject::Call && unit != Unit::Second {
            return None;
        }
        let mut parsed = Self::new(subject, unit);
        let mut rest = rest;
        if let Some((size, after)) = leading_size(unit, rest) {
            (parsed.size, rest) = (size, after);
        }
        if subject == Subject::CacheWrite
            && let Some(after) = rest.strip_prefix("_above_1hr")
        {
            (parsed.lifetime, rest) = (Lifetime::Hour, after);
        }
        if let Some(threshold) = rest.strip_prefix("_above_") {
            (parsed.above, rest) = leading_threshold(unit, threshold)?;
        }
        parsed.tier = match rest.strip_prefix('_') {
            Some(word) => Some(ServiceTier::from_key(word)?),
            None if rest.is_empty() => None,
            None => return None,
        };
        Some(parsed)
    }

    /// Whether both are prices of the same thing, whenever they apply.
    pub(crate) fn is_same_meter(self, other: Self) -> bool {
        (self.subject, self.unit, self.size, self.lifetime)
            == (other.subject, other.unit, other.size, other.lifetime)
    }

    /// Reads a key as [`Display`](fmt::Display) writes it.
    pub(crate) fn from_compact(key: &str) -> Option<Self> {
        let (key, tier) = match key.split_once('@') {
            Some((key, word)) => (key, Some(ServiceTier::from_key(word)?)),
            None => (key, None),
        };
        let (key, above) = match key.split_once('>') {
            Some((key, threshold)) => (key, parse_threshold(threshold)?),
            None => (key, Above::NONE),
        };
        let (key, lifetime) = match key.strip_suffix(":1h") {
            Some(key) => (key, Lifetime::Hour),
            None => (key, Lifetime::Default),
        };
        let (meter, size) = match key.split_once('#') {
            Some((meter, size)) => (meter, Size::new(size)?),
            None => (key, Size::ANY),
        };
        let (subject, unit) = meter.split_at(meter.find(['.', '/']).unwrap_or(meter.len()));
        let subject = SUBJECTS.iter().find(|word| word.2 == subject)?.0;
        let unit = UNITS.iter().find(|word| word.2 == unit)?.0;
        Some(Self { subject, unit, size, lifetime, above, tier })
    }
}

/// What follows the unit in a key without its subject: `cost_per_{unit}…` or, for tokens, `{unit}_cost…`.
fn after_unit<'a>(rest: &'a str, unit: &str) -> Option<&'a str> {
    let rest = match rest.strip_prefix("cost_per_") {
        Some(rest) => rest.strip_prefix(unit)?,
        None if unit.ends_with("token") => rest.strip_prefix(unit)?.strip_prefix("_cost")?,
        None => return None,
    };
    // `image` also begins `image_token`, which is not a size of it.
    let whole = rest.is_empty() || rest.starts_with('_') && !rest.starts_with("_token");
    whole.then_some(rest)
}

/// `_1080p…`: a size begins with a digit, or is one of the three of searches.
fn leading_size(unit: Unit, rest: &str) -> Option<(Size, &str)> {
    let rest = rest.strip_prefix('_').filter(|_| unit.has_sizes())?;
    let (word, after) = rest.split_at(rest.find('_').unwrap_or(rest.len()));
    let is_size = word.starts_with(|first: char| first.is_ascii_digit())
        || unit == Unit::Query && ["low", "medium", "high"].contains(&word);
    Some((Size::new(word).filter(|_| is_size)?, after))
}

/// `200k_tokens…` or `15s_interval…`.
fn leading_threshold(unit: Unit, text: &str) -> Option<(Above, &str)> {
    if unit.is_time()
        && let Some((seconds, after)) = text.split_once("s_interval")
    {
        return Some((Above::Seconds(seconds.parse().ok()?), after));
    }
    let (threshold, after) = text.split_once("_tokens")?;
    match parse_threshold(threshold)? {
        above @ Above::Tokens(_) => Some((above, after)),
        Above::Seconds(_) => None,
    }
}

fn parse_threshold(text: &str) -> Option<Above> {
    if let Some(thousands) = text.strip_suffix('k') {
        return Some(Above::Tokens(thousands.parse::<u32>().ok()?.checked_mul(1_000)?));
    }
    match text.strip_suffix('s') {
        Some(seconds) => Some(Above::Seconds(seconds.parse().ok()?)),
        None => Some(Above::Tokens(text.parse().ok()?)),
    }
}

impl fmt::Display for PriceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = SUBJECTS.iter().find(|word| word.0 == self.subject).map_or("", |word| word.2);
        let unit = UNITS.iter().find(|word| word.0 == self.unit).map_or("", |word| word.2);
        write!(f, "{subject}{unit}")?;
        if self.size != Size::ANY {
            write!(f, "#{}", self.size)?;
        }
        if self.lifetime == Lifetime::Hour {
            f.write_str(":1h")?;
        }
        match self.above {
            Above::NONE => {}
            Above::Tokens(tokens) if tokens % 1_000 == 0 => write!(f, ">{}k", tokens / 1_000)?,
            Above::Tokens(tokens) => write!(f, ">{tokens}")?,
            Above::Seconds(seconds) => write!(f, ">{seconds}s")?,
        }
        match self.tier {
            Some(tier) => write!(f, "@{}", tier.as_str()),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn compact(key: &str) -> Option<String> {
        let parsed = PriceKey::from_litellm(key)?;
        let text = parsed.to_string();
        assert_eq!(PriceKey::from_compact(&text), Some(parsed), "{text}");
        Some(text)
    }

    #[test]
    fn keys_are_read_by_their_grammar() {
        for (key, expected) in [
            ("input_cost_per_token", "in"),
            ("output_cost_per_token_batches", "out@batches"),
            ("cache_read_input_token_cost", "read"),
            ("cache_creation_input_token_cost", "write"),
            ("cache_creation_input_token_cost_above_1hr", "write:1h"),
            ("cache_creation_input_token_cost_above_1hr_above_200k_tokens", "write:1h>200k"),
            ("cache_read_input_token_cost_above_272k_tokens_priority", "read>272k@priority"),
            ("input_cost_per_audio_token_above_200k_tokens_flex", "in.audio>200k@flex"),
            ("cache_read_input_audio_token_cost", "read.audio"),
            ("output_cost_per_reasoning_token", "out.reasoning"),
            ("output_cost_per_image_token", "out.image"),
            ("output_cost_per_image", "out/image"),
            ("output_cost_per_image_0.5K", "out/image#0.5k"),
            ("output_cost_per_image_1024", "out/image#1024"),
            ("input_cost_per_image_above_128k_tokens", "in/image>128k"),
            ("input_cost_per_second", "in/second"),
            ("output_cost_per_second_1080p", "out/second#1080p"),
            ("input_cost_per_video_per_second_above_15s_interval", "in/video_second>15s"),
            ("input_cost_per_audio_per_second_above_128k_tokens", "in/audio_second>128k"),
            ("input_cost_per_character_above_128k_tokens", "in/character>128k"),
            ("input_cost_per_token_ultrafast", "in@ultrafast"),
            ("input_cost_per_token_above_272k_tokens_decisions", "in>272k@decisions"),
            ("explicit_cache_read_input_token_cost", "explicit_read"),
            ("citation_cost_per_token", "citation"),
            ("cost_per_second", "call/second"),
            ("ocr_cost_per_page_batches", "ocr/page@batches"),
            ("ocr_cost_per_credit", "ocr/credit"),
            ("annotation_cost_per_page", "annotation/page"),
            ("input_cost_per_request", "in/request"),
            ("input_cost_per_text_message", "in/text_message"),
            ("code_interpreter_cost_per_session", "code/session"),
            ("google_maps_grounding_cost_per_query", "maps/query"),
            ("file_search_cost_per_query", "files/query"),
            ("web_search_cost_per_query", "web/query"),
            ("web_search_cost_per_query_low", "web/query#low"),
            ("search_context_size_medium", "web/query#medium"),
        ] {
            assert_eq!(compact(key).as_deref(), Some(expected), "{key}");
        }
    }

    #[test]
    fn other_keys_are_left_alone() {
        for key in [
            "max_input_tokens",
            "input_cost_per_token_cache_hit",
            "input_cost_per_token_above_1hr",
            "input_cost_per_token_1080p",
            "input_cost_per_token_",
            "input_cost_per_token_above_k_tokens",
            "input_cost_per_token_above_15s_interval",
            "output_cost_per_second_",
            "output_cost_per_second_fast",
            "output_cost_per_image_123456789",
            "input_dbu_cost_per_token",
            "image_cost",
            "input_second_cost",
            "cost_per_token",
            "search_context_cost_per_query",
        ] {
            assert_eq!(PriceKey::from_litellm(key), None, "{key}");
        }
    }

    #[test]
    fn the_price_that_wins_comes_last() {
        let mut keys =
            ["in>200k@flex", "in@flex", "in", "in>200k"].map(|key| PriceKey::from_compact(key).unwrap());
        keys.sort();
        assert_eq!(keys.map(|key| key.to_string()), ["in", "in@flex", "in>200k", "in>200k@flex"]);
    }
}
