use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue};

use super::read::pairs;

/// Headers sent with every export. Only their names show.
#[derive(Clone, Default, PartialEq, Eq)]
pub(crate) struct Headers(HeaderMap);

impl Headers {
    /// Reads `name=value,...` with percent-encoded values.
    ///
    /// # Errors
    ///
    /// Which entries cannot be used, by their numbers: the texts may be credentials.
    pub(crate) fn parse(text: &str) -> Result<Self, Vec<String>> {
        let (mut headers, mut problems) = (HeaderMap::new(), Vec::new());
        for (number, pair) in pairs(text) {
            match pair.and_then(|(name, value)| header(name, &value)) {
                Ok((name, value)) => {
                    headers.append(name, value);
                }
                Err(problem) => problems.push(format!("entry {number} {problem}")),
            }
        }
        if problems.is_empty() { Ok(Self(headers)) } else { Err(problems) }
    }

    pub(crate) const fn as_map(&self) -> &HeaderMap {
        &self.0
    }
}

fn header(name: &str, value: &str) -> Result<(HeaderName, HeaderValue), &'static str> {
    let name =
        HeaderName::from_bytes(name.as_bytes()).map_err(|_| "has no valid header name before its `=`")?;
    let mut value = HeaderValue::from_str(value).map_err(|_| "has a value that no header can carry")?;
    value.set_sensitive(true);
    Ok((name, value))
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys().map(HeaderName::as_str)).finish()
    }
}
