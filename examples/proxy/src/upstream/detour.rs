//! Forward proxies: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`.

use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::Matcher;
use tower_genai_telemetry::Environment;

use crate::config::{ConfigError, Fault};
use crate::env::look_up;

/// Which destinations are reached through which forward proxy.
#[derive(Debug)]
pub(crate) struct Detours(Matcher);

/// A forward proxy on the way to a destination.
#[derive(Clone, Debug)]
pub(super) struct Detour {
    pub(super) proxy: Uri,
    pub(super) authorization: Option<HeaderValue>,
}

impl Detours {
    /// Reads the variables, in upper or in lower case.
    ///
    /// # Errors
    ///
    /// When one of them is no `http` or `https` address: reaching providers past a forward proxy that was asked for
    /// would be worse than not starting.
    pub(crate) fn from_env(env: &dyn Environment) -> Result<Self, ConfigError> {
        let mut faults = Vec::new();
        let mut read = |upper: &str| {
            for name in [upper.to_owned(), upper.to_lowercase()] {
                let fault = match look_up(env, &name) {
                    Ok(None) => continue,
                    Ok(Some(value)) if upper == "NO_PROXY" || is_proxy_address(&value) => return value,
                    Ok(Some(_)) => "must be the http:// or https:// address of a forward proxy".to_owned(),
                    Err(error) => error,
                };
                faults.push(Fault::outside(format!("environment: {name}"), fault));
            }
            String::new()
        };
        let matcher = Matcher::builder()
            .all(read("ALL_PROXY"))
            .http(read("HTTP_PROXY"))
            .https(read("HTTPS_PROXY"))
            .no(read("NO_PROXY"))
            .build();
        if faults.is_empty() { Ok(Self(matcher)) } else { Err(ConfigError::new(faults)) }
    }

    pub(super) fn of(&self, destination: &Uri) -> Option<Detour> {
        let intercept = self.0.intercept(destination)?;
        Some(Detour { proxy: intercept.uri().clone(), authorization: intercept.basic_auth().cloned() })
    }
}

/// Whether the matcher understands the value, and as a proxy that speaks HTTP.
fn is_proxy_address(value: &str) -> bool {
    let probe = Uri::from_static("http://probe.invalid");
    Matcher::builder().all(value.to_owned()).build().intercept(&probe).is_some_and(|intercept| {
        matches!(intercept.uri().scheme_str(), Some("http" | "https")) && intercept.uri().host().is_some()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detours(variables: &[(&str, &str)]) -> Result<Detours, ConfigError> {
        Detours::from_env(&variables.iter().copied().collect::<std::collections::HashMap<_, _>>())
    }

    #[test]
    fn the_usual_variables_count() {
        let detours = detours(&[
            ("https_proxy", "http://aladdin:sesame@proxy.corp:3128"),
            ("NO_PROXY", "internal.corp,10.0.0.0/8"),
        ])
        .unwrap();
        let detour = detours.of(&Uri::from_static("https://api.openai.com/v1")).unwrap();
        assert_eq!(detour.proxy.authority().unwrap().host(), "proxy.corp");
        assert_eq!(detour.authorization.unwrap(), "Basic YWxhZGRpbjpzZXNhbWU=");
        assert!(detours.of(&Uri::from_static("https://llm.internal.corp")).is_none());
        assert!(detours.of(&Uri::from_static("https://10.1.2.3")).is_none());
        assert!(detours.of(&Uri::from_static("http://api.openai.com")).is_none());
    }

    #[test]
    fn a_value_that_is_no_proxy_stops_the_start_and_is_not_repeated() {
        let error = detours(&[("HTTPS_PROXY", "socks5://user:hunter2@proxy:1080"), ("HTTP_PROXY", ":::")])
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "environment: HTTP_PROXY: must be the http:// or https:// address of a forward proxy\n\
             environment: HTTPS_PROXY: must be the http:// or https:// address of a forward proxy"
        );
    }
}
