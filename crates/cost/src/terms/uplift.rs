use std::fmt;

use crate::factor::Factor;

/// When a factor on the prices of tokens applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    /// The call was processed in this region, by the name of the endpoint (OpenAI's `eu`).
    Residency(Box<str>),
    /// The endpoint is any but the global one (Vertex AI).
    Regional,
    /// The reply says that the model ran there (Anthropic's `inference_geo`).
    Geo(Box<str>),
    /// The reply says that the model ran in its fast mode (Anthropic's `speed`).
    Fast,
}

/// A factor on the prices of tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Uplift {
    pub(crate) condition: Condition,
    pub(crate) factor: Factor,
}

impl Condition {
    /// Whether it applies to a call that went to `region`, and whose reply names `geo` and `speed`.
    pub(crate) fn holds(&self, region: Option<&str>, geo: Option<&str>, speed: Option<&str>) -> bool {
        let is =
            |word: &str, stated: Option<&str>| stated.is_some_and(|stated| stated.eq_ignore_ascii_case(word));
        match self {
            Self::Residency(name) => is(name, region),
            Self::Regional => region.is_some() && !is("global", region),
            Self::Geo(name) => is(name, geo),
            Self::Fast => is("fast", speed),
        }
    }

    /// Reads what `Display` writes.
    pub(crate) fn from_compact(text: &str) -> Option<Self> {
        match text.split_once('.') {
            None if text == "regional" => Some(Self::Regional),
            None if text == "fast" => Some(Self::Fast),
            Some(("residency", name)) => Some(Self::Residency(name.into())),
            Some(("geo", name)) => Some(Self::Geo(name.into())),
            _ => None,
        }
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Residency(name) => write!(f, "residency.{name}"),
            Self::Regional => f.write_str("regional"),
            Self::Geo(name) => write!(f, "geo.{name}"),
            Self::Fast => f.write_str("fast"),
        }
    }
}
