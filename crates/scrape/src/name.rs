/// The name of a series, as its samples have it.
///
/// A type of its own, so that names can be listed in one place and a linter can see one made elsewhere: see
/// `disallowed-methods` in clippy's configuration.
///
/// ```
/// use tower_genai_scrape::Name;
///
/// const REQUESTS: Name = Name::new("shop_requests_total");
/// assert_eq!(REQUESTS.as_str(), "shop_requests_total");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Name(&'static str);

impl Name {
    /// A name.
    pub const fn new(name: &'static str) -> Self {
        Self(name)
    }

    /// Its text.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}
