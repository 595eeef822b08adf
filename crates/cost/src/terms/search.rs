use std::fmt;

/// Searches that an account has free in each period.
///
/// No single call tells how many of them are left, and other processes may use the same account, so they are told here
/// and never deducted: the cost of a search is its list price.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FreeSearches {
    /// How many.
    pub count: u64,
    /// Of which period: `day` or `month`.
    pub period: Box<str>,
    /// Models of one group share them.
    pub group: Box<str>,
}

impl FreeSearches {
    /// Reads what `Display` writes.
    pub(crate) fn from_compact(text: &str) -> Option<Self> {
        let mut parts = text.splitn(3, '/');
        let (count, period, group) = (parts.next()?.parse().ok()?, parts.next()?, parts.next()?);
        Some(Self { count, period: period.into(), group: group.into() })
    }
}

impl fmt::Display for FreeSearches {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.count, self.period, self.group)
    }
}
