use crate::buckets::Buckets;
use crate::calls::Definition;
use crate::{litellm, otel};

/// Which names the metrics of calls have.
///
/// The series about the observing itself (`tower_genai_*`) are there in every naming.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Naming {
    /// OpenTelemetry's: `gen_ai_*`, and `http_*` and `rpc_*` for the exchanges.
    #[default]
    Otel,
    /// LiteLLM's: `litellm_*`, see [`litellm`]. Exchanges that are no model calls are not shown.
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

    pub(crate) fn definitions(self, buckets: &Buckets, budget: usize) -> Vec<Definition> {
        let wanted = |definition: &Definition| self.has_otel() || is_ours(definition);
        let mut definitions: Vec<_> = otel::TABLE.definitions(buckets, budget).filter(wanted).collect();
        if self.has_litellm() {
            definitions.extend(litellm::definitions(buckets, budget));
        }
        definitions
    }
}

/// Ours are in every naming.
fn is_ours(definition: &Definition) -> bool {
    definition.row.name.as_str().starts_with("tower_genai_")
}
