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
    api_base: Option<Arc<str>>,
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

    /// The base URL that requests are sent to. What may be secret in it is left out: user info, query and fragment.
    ///
    /// ```
    /// use tower_genai_core::Upstream;
    ///
    /// let upstream = Upstream::new().with_api_base("https://user:secret@gateway.example/openai/?key=secret");
    /// assert_eq!(upstream.api_base(), Some("https://gateway.example/openai"));
    /// ```
    #[must_use]
    pub fn with_api_base(mut self, url: &str) -> Self {
        let url = url.split(['?', '#']).next().unwrap_or_default();
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        let mark = if scheme.is_empty() { "" } else { "://" };
        self.api_base = Some(format!("{scheme}{mark}{host}{}", path.trim_end_matches('/')).into());
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

    /// What [`with_api_base`](Self::with_api_base) set.
    pub fn api_base(&self) -> Option<&str> {
        self.api_base.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::Upstream;

    #[test]
    fn a_base_url_is_shown_without_what_may_be_secret() {
        for (url, shown) in [
            ("https://api.openai.com", "https://api.openai.com"),
            ("https://api.openai.com/", "https://api.openai.com"),
            ("http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
            ("https://key@host/a@b?c=d@e", "https://host/a@b"),
            ("https://u:p@ss@host#frag", "https://host"),
            ("host:1/x?y", "host:1/x"),
            ("", ""),
        ] {
            assert_eq!(Upstream::new().with_api_base(url).api_base(), Some(shown), "{url}");
        }
    }
}
