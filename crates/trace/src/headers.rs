//! Headers that spans carry.

use http::{HeaderMap, HeaderName};
use opentelemetry::{Array, Key, StringValue, Value};

use crate::attributes::Attributes;

/// The headers that were asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Headers(Vec<Shown>);

#[derive(Clone, Debug)]
struct Shown {
    name: HeaderName,
    key: Key,
    secret: bool,
}

/// What stands for a value that is nobody's business.
const REDACTED: &str = "REDACTED";

impl Headers {
    /// Those of the given names, under keys that begin with `prefix`.
    pub(crate) fn new(prefix: &str, names: impl IntoIterator<Item = HeaderName>) -> Self {
        let shown = |name: HeaderName| {
            let key = Key::from(format!("{prefix}.{name}"));
            Shown { key, secret: is_secret(name.as_str()), name }
        };
        Self(names.into_iter().map(shown).collect())
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Shows those of them that are there.
    pub(crate) fn show(&self, headers: &HeaderMap, to: &mut Attributes) {
        for Shown { name, key, secret } in &self.0 {
            let values: Vec<StringValue> = headers
                .get_all(name)
                .iter()
                .map(|value| {
                    if *secret || value.is_sensitive() {
                        REDACTED.into()
                    } else {
                        String::from_utf8_lossy(value.as_bytes()).into_owned().into()
                    }
                })
                .collect();
            if !values.is_empty() {
                to.push(key.clone(), Value::Array(Array::String(values)));
            }
        }
    }
}

/// Whether the header holds a credential, as one of the words of its name says.
fn is_secret(name: &str) -> bool {
    const TELLING: [&str; 19] = [
        "apikey",
        "auth",
        "authentication",
        "authorization",
        "cookie",
        "cookie2",
        "credential",
        "credentials",
        "jwt",
        "key",
        "pass",
        "passwd",
        "password",
        "secret",
        "session",
        "sig",
        "signature",
        "token",
        "assertion",
    ];
    /// Words are written together, too.
    const ENDINGS: [&str; 4] = ["key", "password", "secret", "token"];
    /// A token with the user's claims, and where browsers put keys since they can set no other header.
    const NAMES: [&str; 2] = ["x-amzn-oidc-data", "sec-websocket-protocol"];
    let tells = |word: &str| TELLING.contains(&word) || ENDINGS.iter().any(|ending| word.ends_with(ending));
    // The one key that opens nothing.
    name != "idempotency-key" && (NAMES.contains(&name) || name.split(['-', '_', '.']).any(tells))
}

#[cfg(test)]
mod tests {
    use super::is_secret;

    #[test]
    fn names_tell_which_headers_hold_credentials() {
        for name in [
            "authorization",
            "proxy-authorization",
            "x-api-key",
            "api-key",
            "x-goog-api-key",
            "cookie",
            "set-cookie",
            "x-amz-security-token",
            "x-auth-token",
            "ocp-apim-subscription-key",
            "cf-access-jwt-assertion",
            "x-amz-signature",
            "x_secret",
            "x-amzn-oidc-accesstoken",
            "x-amzn-oidc-data",
            "x-csrftoken",
            "x-secretkey",
            "x-authtoken",
            "sec-websocket-protocol",
        ] {
            assert!(is_secret(name), "{name}");
        }
        for name in [
            "content-type",
            "x-request-id",
            "user-agent",
            "x-ratelimit-remaining-tokens",
            "idempotency-key",
            "openai-organization",
            "www-authenticate",
            "anthropic-ratelimit-input-tokens-reset",
            "x-keyboard",
        ] {
            assert!(!is_secret(name), "{name}");
        }
    }
}
