//! URLs without credentials.

use http::Uri;

/// A parameter whose name contains one of these may hold a credential.
const TELLING: [&str; 11] =
    ["key", "token", "secret", "sig", "pass", "pwd", "auth", "cred", "code", "jwt", "assertion"];

/// `url.full`: without user info, and with the values of telling parameters replaced.
pub(super) fn url(uri: &Uri, https: bool) -> Option<String> {
    let authority = uri.authority()?.as_str();
    let authority = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let scheme = uri.scheme_str().unwrap_or(if https { "https" } else { "http" });
    let (path, query) = (uri.path(), uri.query());
    let length = scheme.len() + 3 + authority.len() + path.len() + query.map_or(0, |query| query.len() + 1);
    let mut url = String::with_capacity(length);
    for part in [scheme, "://", authority, path] {
        url.push_str(part);
    }
    if let Some(query) = query {
        url.push('?');
        redact(query, &mut url);
    }
    Some(url)
}

/// `url.query`, redacted in the same way.
pub(super) fn query(uri: &Uri) -> Option<String> {
    let query = uri.query().filter(|query| !query.is_empty())?;
    let mut shown = String::with_capacity(query.len());
    redact(query, &mut shown);
    Some(shown)
}

fn redact(query: &str, to: &mut String) {
    for (index, pair) in query.split('&').enumerate() {
        if index > 0 {
            to.push('&');
        }
        match pair.split_once('=') {
            Some((name, _)) if is_telling(name) => {
                to.push_str(name);
                to.push_str("=REDACTED");
            }
            _ => to.push_str(pair),
        }
    }
}

fn is_telling(name: &str) -> bool {
    // An encoded name may spell anything.
    name.contains('%') || {
        let name = name.to_ascii_lowercase();
        TELLING.iter().any(|telling| name.contains(telling))
    }
}

#[cfg(test)]
mod tests {
    use super::{query, url};

    #[test]
    fn credentials_are_taken_out_of_urls() {
        for (given, shown) in [
            ("https://api.openai.com/v1/models", "https://api.openai.com/v1/models"),
            ("https://user:hunter2@api.example:8443/x", "https://api.example:8443/x"),
            ("http://h/x?key=abc", "http://h/x?key=REDACTED"),
            ("http://h/x?alt=sse&api-version=2024-10-21", "http://h/x?alt=sse&api-version=2024-10-21"),
            ("http://h/x?a=1&API_KEY=abc&b=2", "http://h/x?a=1&API_KEY=REDACTED&b=2"),
            (
                "http://h/x?X-Amz-Signature=a&X-Amz-Credential=b&X-Amz-Security-Token=c&X-Amz-Date=d",
                "http://h/x?X-Amz-Signature=REDACTED&X-Amz-Credential=REDACTED&X-Amz-Security-Token=REDACTED&X-Amz-Date=d",
            ),
            ("http://h/x?k%65y=abc", "http://h/x?k%65y=REDACTED"),
            ("http://h/x?access_token=a=b", "http://h/x?access_token=REDACTED"),
            (
                "https://s3.example/x?AWSAccessKeyId=a&Signature=b&X-Goog-Signature=c&sig=d&Expires=1",
                "https://s3.example/x?AWSAccessKeyId=REDACTED&Signature=REDACTED&X-Goog-Signature=REDACTED&sig=REDACTED&Expires=1",
            ),
            ("http://h/x?", "http://h/x?"),
        ] {
            assert_eq!(url(&given.parse().unwrap(), false).as_deref(), Some(shown), "{given}");
        }
        assert_eq!(url(&"/only/a/path".parse().unwrap(), true), None);
        assert_eq!(query(&"/a?b=1&token=x".parse().unwrap()).as_deref(), Some("b=1&token=REDACTED"));
        assert_eq!(query(&"/a?".parse().unwrap()), None);
    }
}
