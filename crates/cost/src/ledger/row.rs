use std::sync::Arc;

use super::Spend;
use super::account::Account;
use super::history::History;
use super::spend::Addition;
use super::timeline::Minute;

/// What one account spent.
#[derive(Debug)]
pub(super) struct Row {
    account: Arc<Account>,
    /// Everything before the open minute.
    closed: Spend,
    /// The minute calls are counted in.
    minute: Minute,
    open: Spend,
    /// Everything before the open minute by time, as far as it is kept. Shared with reports that are being made.
    history: Arc<History>,
}

impl Row {
    pub(super) fn new(account: Account, minute: Minute) -> Self {
        Self {
            account: Arc::new(account),
            closed: Spend::default(),
            minute,
            open: Spend::default(),
            history: Arc::default(),
        }
    }

    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// How many buckets of time it holds beside the open one.
    pub(super) fn buckets(&self) -> usize {
        self.history.len()
    }

    pub(super) fn count(&mut self, now: Minute, call: &Addition) {
        if now > self.minute {
            self.close(now);
        }
        self.open.count(call);
    }

    /// Puts the open minute into the past.
    fn close(&mut self, now: Minute) {
        if !self.open.is_empty() {
            self.closed += &self.open;
            Arc::make_mut(&mut self.history).add(self.minute, &self.open);
            self.open = Spend::default();
        }
        self.minute = now;
        self.compact(now);
    }

    /// Makes the history as coarse as its age allows.
    pub(super) fn compact(&mut self, now: Minute) {
        if self.history.is_stale(now) {
            Arc::make_mut(&mut self.history).compact(now);
        }
    }

    /// The same under another name.
    pub(super) fn rename(&mut self, account: Account) {
        self.account = Arc::new(account);
    }

    /// Takes everything over that another row has.
    pub(super) fn absorb(&mut self, mut other: Self, now: Minute) {
        other.close(now);
        self.close(now);
        self.closed += &other.closed;
        if other.history.len() > 0 {
            Arc::make_mut(&mut self.history).absorb(&other.history);
        }
    }

    /// What a report needs; copied while the row is locked, added up afterwards.
    pub(super) fn copy(&self, begin: Option<Minute>) -> Copied {
        let account = Arc::clone(&self.account);
        match begin {
            None => {
                let mut spend = self.closed.clone();
                spend += &self.open;
                Copied { account, spend, history: None }
            }
            Some(begin) => {
                let spend = if self.minute >= begin { self.open.clone() } else { Spend::default() };
                Copied { account, spend, history: Some((begin, Arc::clone(&self.history))) }
            }
        }
    }
}

/// What a row held at one moment.
#[derive(Debug)]
pub(super) struct Copied {
    account: Arc<Account>,
    spend: Spend,
    history: Option<(Minute, Arc<History>)>,
}

impl Copied {
    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    /// What was spent in the window.
    pub(super) fn spend(&self) -> Spend {
        let mut spend = self.spend.clone();
        if let Some((begin, history)) = &self.history {
            history.add_from(*begin, &mut spend);
        }
        spend
    }
}
