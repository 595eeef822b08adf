//! Which provider a call goes to.

use std::sync::Arc;

/// The provider a request is sent to, as the one who routes it knows it.
///
/// Put it into the request's extensions before the tower-genai layers; without one the provider is derived from the
/// host of the request's URI.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Upstream {
    name: Option<Arc<str>>,
    provider: Option<Arc<str>>,
}

impl Upstream {
    /// Nothing known.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name the operator gave it.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<Arc<str>>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The value of `gen_ai.provider.name`.
    #[must_use]
    pub fn with_provider(mut self, provider: impl Into<Arc<str>>) -> Self {
        self.provider = Some(provider.into());
        self
    }

    /// What [`with_name`](Self::with_name) set.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What [`with_provider`](Self::with_provider) set.
    pub fn provider(&self) -> Option<&str> {
        self.provider.as_deref()
    }
}
