//! Text of low cardinality that is cheap to carry: route templates, gRPC methods, server addresses.

use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use crate::vocabulary::Vocabulary;

/// A short text shared by many exchanges. Cloning it allocates nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Route(Arc<str>);

impl Route {
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<&str> for Route {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<Route> for Arc<str> {
    fn from(route: Route) -> Self {
        route.0
    }
}

impl Deref for Route {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Texts seen so far, so that a text seen again is shared instead of copied.
#[derive(Debug)]
pub(crate) struct Interner {
    /// The first few, which are all that most layers ever see: comparing them is quicker than a look-up.
    first: [OnceLock<Arc<str>>; 4],
    texts: Vocabulary,
}

impl Interner {
    /// A client can send any gRPC path: beyond this many texts the rest are one.
    const CAPACITY: usize = 4096;

    pub(crate) fn intern(&self, text: &str) -> Route {
        for place in &self.first {
            let known = place.get_or_init(|| text.into());
            if **known == *text {
                return Route(known.clone());
            }
        }
        Route(self.texts.admit(text).unwrap_or_else(|| "_OTHER".into()))
    }
}

impl Default for Interner {
    fn default() -> Self {
        let first = <[OnceLock<_>; 4]>::default();
        let texts = Vocabulary::new(Self::CAPACITY - first.len());
        Self { first, texts }
    }
}

#[cfg(test)]
mod tests {
    use super::Interner;

    #[test]
    fn texts_are_shared_and_bounded() {
        let texts = Interner::default();
        let first = texts.intern("/v1/chat/completions");
        let second = texts.intern("/v1/chat/completions");
        assert!(std::ptr::eq(first.as_str(), second.as_str()));
        for index in 0..Interner::CAPACITY {
            texts.intern(&index.to_string());
        }
        assert_eq!(texts.intern("one too many").as_str(), "_OTHER");
        assert_eq!(texts.intern("/v1/chat/completions"), first);
    }
}
