use std::time::SystemTime;

use tower_genai_core::clock::Clock;

use super::SpendLedger;

/// Builds a [`SpendLedger`]; see [`SpendLedger::builder`].
#[derive(Clone, Debug)]
#[must_use]
pub struct SpendLedgerBuilder {
    accounts: usize,
    buckets: usize,
    clock: Clock,
    started_at: Option<SystemTime>,
}

impl SpendLedgerBuilder {
    pub(super) fn new() -> Self {
        Self {
            accounts: SpendLedger::MAX_ACCOUNTS,
            buckets: SpendLedger::MAX_BUCKETS,
            clock: Clock::new(),
            started_at: None,
        }
    }

    /// How many accounts are told apart; [`SpendLedger::MAX_ACCOUNTS`] by default. Eight at least.
    pub const fn max_accounts(mut self, accounts: usize) -> Self {
        self.accounts = accounts;
        self
    }

    /// How many buckets of time all accounts have together; [`SpendLedger::MAX_BUCKETS`] by default. A single account may
    /// need 229: so many are held in any case.
    pub const fn max_buckets(mut self, buckets: usize) -> Self {
        self.buckets = buckets;
        self
    }

    /// Reads the given clock.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// The time at which the clock is now, instead of the system's.
    pub const fn started_at(mut self, time: SystemTime) -> Self {
        self.started_at = Some(time);
        self
    }

    /// The ledger.
    pub fn build(self) -> SpendLedger {
        let started_at = self.started_at.unwrap_or_else(SystemTime::now);
        SpendLedger::with(self.accounts, self.buckets, self.clock, started_at)
    }
}
