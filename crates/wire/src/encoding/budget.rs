use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

/// The memory that decoders may take, all calls together.
///
/// `br` and `zstd` need the last megabytes of what they have decoded. A decoder takes what it needs as it grows, up to
/// 8 MiB for its window, and gives it back with its call; one that cannot have it stops, and what the reply goes on to
/// say is not read. `gzip` and `deflate` need 32 KiB, which are not counted here.
///
/// Clones share the budget. Give one to all readers of a process:
///
/// ```
/// use tower_genai_wire::{Api, DecoderBudget, ReplyHead, ReplyReader};
///
/// let budget = DecoderBudget::new(64 << 20);
/// let head = ReplyHead::new(200, Some("application/json"), Some("br"));
/// let reader = ReplyReader::with_budget(Api::OpenAiChat, &head, &budget);
/// # drop(reader);
/// assert_eq!((budget.in_use(), budget.refused()), (0, 0));
/// ```
#[derive(Clone, Debug)]
pub struct DecoderBudget(Arc<Account>);

#[derive(Debug)]
struct Account {
    limit: usize,
    in_use: AtomicUsize,
    refused: AtomicU64,
}

impl DecoderBudget {
    /// A budget of so many bytes; 0 refuses every decoder that needs any.
    pub fn new(bytes: usize) -> Self {
        Self(Arc::new(Account { limit: bytes, in_use: AtomicUsize::new(0), refused: AtomicU64::new(0) }))
    }

    /// The bytes that may be taken.
    pub fn limit(&self) -> usize {
        self.0.limit
    }

    /// The bytes that are taken.
    pub fn in_use(&self) -> usize {
        self.0.in_use.load(Relaxed)
    }

    /// How many decoders have been refused memory, and so how many bodies have not been read to their end.
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Relaxed)
    }

    fn take(&self, bytes: usize) -> bool {
        let take = |in_use: usize| in_use.checked_add(bytes).filter(|sum| *sum <= self.0.limit);
        self.0.in_use.fetch_update(Relaxed, Relaxed, take).is_ok()
    }
}

impl Default for DecoderBudget {
    /// 256 MiB: room for the largest window of 32 calls, or for that of most servers, 4 MiB at the most, of 64.
    fn default() -> Self {
        Self::new(256 << 20)
    }
}

/// Memory taken from a budget, given back by its drop.
#[derive(Debug)]
pub(super) struct Grant {
    budget: DecoderBudget,
    bytes: usize,
}

impl Grant {
    /// Nothing yet.
    pub(super) fn new(budget: &DecoderBudget) -> Self {
        Self { budget: budget.clone(), bytes: 0 }
    }

    /// Takes more or gives back, so that it is as much as this; `false` where there is not enough.
    pub(super) fn resize(&mut self, bytes: usize) -> bool {
        if bytes > self.bytes && !self.budget.take(bytes - self.bytes) {
            self.budget.0.refused.fetch_add(1, Relaxed);
            return false;
        }
        if bytes < self.bytes {
            self.budget.0.in_use.fetch_sub(self.bytes - bytes, Relaxed);
        }
        self.bytes = bytes;
        true
    }
}

impl Drop for Grant {
    fn drop(&mut self) {
        self.budget.0.in_use.fetch_sub(self.bytes, Relaxed);
    }
}
