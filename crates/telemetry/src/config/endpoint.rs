use std::fmt;

use http::Uri;

use super::Protocol;
use crate::signal::Signal;

/// Paths of backends that take traces over HTTP and nothing else: Splunk's and Langtrace's.
const TRACES_ONLY: [&str; 2] = ["/v2/trace/otlp", "/api/trace"];

/// An absolute `http` or `https` URL. It shows without its query, which may hold a credential.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Endpoint(Uri);

impl Endpoint {
    /// The specification's.
    pub(crate) fn default_for(protocol: Protocol, signal: Signal) -> Self {
        Self(Uri::from_static(match (protocol, signal) {
            (Protocol::Grpc, _) => "http://localhost:4317",
            (_, Signal::Traces) => "http://localhost:4318/v1/traces",
            (_, Signal::Metrics) => "http://localhost:4318/v1/metrics",
            (_, Signal::Logs) => "http://localhost:4318/v1/logs",
        }))
    }

    /// One that is given for a signal of its own: over HTTP it is used as it is.
    ///
    /// # Errors
    ///
    /// Why the text is no such URL, without the text when it may hold a credential.
    pub(crate) fn of_signal(text: &str, protocol: Protocol, insecure: bool) -> Result<Self, String> {
        match protocol {
            Protocol::Grpc => Self::of_grpc(text, insecure),
            Protocol::HttpProtobuf | Protocol::HttpJson => Self::parse(text),
        }
    }

    /// One that is given for all signals: over HTTP it gets the signal's path, unless it has it. The path of another
    /// signal is replaced.
    ///
    /// # Errors
    ///
    /// As [`of_signal`](Self::of_signal).
    pub(crate) fn of_all(
        text: &str,
        protocol: Protocol,
        signal: Signal,
        insecure: bool,
    ) -> Result<Self, String> {
        if protocol == Protocol::Grpc {
            return Self::of_grpc(text, insecure);
        }
        // Said about the text as it was written.
        Self::parse(text)?;
        let (base, query) = split_query(text);
        let base = base.trim_end_matches('/');
        if TRACES_ONLY.iter().any(|path| base.ends_with(path)) {
            return match signal {
                Signal::Traces => Self::parse(&format!("{base}{query}")),
                Signal::Metrics | Signal::Logs => Err(format!(
                    "takes traces only: name the one of {signal} in OTEL_EXPORTER_OTLP_{}_ENDPOINT",
                    signal.as_str().to_ascii_uppercase()
                )),
            };
        }
        Self::parse(&format!("{}/v1/{signal}{query}", without_signal(base)))
    }

    /// A collector's, without a path: gRPC has none. Without a scheme it is `https`, or `http` if that is allowed.
    fn of_grpc(text: &str, insecure: bool) -> Result<Self, String> {
        let scheme = if insecure { "http" } else { "https" };
        let url = if text.contains("://") { text.to_owned() } else { format!("{scheme}://{text}") };
        let Self(uri) = Self::parse(&url)?;
        let (base, query) = split_query(&url);
        let base = without_signal(base.trim_end_matches('/'));
        // The scheme ends in two slashes, the authority with the third.
        if base.matches('/').count() > 2 || !query.is_empty() {
            let host = uri.host().unwrap_or_default();
            return Err(format!(
                "names a path on {host}, which gRPC has no use for: is it for http/protobuf (OTEL_EXPORTER_OTLP_PROTOCOL)?"
            ));
        }
        Self::parse(base)
    }

    /// Whether some protocol could use it.
    ///
    /// # Errors
    ///
    /// As [`of_signal`](Self::of_signal).
    pub(crate) fn check(text: &str) -> Result<(), String> {
        match Self::parse(text) {
            Err(_) if Self::of_grpc(text, false).is_ok() => Ok(()),
            parsed => parsed.map(|_| ()),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
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

    pub(crate) const fn uri(&self) -> &Uri {
        &self.0
    }

    pub(crate) fn is_https(&self) -> bool {
        self.0.scheme_str() == Some("https")
    }
}

/// The query keeps its question mark.
fn split_query(text: &str) -> (&str, &str) {
    text.split_at(text.find('?').unwrap_or(text.len()))
}

/// What stands before the path of a signal, or of all signals.
fn without_signal(base: &str) -> &str {
    let paths = ["/v1/traces", "/v1/metrics", "/v1/logs", "/v1"];
    paths.iter().find_map(|path| base.strip_suffix(path)).unwrap_or(base)
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
