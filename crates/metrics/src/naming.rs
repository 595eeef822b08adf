use std::fmt;
use std::str::FromStr;

/// Which names the metrics of calls have.
///
/// The series about the observing itself (`tower_genai_*`) are there in every naming.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Naming {
    /// OpenTelemetry's: `gen_ai_*`, and `http_*` and `rpc_*` for the exchanges.
    #[default]
    Otel,
    /// LiteLLM's: `litellm_*`, see [`litellm`](crate::litellm). Exchanges that are no model calls are not shown.
    LiteLlm,
    /// Both.
    Both,
}

impl Naming {
    /// Its name in configuration: `otel`, `litellm`, `both`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Otel => "otel",
            Self::LiteLlm => "litellm",
            Self::Both => "both",
        }
    }

    pub(crate) const fn has_otel(self) -> bool {
        matches!(self, Self::Otel | Self::Both)
    }

    pub(crate) const fn has_litellm(self) -> bool {
        matches!(self, Self::LiteLlm | Self::Both)
    }
}

impl FromStr for Naming {
    type Err = UnknownNaming;

    fn from_str(text: &str) -> Result<Self, UnknownNaming> {
        let all = [Self::Otel, Self::LiteLlm, Self::Both];
        all.into_iter().find(|naming| naming.as_str() == text).ok_or_else(|| UnknownNaming(text.into()))
    }
}

/// A text that names no [`Naming`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownNaming(Box<str>);

impl fmt::Display for UnknownNaming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no naming; there are otel, litellm and both", self.0)
    }
}

impl std::error::Error for UnknownNaming {}

#[cfg(test)]
mod tests {
    use super::Naming;

    #[test]
    fn namings_are_read_by_their_names() {
        for naming in [Naming::Otel, Naming::LiteLlm, Naming::Both] {
            assert_eq!(naming.as_str().parse(), Ok(naming));
        }
        let unknown = "LiteLLM".parse::<Naming>().unwrap_err();
        assert_eq!(unknown.to_string(), "`LiteLLM` is no naming; there are otel, litellm and both");
    }
}
