use std::fmt;

use http::Uri;

/// An absolute `http` or `https` URL. It shows without its query, which may hold a credential.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint(Uri);

impl Endpoint {
    /// # Errors
    ///
    /// Why the text is no such URL, without the text when it may hold a credential.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let shown = if text.contains(['@', '?']) { "the value".to_owned() } else { format!("`{text}`") };
        let uri: Uri = text.parse().map_err(|error| format!("is no URL: {shown} has an {error}"))?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(format!("must start with http:// or https://, and {shown} does not"));
        }
        match uri.authority() {
            Some(authority) if authority.as_str().contains('@') => {
                Err("must not hold a user name or password: put a credential into OTEL_EXPORTER_OTLP_HEADERS"
                    .to_owned())
            }
            Some(authority) if authority.port().is_none() && authority.as_str() != authority.host() => {
                Err(format!("has no valid port in its URL: {shown}"))
            }
            Some(authority) if !authority.host().is_empty() => Ok(Self(uri)),
            _ => Err(format!("has no host: {shown}")),
        }
    }

    /// The same with the path of a signal added to its own.
    ///
    /// # Errors
    ///
    /// As [`parse`](Self::parse).
    pub(crate) fn parse_base(text: &str, signal: &str) -> Result<Self, String> {
        let (base, query) = match text.split_once('?') {
            Some((base, query)) => (base, format!("?{query}")),
            None => (text, String::new()),
        };
        Self::parse(text)?;
        Self::parse(&format!("{}{signal}{query}", base.trim_end_matches('/')))
    }

    pub(crate) const fn uri(&self) -> &Uri {
        &self.0
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = self.0.scheme_str().unwrap_or_default();
        let authority = self.0.authority().map(http::uri::Authority::as_str).unwrap_or_default();
        write!(f, "{scheme}://{authority}{}", self.0.path())
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
