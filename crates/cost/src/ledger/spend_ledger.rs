use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use foldhash::fast::RandomState;
use tower_genai_core::clock::Clock;

use super::account::Key;
use super::report::{self, SinceError, SpendQuery, SpendReport};
use super::shard::{Limits, Shard};
use super::spend::Addition;
use super::timeline::Timeline;
use super::{Dimension, SpendLedgerBuilder};

/// Who spent what: an [`Observer`](tower_genai_core::Observer) that adds calls up; see the [module](super).
///
/// A handle: clones share the sums. Give it to the layers of one role only, together with a
/// [`Pricing`](crate::Pricing); calls that both sides record would count twice.
#[derive(Clone)]
pub struct SpendLedger {
    shared: Arc<Shared>,
}

struct Shared {
    timeline: Timeline,
    state: RandomState,
    /// Accounts by their hash, so that threads rarely meet. A lock is held for as long as it takes to add one call, or, for
    /// a report, to copy one shard.
    shards: Box<[Mutex<Shard>]>,
}

/// How many accounts there are for each shard, about.
const ACCOUNTS_PER_SHARD: usize = 256;

const MAX_SHARDS: usize = 64;

impl SpendLedger {
    /// How many accounts are told apart unless said otherwise: about 8 MB.
    pub const MAX_ACCOUNTS: usize = 16_384;

    /// How many buckets of time all accounts have together unless said otherwise: 20 to 40 MB, when all are in use.
    pub const MAX_BUCKETS: usize = 131_072;

    /// A ledger with nothing in it, which begins now.
    pub fn new() -> Self {
        Self::builder().build()
    }

    /// A ledger with other bounds or another clock.
    pub fn builder() -> SpendLedgerBuilder {
        SpendLedgerBuilder::new()
    }

    pub(super) fn with(accounts: usize, buckets: usize, clock: Clock, started_at: SystemTime) -> Self {
        let shards = (accounts / ACCOUNTS_PER_SHARD).clamp(1, MAX_SHARDS);
        let limits = Limits::new(accounts / shards, buckets / shards);
        let state = RandomState::default();
        let shards = (0..shards).map(|_| Mutex::new(Shard::new(limits, state.clone()))).collect();
        Self { shared: Arc::new(Shared { timeline: Timeline::new(clock, started_at), state, shards }) }
    }

    /// Since when calls are counted.
    pub fn covers_since(&self) -> SystemTime {
        self.shared.timeline.started_at()
    }

    /// How many accounts are told apart.
    pub fn accounts(&self) -> usize {
        self.shards().map(|shard| shard.len()).sum()
    }

    /// How many buckets of time there are beside the open ones.
    pub fn buckets(&self) -> usize {
        self.shards().map(|shard| shard.buckets()).sum()
    }

    /// How often a value of the dimension became `other`.
    pub fn folded(&self, dimension: Dimension) -> u64 {
        self.shards().map(|shard| shard.folded()[dimension.index()]).sum()
    }

    /// The sums, grouped, over a window of time. Calls go on being counted meanwhile; each is in the report or it is not.
    ///
    /// Takes milliseconds when there are many accounts: call it off the threads that serve.
    ///
    /// # Errors
    ///
    /// When the window reaches further back than buckets are kept, and calls were counted before it.
    pub fn report(&self, query: &SpendQuery) -> Result<SpendReport, SinceError> {
        let timeline = &self.shared.timeline;
        let begin = query.window().map(|since| timeline.begin(since)).transpose()?.flatten();
        let now = timeline.now_at();
        let mut rows = Vec::new();
        let mut folded = [0; Dimension::ALL.len()];
        for shard in self.shards() {
            rows.reserve(shard.len());
            shard.copy(begin, &mut rows);
            for (total, count) in folded.iter_mut().zip(shard.folded()) {
                *total += count;
            }
        }
        Ok(report::make(query, &rows, (timeline.started_at(), begin, now), folded))
    }

    pub(super) fn count(&self, key: Key<'_>, call: &Addition) {
        let now = self.shared.timeline.minute();
        let hash = key.hash_with(&self.shared.state);
        self.shard(hash).count(hash, key, now, call);
    }

    /// Counts a value that was folded before it was counted.
    pub(super) fn count_folded(&self, dimension: Dimension) {
        self.shard(0).count_folded(dimension);
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard> {
        let shards = &self.shared.shards;
        // The table takes the lowest bits and the highest seven.
        let place = (hash >> 32) as usize % shards.len();
        lock(&shards[place])
    }

    fn shards(&self) -> impl Iterator<Item = MutexGuard<'_, Shard>> {
        self.shared.shards.iter().map(lock)
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Default for SpendLedger {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SpendLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpendLedger").field("accounts", &self.accounts()).finish_non_exhaustive()
    }
}
