//! Service tiers.

/// A service tier that has prices of its own.
///
/// The tiers providers call `default`, `standard` or `auto` have none: they are the base price, `None` wherever a tier
/// is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ServiceTier {
    /// Slower and cheaper.
    Flex,
    /// Faster and dearer.
    Priority,
    /// The batch APIs.
    Batch,
    /// Between `Flex` and the base price.
    Balanced,
    /// Faster than `Priority`.
    Ultrafast,
    /// OpenAI's decisions API, which has prices of its own for some models.
    Decisions,
}

const TIERS: [ServiceTier; 6] = [
    ServiceTier::Flex,
    ServiceTier::Priority,
    ServiceTier::Batch,
    ServiceTier::Balanced,
    ServiceTier::Ultrafast,
    ServiceTier::Decisions,
];

impl ServiceTier {
    /// The tier a provider names in its reply, or a client in its request; `None` is the base price.
    ///
    /// OpenAI bills `fast` as `priority`; Anthropic says `batch` where LiteLLM's price file says `batches`; Google names
    /// tiers in `trafficType` (`ON_DEMAND_PRIORITY`). Case does not matter. A tier that no price file knows has the base
    /// price too.
    ///
    /// ```
    /// use tower_genai_cost::ServiceTier;
    ///
    /// assert_eq!(ServiceTier::from_name("flex"), Some(ServiceTier::Flex));
    /// assert_eq!(ServiceTier::from_name("ON_DEMAND_PRIORITY"), Some(ServiceTier::Priority));
    /// assert_eq!(ServiceTier::from_name("default"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        let is = |word: &str| name.eq_ignore_ascii_case(word);
        if is("fast") || is("on_demand_priority") {
            Some(Self::Priority)
        } else if is("batch") {
            Some(Self::Batch)
        } else if is("on_demand_flex") {
            Some(Self::Flex)
        } else {
            TIERS.into_iter().find(|tier| is(tier.as_str()))
        }
    }

    /// The tier as a price file's key ends.
    pub(crate) fn from_key(word: &str) -> Option<Self> {
        TIERS.into_iter().find(|tier| tier.as_str() == word)
    }

    /// The word that ends a price file's key.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flex => "flex",
            Self::Priority => "priority",
            Self::Batch => "batches",
            Self::Balanced => "balanced",
            Self::Ultrafast => "ultrafast",
            Self::Decisions => "decisions",
        }
    }
}
