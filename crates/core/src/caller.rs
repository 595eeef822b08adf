//! Who called.

use std::net::IpAddr;
use std::sync::Arc;

/// Who made a request, as an authentication middleware knows it.
///
/// Put it into the request's extensions before the tower-genai layers and every record, metric and span carries it.
/// Without one the tap derives [`hashed_key`](Self::hashed_key) from the credential in the request's headers.
///
/// ```
/// use tower_genai_core::Caller;
///
/// let mut request = http::Request::new(());
/// request.extensions_mut().insert(Caller::new().with_key_alias("search-prod").with_team("search"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Caller {
    key_alias: Option<Arc<str>>,
    hashed_key: Option<Arc<str>>,
    team: Option<Arc<str>>,
    user: Option<Arc<str>>,
    end_user: Option<Arc<str>>,
    tags: Option<Arc<[Box<str>]>>,
}

macro_rules! parts {
    ($($(#[$doc:meta])* $field:ident, $set:ident;)*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $set(mut self, value: impl Into<Arc<str>>) -> Self {
            self.$field = Some(value.into());
            self
        }

        #[doc = concat!("What [`", stringify!($set), "`](Self::", stringify!($set), ") set.")]
        pub fn $field(&self) -> Option<&str> {
            self.$field.as_deref()
        }
    )*};
}

impl Caller {
    /// Nobody known.
    pub fn new() -> Self {
        Self::default()
    }

    parts! {
        /// The name operators gave the credential.
        key_alias, with_key_alias;
        /// The SHA-256 of the credential in hex: LiteLLM's `hashed_api_key`.
        hashed_key, with_hashed_key;
        /// The team that pays.
        team, with_team;
        /// The account the credential belongs to.
        user, with_user;
        /// The person on whose behalf the application calls.
        end_user, with_end_user;
    }

    /// Free labels for accounting.
    #[must_use]
    pub fn with_tags<T: Into<Box<str>>>(mut self, tags: impl IntoIterator<Item = T>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// What [`with_tags`](Self::with_tags) set.
    pub fn tags(&self) -> &[Box<str>] {
        self.tags.as_deref().unwrap_or_default()
    }
}

/// Where a request came from: the address of the client, as far as the one who took the connection believes it.
///
/// Put it into the request's extensions before the tower-genai layers, for those that are told to show it. By default
/// none does: there are as many addresses as clients, and they may name a person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ClientAddress(pub IpAddr);
