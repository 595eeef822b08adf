//! From a path to an upstream.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::uri::{Authority, PathAndQuery, Scheme};
use http::{Request, Response, Uri};
use tower::util::BoxCloneSyncService;
use tower_genai_core::Upstream;

use crate::body::Body;
use crate::config::{Credential, Route, Secret};
use crate::place::Place;

/// A service that answers for an upstream, the layers around it included.
pub(crate) type UpstreamService = BoxCloneSyncService<Request<Body>, Response<Body>, Infallible>;

/// Where a request can go.
pub(crate) struct Destination {
    pub(crate) upstream: Upstream,
    pub(crate) name: Arc<str>,
    pub(crate) scheme: Scheme,
    pub(crate) authority: Authority,
    pub(crate) base_path: String,
    pub(crate) key: Option<(Credential, Secret)>,
    /// Whether requests are signed, in place of a key.
    pub(crate) signs: bool,
    /// For how long a client may send nothing of a request that may be collected before it is sent.
    pub(crate) upload_pause: Option<Duration>,
    pub(crate) service: UpstreamService,
}

impl Destination {
    /// The URI at the upstream for what is left of the client's path.
    pub(crate) fn uri(&self, rest: &str, query: Option<&str>) -> Result<Uri, http::Error> {
        let slash = if rest.starts_with('/') { "" } else { "/" };
        let (mark, query) = query.map_or(("", ""), |query| ("?", query));
        let path: PathAndQuery = format!("{}{slash}{rest}{mark}{query}", self.base_path).parse()?;
        Uri::builder()
            .scheme(self.scheme.clone())
            .authority(self.authority.clone())
            .path_and_query(path)
            .build()
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Destination").field("name", &self.name).finish_non_exhaustive()
    }
}

/// The table of prefixes, longest first.
#[derive(Debug, Default)]
pub(crate) struct Routes(Vec<Entry>);

#[derive(Debug)]
struct Entry {
    route: Route,
    template: Arc<str>,
    destination: Arc<Destination>,
}

impl Routes {
    pub(crate) fn add(&mut self, route: Route, destination: Arc<Destination>) {
        let template = format!("{}/{{path}}", route.prefix.trim_end_matches('/')).into();
        self.0.push(Entry { route, template, destination });
        self.0.sort_by_key(|entry| std::cmp::Reverse(entry.route.prefix.len()));
    }

    /// Where a path leads.
    pub(crate) fn find(&self, path: &str) -> Place {
        let found = self.0.iter().find_map(|entry| Some((entry, rest_of(path, &entry.route.prefix)?)));
        match found {
            Some((Entry { route, template, destination }, rest)) => Place::Upstream {
                destination: Arc::clone(destination),
                template: Arc::clone(template),
                rest: if route.strip { path.len() - rest.len() } else { 0 },
            },
            None => Place::Nowhere,
        }
    }

    /// The prefixes, for a reply to someone who knows none.
    pub(crate) fn prefixes(&self) -> Vec<&str> {
        let mut prefixes: Vec<&str> = self.0.iter().map(|entry| entry.route.prefix.as_str()).collect();
        prefixes.sort_unstable();
        prefixes
    }
}

/// What follows the prefix, when the path has it as whole segments.
fn rest_of<'p>(path: &'p str, prefix: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(prefix.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::body::full;

    fn destination(name: &str, base_path: &str) -> Arc<Destination> {
        Arc::new(Destination {
            upstream: Upstream::new(),
            name: name.into(),
            scheme: Scheme::HTTPS,
            authority: Authority::from_static("api.example.com:8443"),
            base_path: base_path.to_owned(),
            key: None,
            signs: false,
            upload_pause: None,
            service: BoxCloneSyncService::new(tower::service_fn(|_: Request<Body>| async {
                Ok(Response::new(full("")))
            })),
        })
    }

    fn routes(prefixes: &[(&str, bool)]) -> Routes {
        let mut routes = Routes::default();
        for (prefix, strip) in prefixes {
            let route = Route { prefix: (*prefix).to_owned(), strip: *strip };
            routes.add(route, destination(prefix, ""));
        }
        routes
    }

    #[test]
    fn the_longest_prefix_of_whole_segments_wins() {
        let routes = routes(&[("/", true), ("/a", true), ("/a/b", true), ("/v1", false)]);
        for (path, name, rest) in [
            ("/a/b/v1/chat", "/a/b", "/v1/chat"),
            ("/a/bc", "/a", "/bc"),
            ("/a", "/a", ""),
            ("/ab", "/", "/ab"),
            ("/v1/models", "/v1", "/v1/models"),
            ("/", "/", "/"),
        ] {
            let Place::Upstream { destination, rest: at, .. } = routes.find(path) else { panic!("{path}") };
            assert_eq!((&*destination.name, &path[at..]), (name, rest), "{path}");
        }
    }

    #[test]
    fn a_path_without_a_route_leads_nowhere() {
        let routes = routes(&[("/a", true)]);
        assert!(matches!(routes.find("/b"), Place::Nowhere));
        assert_eq!(routes.prefixes(), ["/a"]);
    }

    #[test]
    fn path_and_query_reach_the_upstream_as_they_were() {
        for (base, rest, query, uri) in [
            ("", "/v1/x", None, "https://api.example.com:8443/v1/x"),
            ("/gw", "/v1/%7Ex", Some("a=%20&b"), "https://api.example.com:8443/gw/v1/%7Ex?a=%20&b"),
            ("", "", Some(""), "https://api.example.com:8443/?"),
        ] {
            assert_eq!(destination("x", base).uri(rest, query).unwrap().to_string(), uri);
        }
    }
}
