//! URLs without credentials.

use http::Uri;

/// A parameter whose name contains one of these may hold a credential.
const TELLING: [&str; 8] = ["key", "token", "secret", "sig", "pass", "auth", "cred", "code"];

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
    for (index, pair) in query.into_iter().flat_map(|query| query.split('&')).enumerate() {
        url.push(if index == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, _)) if is_telling(name) => {
                url.push_str(name);
                url.push_str("=REDACTED");
            }
            _ => url.push_str(pair),
        }
    }
    Some(url)
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
    use super::url;

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
            ("http://h/x?", "http://h/x?"),
        ] {
            assert_eq!(url(&given.parse().unwrap(), false).as_deref(), Some(shown), "{given}");
        }
        assert_eq!(url(&"/only/a/path".parse().unwrap(), true), None);
    }
}
