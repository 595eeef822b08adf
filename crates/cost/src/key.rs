//! What a price is for: the grammar of the keys of LiteLLM's price file.
//!
//! ```text
//! key       := meter [ "_above_1hr" ] [ "_above_" N "k_tokens" ] [ "_" tier ]
//! meter     := direction "_cost_per_" unit  |  direction "_" [ modality "_" ] "token_cost"
//! direction := "input" | "output" | "cache_read_input" | "cache_creation_input"
//! unit      := [ modality "_" ] "token" | "second" | "image" | "character" | "query" | "pixel" | "request"
//! modality  := "audio" | "image" | "video" | "reasoning"
//! tier      := "flex" | "priority" | "batches" | "balanced" | "ultrafast"
//! ```
//!
//! The catalogue's own text writes the same facts shorter: `in.audio>200k@flex` is
//! `input_cost_per_audio_token_above_200k_tokens_flex`.

use std::fmt;

use crate::tier::ServiceTier;

/// A word of the grammar: the value, LiteLLM's spelling, the catalogue's spelling.
type Word<T> = (T, &'static str, &'static str);

/// Which way the tokens went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Direction {
    Input,
    Output,
    CacheRead,
    CacheWrite,
}

const DIRECTIONS: [Word<Direction>; 4] = [
    (Direction::Input, "input", "in"),
    (Direction::Output, "output", "out"),
    (Direction::CacheRead, "cache_read_input", "read"),
    (Direction::CacheWrite, "cache_creation_input", "write"),
];

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Unit {
    Token(Modality),
    Second,
    Image,
    Character,
    Query,
    Pixel,
    Request,
}

/// The kind of a token; `Any` is the price of those that have none of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Modality {
    Any,
    Audio,
    Image,
    Video,
    Reasoning,
}

/// Longer spellings first where one begins another.
const UNITS: [Word<Unit>; 11] = [
    (Unit::Token(Modality::Any), "token", ""),
    (Unit::Token(Modality::Audio), "audio_token", ".audio"),
    (Unit::Token(Modality::Image), "image_token", ".image"),
    (Unit::Token(Modality::Video), "video_token", ".video"),
    (Unit::Token(Modality::Reasoning), "reasoning_token", ".reasoning"),
    (Unit::Second, "second", "/second"),
    (Unit::Image, "image", "/image"),
    (Unit::Character, "character", "/character"),
    (Unit::Query, "query", "/query"),
    (Unit::Pixel, "pixel", "/pixel"),
    (Unit::Request, "request", "/request"),
];

/// How long a written cache entry is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Lifetime {
    /// The provider's usual one, five minutes where there is a choice.
    Default,
    Hour,
}

/// What a price is for, and when it applies.
///
/// The order of keys is the order of precedence: of several prices of one meter that apply to a call, the last is
/// the one that is charged (the highest threshold first, then the service tier's own price before the common one).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct PriceKey {
    pub(crate) direction: Direction,
    pub(crate) unit: Unit,
    pub(crate) lifetime: Lifetime,
    /// Applies to calls whose input is strictly greater.
    pub(crate) above_tokens: u32,
    pub(crate) tier: Option<ServiceTier>,
}

impl PriceKey {
    /// Reads a key as LiteLLM's price file writes it; `None` when it is outside the grammar.
    pub(crate) fn from_litellm(key: &str) -> Option<Self> {
        let (direction, rest) = DIRECTIONS.iter().find_map(|&(direction, word, _)| {
            Some((direction, key.strip_prefix(word)?.strip_prefix('_')?))
        })?;
        let (unit, rest) = UNITS.iter().find_map(|&(unit, word, _)| Some((unit, after_unit(rest, word)?)))?;
        let (lifetime, rest) = match rest.strip_prefix("_above_1hr") {
            Some(rest) if direction == Direction::CacheWrite => (Lifetime::Hour, rest),
            _ => (Lifetime::Default, rest),
        };
        let (above_tokens, rest) = match rest.strip_prefix("_above_") {
            Some(threshold) => {
                let (thousands, rest) = threshold.split_once("k_tokens")?;
                (thousands.parse::<u32>().ok()?.checked_mul(1_000)?, rest)
            }
            None => (0, rest),
        };
        let tier = match rest.strip_prefix('_') {
            Some(word) => Some(ServiceTier::from_key(word)?),
            None if rest.is_empty() => None,
            None => return None,
        };
        Some(Self { direction, unit, lifetime, above_tokens, tier })
    }

    /// Whether both are prices of the same thing, whenever they apply.
    pub(crate) fn is_same_meter(self, other: Self) -> bool {
        (self.direction, self.unit, self.lifetime) == (other.direction, other.unit, other.lifetime)
    }

    /// Reads a key as [`Display`](fmt::Display) writes it.
    pub(crate) fn from_compact(key: &str) -> Option<Self> {
        let (key, tier) = match key.split_once('@') {
            Some((key, word)) => (key, Some(ServiceTier::from_key(word)?)),
            None => (key, None),
        };
        let (meter, above_tokens) = match key.split_once('>') {
            Some((meter, threshold)) => (meter, parse_threshold(threshold)?),
            None => (key, 0),
        };
        let (meter, lifetime) = match meter.strip_suffix(":1h") {
            Some(meter) => (meter, Lifetime::Hour),
            None => (meter, Lifetime::Default),
        };
        let (direction, unit) = meter.split_at(meter.find(['.', '/']).unwrap_or(meter.len()));
        let direction = DIRECTIONS.iter().find(|word| word.2 == direction)?.0;
        let unit = UNITS.iter().find(|word| word.2 == unit)?.0;
        Some(Self { direction, unit, lifetime, above_tokens, tier })
    }
}

/// What follows the unit in a key without its direction: `cost_per_{unit}…` or, for tokens, `{unit}_cost…`.
fn after_unit<'a>(rest: &'a str, unit: &str) -> Option<&'a str> {
    let rest = match rest.strip_prefix("cost_per_") {
        Some(rest) => rest.strip_prefix(unit)?,
        None if unit.ends_with("token") => rest.strip_prefix(unit)?.strip_prefix("_cost")?,
        None => return None,
    };
    // `image` also begins `image_token`.
    (rest.is_empty() || rest.starts_with('_')).then_some(rest)
}

fn parse_threshold(text: &str) -> Option<u32> {
    match text.strip_suffix('k') {
        Some(thousands) => thousands.parse::<u32>().ok()?.checked_mul(1_000),
        None => text.parse().ok(),
    }
}

impl fmt::Display for PriceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direction = DIRECTIONS.iter().find(|word| word.0 == self.direction).map_or("", |word| word.2);
        let unit = UNITS.iter().find(|word| word.0 == self.unit).map_or("", |word| word.2);
        write!(f, "{direction}{unit}")?;
        if self.lifetime == Lifetime::Hour {
            f.write_str(":1h")?;
        }
        match self.above_tokens {
            0 => {}
            tokens if tokens % 1_000 == 0 => write!(f, ">{}k", tokens / 1_000)?,
            tokens => write!(f, ">{tokens}")?,
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
            ("input_cost_per_second", "in/second"),
            ("input_cost_per_character_above_128k_tokens", "in/character>128k"),
            ("input_cost_per_token_ultrafast", "in@ultrafast"),
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
            "input_cost_per_token_decisions",
            "input_cost_per_token_",
            "input_cost_per_token_above_k_tokens",
            "output_cost_per_second_1080p",
            "output_cost_per_image_1024",
            "input_dbu_cost_per_token",
            "image_cost",
            "input_second_cost",
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
