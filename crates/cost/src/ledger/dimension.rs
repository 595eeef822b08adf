use std::fmt;
use std::str::FromStr;

/// By what spending can be told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Dimension {
    /// The model that served, else the one that was asked for.
    Model,
    /// `gen_ai.provider.name`.
    Provider,
    /// The name operators gave the credential.
    KeyAlias,
    /// The team that pays.
    Team,
    /// The account the credential belongs to.
    User,
    /// Free labels. A call with several counts under each of them.
    Tag,
}

impl Dimension {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Model, Self::Provider, Self::KeyAlias, Self::Team, Self::User, Self::Tag];

    /// Those of which a call has one value at most.
    pub(super) const SINGLE: usize = 5;

    /// The place in [`ALL`](Self::ALL).
    pub(super) const fn index(self) -> usize {
        self as usize
    }

    /// The word in queries and reports: `model`, `provider`, `key_alias`, `team`, `user`, `tag`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Provider => "provider",
            Self::KeyAlias => "key_alias",
            Self::Team => "team",
            Self::User => "user",
            Self::Tag => "tag",
        }
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Dimension {
    type Err = UnknownDimension;

    fn from_str(word: &str) -> Result<Self, UnknownDimension> {
        Self::ALL.into_iter().find(|dimension| dimension.as_str() == word).ok_or(UnknownDimension(()))
    }
}

/// The word is none of those that [`Dimension`] knows; the text lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownDimension(());

impl fmt::Display for UnknownDimension {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("spending can be grouped by ")?;
        for (index, dimension) in Dimension::ALL.into_iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            write!(f, "{separator}{dimension}")?;
        }
        Ok(())
    }
}

impl std::error::Error for UnknownDimension {}
