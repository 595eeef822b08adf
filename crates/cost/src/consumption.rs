//! What a call is charged for.

use std::time::{Duration, SystemTime};

use tower_genai_core::{Billing, Usage};

use crate::tier::ServiceTier;

/// What a call is charged for: its counts, and the circumstances its price depends on.
///
/// ```
/// use tower_genai_core::Usage;
/// use tower_genai_cost::{Catalogue, Consumption};
///
/// let catalogue = Catalogue::embedded();
/// let usage = Usage::new(1_000, 500);
/// let entry = catalogue.find(Some("openai"), "gpt-5.4").unwrap();
/// let worldwide = entry.price_of(&Consumption::new(&usage)).unwrap();
/// let in_europe = entry.price_of(&Consumption::new(&usage).in_region("eu")).unwrap();
/// assert_eq!(worldwide.total().to_string(), "0.01");
/// assert_eq!(in_europe.uplift.to_string(), "0.001");
/// ```
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Consumption<'a> {
    /// The token counts.
    pub usage: &'a Usage,
    /// What is charged beside tokens.
    pub billing: Option<&'a Billing>,
    /// The service tier that served; `None` is the base price.
    pub tier: Option<ServiceTier>,
    /// When the call began; without it, prices of some hours never apply.
    pub at: Option<SystemTime>,
    /// Where the endpoint is, as the provider names it: `eu` of OpenAI, `us-east5` of Vertex AI, `eu-west-1` of Bedrock.
    pub region: Option<&'a str>,
    /// How long the call took, for models that are charged by the time they are used.
    pub duration: Option<Duration>,
}

impl<'a> Consumption<'a> {
    /// These tokens, at the base price.
    pub const fn new(usage: &'a Usage) -> Self {
        Self { usage, billing: None, tier: None, at: None, region: None, duration: None }
    }

    /// What is charged beside tokens.
    #[must_use]
    pub const fn with_billing(mut self, billing: &'a Billing) -> Self {
        self.billing = Some(billing);
        self
    }

    /// The service tier that served.
    #[must_use]
    pub const fn with_tier(mut self, tier: ServiceTier) -> Self {
        self.tier = Some(tier);
        self
    }

    /// When the call began.
    #[must_use]
    pub const fn at(mut self, at: SystemTime) -> Self {
        self.at = Some(at);
        self
    }

    /// Where the endpoint is.
    #[must_use]
    pub const fn in_region(mut self, region: &'a str) -> Self {
        self.region = Some(region);
        self
    }

    /// How long the call took.
    #[must_use]
    pub const fn lasting(mut self, duration: Duration) -> Self {
        self.duration = Some(duration);
        self
    }

    /// The tokens that are charged, which for some providers are others than the model read and wrote.
    pub(crate) fn charged_usage(&self) -> Usage {
        let mut usage = *self.usage;
        if let Some(billing) = self.billing {
            usage.input = billing.input_tokens.or(usage.input);
            usage.output = billing.output_tokens.or(usage.output);
        }
        usage
    }
}
