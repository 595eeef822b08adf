use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, SystemTime};

use super::history::HOURS_KEPT;
use super::row::Copied;
use super::timeline::{Minute, time_of};
use super::{Dimension, Spend};

/// What a report is to say.
///
/// ```
/// use std::time::Duration;
/// use tower_genai_cost::ledger::{Dimension, SpendQuery};
///
/// let query = SpendQuery::new()
///     .group_by(Dimension::Team)
///     .group_by(Dimension::Model)
///     .since(Duration::from_secs(15 * 60));
/// assert_eq!(query.dimensions(), [Dimension::Team, Dimension::Model]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct SpendQuery {
    group_by: Vec<Dimension>,
    since: Option<Duration>,
}

impl SpendQuery {
    /// Everything since the start, in one sum.
    pub fn new() -> Self {
        Self::default()
    }

    /// Groups by one more dimension; a second time by the same one changes nothing.
    pub fn group_by(mut self, dimension: Dimension) -> Self {
        if !self.group_by.contains(&dimension) {
            self.group_by.push(dimension);
        }
        self
    }

    /// Only calls that ended so long ago at most. The window is made longer by less than a minute when it reaches back
    /// [`MINUTES_KEPT`](super::MINUTES_KEPT) at most, and else by less than an hour.
    pub const fn since(mut self, ago: Duration) -> Self {
        self.since = Some(ago);
        self
    }

    /// The dimensions that are grouped by.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.group_by
    }

    pub(super) const fn window(&self) -> Option<Duration> {
        self.since
    }
}

/// The window reaches further back than buckets of time are kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SinceError(pub(super) ());

impl fmt::Display for SinceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let days = HOURS_KEPT.as_secs() / (24 * 60 * 60);
        write!(f, "a window reaches back {days} days at most; without one everything since the start is told")
    }
}

impl std::error::Error for SinceError {}

/// Sums of a [`SpendLedger`](super::SpendLedger).
#[derive(Clone, Debug)]
pub struct SpendReport {
    covers_since: SystemTime,
    since: Option<SystemTime>,
    until: SystemTime,
    total: Spend,
    groups: Vec<SpendGroup>,
    folded: [u64; Dimension::ALL.len()],
    accounts: usize,
}

impl SpendReport {
    /// Since when the ledger has counted calls: it knows nothing of what was before.
    pub const fn covers_since(&self) -> SystemTime {
        self.covers_since
    }

    /// When the window begins; `None` when it begins with the ledger.
    pub const fn since(&self) -> Option<SystemTime> {
        self.since
    }

    /// When the report was made.
    pub const fn until(&self) -> SystemTime {
        self.until
    }

    /// All calls of the window.
    pub const fn total(&self) -> &Spend {
        &self.total
    }

    /// The groups, the dearest first. Empty when nothing was to be grouped by.
    ///
    /// A call has one value of each dimension, so that the groups sum to the total; only tags may be several, and a call
    /// counts under each.
    pub fn groups(&self) -> &[SpendGroup] {
        &self.groups
    }

    /// How often a value of the dimension became `other` since the start.
    pub const fn folded(&self, dimension: Dimension) -> u64 {
        self.folded[dimension.index()]
    }

    /// How many accounts the ledger tells apart.
    pub const fn accounts(&self) -> usize {
        self.accounts
    }
}

/// The calls that have the same values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpendGroup {
    values: Box<[Option<Box<str>>]>,
    spend: Spend,
}

impl SpendGroup {
    /// The value of the dimension in that place of the query; `None` for calls without one.
    pub fn value(&self, place: usize) -> Option<&str> {
        self.values.get(place)?.as_deref()
    }

    /// What they spent.
    pub const fn spend(&self) -> &Spend {
        &self.spend
    }
}

type Times = (SystemTime, Option<Minute>, SystemTime);

pub(super) fn make(
    query: &SpendQuery,
    rows: &[Copied],
    (covers_since, begin, until): Times,
    folded: [u64; Dimension::ALL.len()],
) -> SpendReport {
    let mut total = Spend::default();
    let mut groups: HashMap<Vec<&str>, Spend> = HashMap::new();
    for row in rows {
        let spend = row.spend();
        if spend.is_empty() {
            continue;
        }
        total += &spend;
        for_each_value(
            row,
            query.dimensions(),
            &mut Vec::new(),
            &mut |values| match groups.get_mut(values) {
                Some(group) => *group += &spend,
                None => drop(groups.insert(values.to_vec(), spend.clone())),
            },
        );
    }
    let named = |text: &str| (!text.is_empty()).then(|| text.into());
    let mut groups: Vec<_> = groups
        .into_iter()
        .filter(|(values, _)| !values.is_empty())
        .map(|(values, spend)| SpendGroup { values: values.into_iter().map(named).collect(), spend })
        .collect();
    let rank = |group: &SpendGroup| (group.spend.reported.cost, group.spend.calls);
    groups.sort_by(|one, other| rank(other).cmp(&rank(one)).then_with(|| one.values.cmp(&other.values)));
    let since = begin.map(time_of);
    SpendReport { covers_since, since, until, total, groups, folded, accounts: rows.len() }
}

/// Tells every combination of the account's values, of which there is one unless it has several tags.
fn for_each_value<'r>(
    row: &'r Copied,
    dimensions: &[Dimension],
    values: &mut Vec<&'r str>,
    tell: &mut impl FnMut(&[&'r str]),
) {
    let Some((dimension, rest)) = dimensions.split_first() else { return tell(values) };
    for value in row.account().key().values(*dimension) {
        values.push(value);
        for_each_value(row, rest, values, tell);
        values.pop();
    }
}
